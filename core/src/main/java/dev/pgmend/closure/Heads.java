package dev.pgmend.closure;

import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import java.util.List;

/// The relations that a statement's head names.
final class Heads {
  private Heads() {}

  static List<QualifiedName> relations(Head head) {
    return switch (head) {
      case Head.Part part -> List.of(part.relation());
      case Head.CreateIndex index -> List.of(index.table());
      case Head.Identity identity -> List.of(identity.table());
      case Head.OwnedBy ownedBy -> List.of(ownedBy.table(), ownedBy.sequence());
      case Head.CreateStatistics statistics -> List.of(statistics.table());
      case Head.TableAttach attach -> List.of(attach.parent(), attach.partition());
      case Head.PublicationTable member -> List.of(member.table());
      default -> List.of();
    };
  }
}
