package dev.pgmend.archive;

import java.io.InputStream;
import java.util.List;

/// The data of a live database, for entries that pg_dump has made of it: all of it as one snapshot has it. What cannot be read is a
/// [dev.pgmend.PgmendException] of kind SOURCE, also from the streams' `read`.
public interface LiveData extends AutoCloseable {
  /// {@return the rows of a table as COPY text, in the encoding that the table of contents names} Must be closed.
  InputStream rows(Entry tableData);

  /// {@return those rows for which a condition holds, likewise}
  ///
  /// @param condition SQL that names columns plainly
  InputStream rows(Entry tableData, String condition);

  /// {@return conditions, each of which holds for a part of a table's rows, in the order in which they lie; one that is empty for all of
  /// them, where the table is small or cannot be read in parts without reading it several times} A part begins where the one before it ends.
  ///
  /// @param most how many parts at most
  List<String> parts(Entry tableData, int most);

  /// {@return the rows of a part of a table in binary} Must be closed.
  ///
  /// @param part one of [#parts]
  BinaryRows binary(Entry tableData, String part);

  /// {@return what a query gives, as COPY text} The table is locked and compared with what the snapshot has of it before. Must be closed.
  InputStream query(Entry tableData, String query);

  /// Reads those large objects that the reader wants of the ones that are meant.
  ///
  /// @param oids the ones that are meant, all if empty
  void largeObjects(List<Long> oids, LargeObjectReader reader);

  /// {@return how many bytes the table takes on the server's disk, -1 if that cannot be told}
  long storedSize(Entry tableData);

  /// {@return what the user should know}
  List<String> notes();

  /// Makes sure that nothing was written, by what the server says of each session that reads: its transaction is READ ONLY, and no
  /// transaction ID was given to it, without which nothing can be written.
  ///
  /// @return that in words
  String checkReadOnly();

  /// Throws if the snapshot is lost.
  void check();

  /// Stops whoever reads, from another thread.
  void interrupt();

  /// {@return the key of an advisory lock that is held in the database, by which another session sees that it is in the same one}
  long mark();

  @Override
  void close();
}
