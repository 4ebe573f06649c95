package dev.pgmend.restore;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.SqlSyntaxException;
import dev.pgmend.sql.Token;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/// Finds the table that a name on the command line means, by psql's rules: unquoted parts are folded to lower case, a bare name
/// is looked for in every schema and must be found in one.
public final class TableNames {
  private final List<QualifiedName> tables;
  private final Toc toc;

  public TableNames(Toc toc) {
    this.toc = toc;
    this.tables =
        toc.entries().stream()
            .filter(entry -> entry.desc().equals("TABLE"))
            .map((Entry entry) -> new QualifiedName(entry.namespace(), entry.tag()))
            .toList();
  }

  /// {@return the tables that a name or a pattern means, in the archive's order}
  /// @throws PgmendException of kind USAGE if there is none
  /// @see NamePattern
  public List<QualifiedName> findAll(String text) {
    if (!NamePattern.is(text)) {
      return List.of(find(text));
    }
    NamePattern pattern = NamePattern.parse(text);
    return found(tables.stream().filter(pattern::matches).toList(), "no table that matches", text);
  }

  /// {@return whether a name or a pattern means a table here, or several}
  public boolean has(String text) {
    return NamePattern.is(text)
        ? tables.stream().anyMatch(NamePattern.parse(text)::matches)
        : !named(text).isEmpty();
  }

  /// {@return whether there is a table in a schema that a name or a pattern means}
  public boolean hasSchema(String text) {
    NamePattern pattern = NamePattern.parse(text);
    return tables.stream().anyMatch(table -> pattern.matchesSchema(table.schema()));
  }

  /// {@return the tables of the schemas that a name or a pattern means, in the archive's order}
  /// @throws PgmendException of kind USAGE if there is none
  public List<QualifiedName> inSchema(String text) {
    NamePattern pattern = NamePattern.parse(text);
    return found(
        tables.stream().filter(table -> pattern.matchesSchema(table.schema())).toList(),
        "no table in a schema",
        text);
  }

  private List<QualifiedName> found(List<QualifiedName> found, String what, String text) {
    if (found.isEmpty()) {
      refuseRowsAlone();
      throw new PgmendException(
          Kind.USAGE,
          "the backup has %s %s".formatted(what, text),
          "pgmend inspect lists the tables of the backup.");
    }
    return found;
  }

  /// {@return the table}
  /// @throws PgmendException of kind USAGE if there is none, with the nearest names, or more than one, with all of them
  public QualifiedName find(String text) {
    List<Token> tokens = parse(text);
    List<QualifiedName> found = named(text);
    if (found.size() > 1) {
      throw new PgmendException(
          Kind.USAGE,
          "table name \"%s\" is ambiguous: %s".formatted(text, list(found)),
          "Name the schema: %s.".formatted(found.getFirst()));
    }
    if (found.isEmpty()) {
      refuseRowsAlone();
      refuseOther(text, tokens);
      List<QualifiedName> near = near(tokens.getLast().value());
      throw new PgmendException(
          Kind.USAGE,
          "the backup has no table %s".formatted(text),
          near.isEmpty()
              ? "pgmend inspect lists the tables of the backup."
              : "Did you mean %s?".formatted(list(near)));
    }
    return found.getFirst();
  }

  private List<QualifiedName> named(String text) {
    List<Token> tokens = parse(text);
    if (tokens.size() == 1 && tokens.getFirst().isName()) {
      return tables.stream()
          .filter(table -> table.name().equals(tokens.getFirst().value()))
          .toList();
    }
    if (tokens.size() == 3
        && tokens.get(0).isName()
        && tokens.get(1).is(".")
        && tokens.get(2).isName()) {
      QualifiedName name = new QualifiedName(tokens.get(0).value(), tokens.get(2).value());
      return tables.stream().filter(name::equals).toList();
    }
    throw new PgmendException(
        Kind.USAGE,
        "\"%s\" is not a table name".formatted(text),
        "Write schema.table; put names with other characters in double quotes.");
  }

  /// An extension brings the definitions of its tables, and the backup their rows.
  private void refuseRowsAlone() {
    if (tables.isEmpty()
        && toc.entries().stream().noneMatch(entry -> entry.desc().equals("EXTENSION"))
        && toc.entries().stream().anyMatch(entry -> entry.desc().equals("TABLE DATA"))) {
      throw new PgmendException(
          Kind.SOURCE,
          "the backup was made with --data-only: it has rows, but does not say what their tables are",
          "Use a backup that has the definitions, too.");
    }
  }

  /// Refuses by name what the backup has but pgmend does not restore.
  private void refuseOther(String text, List<Token> tokens) {
    String schema = tokens.size() == 3 ? tokens.getFirst().value() : "";
    for (Entry entry : toc.entries()) {
      if (!entry.tag().equals(tokens.getLast().value())
          || !(schema.isEmpty() || schema.equals(entry.namespace()))) {
        continue;
      }
      String why =
          switch (entry.desc()) {
            case "FOREIGN TABLE" ->
                "is a foreign table: its rows are another server's and not in the backup";
            case "TABLE DATA" ->
                "belongs to an extension: the backup has rows of it, but not the table, which the extension creates";
            default -> "";
          };
      if (!why.isEmpty()) {
        throw new PgmendException(
            Kind.REFUSED,
            "%s %s; nothing was changed".formatted(text, why),
            entry.desc().equals("FOREIGN TABLE")
                ? "pgmend inspect shows what is in the backup; a foreign table that is a partition comes back with its partitioned table."
                : "Let the extension's own means restore it.");
      }
    }
  }

  private static List<Token> parse(String text) {
    try {
      return Lexer.tokens(text);
    } catch (SqlSyntaxException e) {
      return List.of();
    }
  }

  private List<QualifiedName> near(String name) {
    String wanted = name.toLowerCase(Locale.ROOT);
    return tables.stream()
        .filter(table ->
            distance(wanted, table.name().toLowerCase(Locale.ROOT))
                    <= Math.max(2, wanted.length() / 3)
                || table.name().toLowerCase(Locale.ROOT).contains(wanted))
        .sorted(
            Comparator.comparingInt(
                table -> distance(wanted, table.name().toLowerCase(Locale.ROOT))))
        .limit(5)
        .toList();
  }

  private static String list(List<QualifiedName> names) {
    return names.stream().map(QualifiedName::sql).collect(Collectors.joining(", "));
  }

  /// Levenshtein distance.
  private static int distance(String a, String b) {
    int[] row = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= b.length(); j++) {
        int above = row[j];
        int substitute = diagonal + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        row[j] = Math.min(Math.min(row[j], row[j - 1]) + 1, substitute);
        diagonal = above;
      }
    }
    return row[b.length()];
  }
}
