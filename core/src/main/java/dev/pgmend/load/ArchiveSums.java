package dev.pgmend.load;

import dev.pgmend.archive.Archive;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.postgres.Session;
import java.util.List;
import java.util.Optional;

/// Rows of a backup's COPY text are hashed here as the target's server hashes them, while they are turned into binary COPY. Only of
/// columns of types that [BinaryField] knows, in a database in UTF8. To be used by one thread.
public final class ArchiveSums extends RowSums {
  private static final String ENCODING = "UTF8";

  private Sum sent = Sum.NOTHING;

  private ArchiveSums(List<String> columns, List<String> told) {
    super(columns, told);
  }

  /// {@return the sums of a table that is loaded from a backup, if all its columns can be encoded}
  public static Optional<ArchiveSums> of(Session session, Archive archive, LoadStep.Load step) {
    if (archive.replaces()
        || step.columns().isEmpty()
        || !session.serverEncoding().equals(ENCODING)) {
      return Optional.empty();
    }
    return RowImage.told(session, step.into(), step.columns())
        .map(told -> new ArchiveSums(step.columns(), told))
        .filter(sums -> sums.kinds().stream().allMatch(kind -> BinaryField.of(kind).isPresent()));
  }

  /// {@return what encodes rows, and hashes them if that is wanted}
  RowEncoder encoder(boolean hashing, RowEncoder.Out out) {
    List<BinaryField> fields =
        kinds().stream().map(kind -> BinaryField.of(kind).orElseThrow()).toList();
    return new RowEncoder(fields, hashing ? new RowHasher(kinds(), seed()) : null, out);
  }

  /// Forgets what was sent: it may be sent again.
  void begin() {
    sent = Sum.NOTHING;
  }

  /// Takes in rows that were sent.
  void sent(RowEncoder rows) {
    sent = sent.and(new Sum(rows.rows(), rows.hashes(), 0));
  }

  /// {@return what was sent}
  @Override
  public Sum there() {
    return sent;
  }
}
