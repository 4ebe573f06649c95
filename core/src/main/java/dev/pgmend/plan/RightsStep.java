package dev.pgmend.plan;

import dev.pgmend.sql.QualifiedName;
import java.util.List;

/// A step of a cutover about rights that owners lack on their own tables.
public sealed interface RightsStep extends Step {
  /// Gives the owners of relations the rights on them that they lack, as an owner may, until [TakeBack]: whoever has revoked
  /// REFERENCES from himself could not add a foreign key again. Which rights these are is looked up when it runs.
  record Lend(List<QualifiedName> relations) implements RightsStep {
    public Lend {
      relations = List.copyOf(relations);
    }

    @Override
    public String title() {
      return "lend their owners the rights that they lack on "
          + String.join(", ", relations.stream().map(QualifiedName::toString).toList());
    }

    @Override
    public String sql() {
      return String.join(
          ";\n",
          relations.stream()
              .map(name -> "GRANT $lacking ON %s TO $owner".formatted(name.sql()))
              .toList());
    }
  }

  /// Takes back what [Lend] has given in the same transaction.
  record TakeBack(List<QualifiedName> relations) implements RightsStep {
    public TakeBack {
      relations = List.copyOf(relations);
    }

    @Override
    public String title() {
      return "take these rights back, before the commit";
    }

    @Override
    public String sql() {
      return String.join(
          ";\n",
          relations.stream()
              .map(name -> "REVOKE $lacking ON %s FROM $owner".formatted(name.sql()))
              .toList());
    }
  }
}
