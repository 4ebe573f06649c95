package dev.pgmend.plan;

import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.List;

/// One thing that a run does. Steps are data; only the runner acts on them.
public sealed interface Step
    permits Step.Statement,
        Step.Validate,
        LoadStep,
        BuildStep,
        CheckStep,
        MendStep,
        FillStep,
        IndexStep,
        RightsStep,
        SequenceStep {
  /// {@return the step in a few words, naming the object}
  String title();

  /// {@return the SQL that will run; values that are known only then stand as `$…`}
  String sql();

  /// {@return the locks taken on relations that others use, in PostgreSQL's words, "" for none}
  default String locks() {
    return "";
  }

  /// A statement that runs as it stands.
  ///
  /// @param entry the archive entry it comes from, 0 for pgmend's own
  record Statement(String title, String sql, String locks, int entry) implements Step {
    public Statement(String title, String sql) {
      this(title, sql, "", 0);
    }
  }

  /// Validates a foreign key that the cutover added as NOT VALID.
  ///
  /// @param forced the tables whose FORCE ROW LEVEL SECURITY would keep even the owner from validating: it is lifted meanwhile
  record Validate(QualifiedName table, String constraint, List<QualifiedName> forced)
      implements Step {
    public Validate {
      forced = List.copyOf(forced);
    }

    @Override
    public String title() {
      return "validate foreign key %s of %s".formatted(Sql.quote(constraint), table);
    }

    @Override
    public String sql() {
      StringBuilder text = new StringBuilder();
      forced.forEach(name ->
          text.append("ALTER TABLE %s NO FORCE ROW LEVEL SECURITY;\n".formatted(name.sql())));
      text.append(
          "ALTER TABLE %s VALIDATE CONSTRAINT %s".formatted(table.sql(), Sql.quote(constraint)));
      forced.forEach(
          name -> text.append(";\nALTER TABLE %s FORCE ROW LEVEL SECURITY".formatted(name.sql())));
      return text.toString();
    }

    @Override
    public String locks() {
      return forced.isEmpty()
          ? "SHARE UPDATE EXCLUSIVE on %s, ROW SHARE on the table it refers to".formatted(table)
          : "ACCESS EXCLUSIVE on %s: FORCE ROW LEVEL SECURITY is lifted meanwhile"
              .formatted(forced);
    }
  }

  /// {@return `("a", "b")`, or nothing for no columns}
  static String columnList(List<String> columns) {
    return columns.isEmpty()
        ? ""
        : " (" + String.join(", ", columns.stream().map(Sql::quote).toList()) + ")";
  }
}
