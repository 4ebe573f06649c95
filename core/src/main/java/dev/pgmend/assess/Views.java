package dev.pgmend.assess;

import dev.pgmend.archive.Entry;
import dev.pgmend.closure.Entries;
import dev.pgmend.closure.Ownership;
import dev.pgmend.plan.EntrySql;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.sql.NewName;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.SqlSyntaxException;
import java.util.List;
import java.util.Optional;

/// Compares views with the backup's definitions of them: where the texts differ, the backup's view is created under another name in
/// a transaction that is rolled back, and the server describes both.
final class Views {
  private static final String DESCRIBE =
      """
      select pg_catalog.pg_get_viewdef(c.oid) as text, coalesce(c.reloptions::text, '') as options, c.relkind = 'm' and not c.relispopulated as empty
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = ? and c.relname = ?
      """;

  private final Session session;
  private final EntrySql sql;
  private final Ownership ownership;
  private final QualifiedName copy;

  /// @param scratch the name of a schema that does not exist
  Views(Session session, EntrySql sql, Ownership ownership, String scratch) {
    this.session = session;
    this.sql = sql;
    this.ownership = ownership;
    this.copy = new QualifiedName(scratch, "copy");
  }

  /// How a view is.
  ///
  /// @param live "" if it could not be compared, for the reason in `backup`
  record Difference(String live, String backup) {}

  /// {@return how the view differs, empty if it does not}
  Optional<Difference> difference(Entry view) {
    QualifiedName name = Entries.name(view);
    Description live = describe(name);
    boolean filled =
        ownership.belongings(view).stream()
            .anyMatch(entry -> entry.desc().equals("MATERIALIZED VIEW DATA"));
    if (live.empty && filled) {
      return Optional.of(new Difference("not populated", "populated"));
    }
    // A view that pg_dump had to split holds its query in a rule of its own.
    List<Entry> rules = ownership.belongings(view).stream().filter(Entries::returnRule).toList();
    String text = rules.isEmpty() ? view.defn() : rules.getFirst().defn();
    String query = live.text.strip().replaceFirst(";$", "");
    boolean options = !live.options.isEmpty() || Sql.oneLine(text).contains(" WITH (");
    boolean inText = Sql.oneLine(text).contains(Sql.oneLine(query));
    if (inText && (!options || !rules.isEmpty())) {
      return Optional.empty();
    }
    if (!rules.isEmpty()) {
      return Optional.of(new Difference("", "its query cannot be created a second time"));
    }
    session.begin();
    try {
      session.execute("CREATE SCHEMA " + Sql.quote(copy.schema()));
      session.execute(NewName.give(sql.definition(view), copy));
      Description backup = describe(copy);
      boolean same =
          backup.options.equals(live.options)
              && (backup.text.equals(live.text) || backup.text.equals(reloaded(view, query)));
      return same
          ? Optional.empty()
          : Optional.of(
              new Difference(
                  Sql.oneLine(live.options + " " + live.text),
                  Sql.oneLine(backup.options + " " + backup.text)));
    } catch (SqlFailure | SqlSyntaxException failure) {
      return Optional.of(new Difference("", String.valueOf(failure.getMessage())));
    } finally {
      session.rollback();
    }
  }

  /// PostgreSQL writes a query otherwise after it has read its own text once.
  private String reloaded(Entry view, String query) {
    QualifiedName again = new QualifiedName(copy.schema(), "again");
    session.execute(
        "CREATE %s %s AS %s".formatted(view.desc(), again.sql(), query)
            + (view.desc().equals("MATERIALIZED VIEW") ? " WITH NO DATA" : ""));
    return describe(again).text;
  }

  private record Description(String text, String options, boolean empty) {}

  private Description describe(QualifiedName name) {
    return session
        .query(
            DESCRIBE,
            row -> new Description(row.text("text"), row.text("options"), row.flag("empty")),
            name.schema(),
            name.name())
        .getFirst();
  }
}
