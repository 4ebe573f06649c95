package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.plan.Commands;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.sql.Head;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.SqlSyntaxException;
import java.util.Optional;
import java.util.stream.Stream;

/// Says whose rows they are that keep a key or a unique index from being built, and what can be done about them.
final class DuplicateRows {
  private DuplicateRows() {}

  /// {@return the failure with a better hint if it is about a unique index that cannot be built}
  ///
  /// @param backup what messages call the backup
  static PgmendException explain(Plan plan, String backup, PgmendException failure) {
    if (!(failure instanceof SqlFailure server) || server.duplicates().isEmpty()) {
      return failure;
    }
    Optional<QualifiedName> indexed = indexed(server.statement());
    if (indexed.isEmpty()) {
      return failure;
    }
    QualifiedName table = indexed.get();
    String columns = server.duplicates().get();
    Optional<QualifiedName> staged =
        loads(plan).filter(load -> load.into().equals(table)).map(load -> load.table()).findFirst();
    boolean exact = plan.request().exact() && !plan.request().policy().narrows();
    boolean mended = plan.modes().get(table) == Mode.MEND;
    String hint =
        staged.isPresent() || mended && exact
            ? ofTheBackup(staged.orElse(table), backup, columns)
            : ofToday(table, mended, columns);
    return new PgmendException(
        failure.kind(), failure.getMessage() + "; the target is unchanged", hint, failure);
  }

  private static String ofTheBackup(QualifiedName table, String backup, String columns) {
    return "The backup's own rows of %s are not unique%s, so that this key cannot be had with all of them: take another backup; or pgmend extract %s %s -o rows.csv takes the rows out, to be put right and loaded by hand."
        .formatted(
            table,
            columns.isEmpty() ? "" : " by " + columns,
            Commands.quote(backup),
            Commands.quote(table.sql()));
  }

  private static String ofToday(QualifiedName table, boolean mended, String columns) {
    String query =
        columns.isEmpty()
            ? ""
            : " SELECT %1$s, count(*) FROM %2$s GROUP BY %1$s HAVING count(*) > 1; shows those that do already."
                .formatted(columns, table.sql());
    return mended
        ? "Rows of today, alone or with those that came back, have the same values.%s Change or remove some; or --rows exact leaves only the backup's rows, and --mode swap replaces the table by the backup's."
            .formatted(query)
        : "Rows of today have the same values.%s Change or remove some, and run it again."
            .formatted(query);
  }

  private static Stream<LoadStep.Load> loads(Plan plan) {
    return Stream.concat(plan.load().stream(), plan.cutover().stream())
        .filter(LoadStep.Load.class::isInstance)
        .map(LoadStep.Load.class::cast);
  }

  private static Optional<QualifiedName> indexed(String statements) {
    try {
      for (String statement : Sql.split(statements)) {
        switch (Head.of(statement)) {
          case Head.Part part when part.kind() == Head.PartKind.CONSTRAINT -> {
            return Optional.of(part.relation());
          }
          case Head.CreateIndex index -> {
            return Optional.of(index.table());
          }
          default -> {}
        }
      }
    } catch (SqlSyntaxException unread) {
      return Optional.empty();
    }
    return Optional.empty();
  }
}
