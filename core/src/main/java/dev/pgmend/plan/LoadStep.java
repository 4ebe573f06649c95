package dev.pgmend.plan;

import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A step that brings rows, or large objects, from the backup into staged tables.
public sealed interface LoadStep extends Step {
  /// Streams the rows of one or more data entries into a staged table, counting and hashing them, and reads them back.
  ///
  /// @param table the table's final name, for messages
  /// @param entries the data entries, in archive order
  /// @param verbatim whether what is read back has to be the backup's text, byte by byte: a column is of a type that the backup
  ///     defines otherwise, and the server's own conversion proves nothing
  /// @param unless rows that need not be staged
  /// @param key columns by which the rows of a live source and the table can be put into chunks, of which only those that differ
  ///     need to be staged; empty if all rows are needed
  record Load(
      QualifiedName table,
      QualifiedName into,
      List<String> columns,
      List<Integer> entries,
      boolean verbatim,
      Optional<Unless> unless,
      List<String> key)
      implements LoadStep {
    /// Rows of the backup need not be staged if the live table has them: those of which the text of some fields is, in the live
    /// table, that of a row. That a row was staged says nothing; equal values may be written in two ways.
    ///
    /// @param query the live rows' text of the fields
    /// @param estimate a query for a rough number of the live rows, below zero if it is not known
    /// @param fields the fields' places among the columns, counted from 0; empty for all
    public record Unless(String query, String estimate, List<Integer> fields) {
      public Unless {
        fields = List.copyOf(fields);
      }
    }

    public Load(
        QualifiedName table, QualifiedName into, List<String> columns, List<Integer> entries) {
      this(table, into, columns, entries, false, Optional.empty(), List.of());
    }

    public Load {
      columns = List.copyOf(columns);
      entries = List.copyOf(entries);
      key = List.copyOf(key);
    }

    @Override
    public String title() {
      return "load and read back the rows of " + table;
    }

    /// {@return the same, where what is read back has to be the backup's text}
    Load asVerbatim() {
      return new Load(table, into, columns, entries, true, unless, key);
    }

    /// {@return the same, of all rows}
    Load whole() {
      return new Load(table, into, columns, entries, verbatim, Optional.empty(), List.of());
    }

    /// {@return the same, of rows that the live table does not have}
    Load unless(Unless known) {
      return new Load(table, into, columns, entries, verbatim, Optional.of(known), key);
    }

    /// {@return the same, in chunks}
    Load by(List<String> columnsOfKey) {
      return new Load(table, into, columns, entries, verbatim, unless, columnsOfKey);
    }

    /// {@return `("a", "b")`, or nothing for a table without columns}
    public String columnList() {
      return Step.columnList(columns);
    }

    @Override
    public String sql() {
      return "COPY %s%s FROM STDIN".formatted(into.sql(), columnList());
    }
  }

  /// Gives staged columns, which hold the backup's values as text, the types that they have in the target today.
  ///
  /// @param columns all columns of the staged table
  /// @param retyped the columns to convert
  /// @param key the columns that name a row, for messages; may be empty
  /// @param lossy whether values may be others when they are converted back
  record Convert(
      QualifiedName table,
      QualifiedName staged,
      List<String> columns,
      List<Retyped> retyped,
      List<String> key,
      boolean lossy)
      implements LoadStep {
    public Convert {
      columns = List.copyOf(columns);
      retyped = List.copyOf(retyped);
      key = List.copyOf(key);
    }

    /// A column whose type is another one today.
    public record Retyped(String column, String from, String to) {}

    @Override
    public String title() {
      return "convert %s of %s and compare with what they were"
          .formatted(
              String.join(", ", retyped.stream().map(one -> Sql.quote(one.column())).toList()),
              table);
    }

    @Override
    public String sql() {
      return "ALTER TABLE %s %s"
          .formatted(
              staged.sql(),
              String.join(
                  ", ",
                  retyped.stream()
                      .map(one ->
                          "ALTER COLUMN %s TYPE %s USING %s::%s::%s"
                              .formatted(
                                  Sql.quote(one.column()),
                                  one.to(),
                                  Sql.quote(one.column()),
                                  one.from(),
                                  one.to()))
                      .toList()));
    }
  }

  /// Loads rows that are not restored as such: values are taken from them. Nothing is proved about them later.
  record LoadAside(Load load) implements LoadStep {
    @Override
    public String title() {
      return "load the backup's rows of %s to take values from".formatted(load.table());
    }

    @Override
    public String sql() {
      return load.sql();
    }
  }

  /// Finds the large objects that the staged rows name, reads those that the target does not have into a table of the run, and
  /// compares the others with the backup's.
  ///
  /// @param staged the staged tables; their columns of type oid, or of a domain over it, are looked at
  /// @param some of staged tables that are not meant as a whole what to write after FROM for their rows that are
  /// @param pages where the contents are kept
  /// @param accepted whether an object that is there with another content may stay so
  /// @param noOwner whether those that come back stay the session's own
  record LoadLargeObjects(
      List<QualifiedName> staged,
      Map<QualifiedName, String> some,
      QualifiedName pages,
      boolean accepted,
      boolean noOwner)
      implements LoadStep {
    public LoadLargeObjects {
      some = Map.copyOf(some);
      staged = List.copyOf(staged);
    }

    @Override
    public String title() {
      return "read the large objects that are named by these rows and gone";
    }

    @Override
    public String sql() {
      return "INSERT INTO %s VALUES ($oid, $position, $content)".formatted(pages.sql());
    }
  }
}
