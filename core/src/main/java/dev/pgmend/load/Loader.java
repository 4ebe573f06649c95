package dev.pgmend.load;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.load.RowDigest.RowSet;
import dev.pgmend.plan.EntrySql;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.postgres.CopySink;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.postgres.SqlState;
import dev.pgmend.sql.QualifiedName;
import java.io.IOException;
import java.io.InputStream;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntFunction;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Loads a table's rows and proves that they arrived. Memory is constant.
public final class Loader {
  private static final int BUFFER = 1 << 16;
  private static final long RESERVE = 64L << 20;
  private static final int WRITERS_MOST = 50;

  private final Session session;
  private final Archive archive;
  private final Effort effort;
  private final Rate rate;

  /// Of these entries only the rows are read for which a condition holds.
  private final Map<Integer, String> conditions = new HashMap<>();

  private final Map<QualifiedName, Set<Long>> writers = new ConcurrentHashMap<>();

  /// Proves everything, with no limit.
  public Loader(Session session, Archive archive) {
    this(session, archive, Effort.plain(), new Rate(0));
  }

  /// @param rate what all reading and writing of a run shares
  public Loader(Session session, Archive archive, Effort effort, Rate rate) {
    this.session = session;
    this.archive = archive;
    this.effort = effort;
    this.rate = rate;
  }

  /// Copies the rows over several sessions at once, which commit them, and returns what was read from the archive.
  ///
  /// @param sessions gives each by its number, counted from 0, and null if there are not so many
  /// @param most how many are asked for at most
  /// @param progress told the number of bytes of COPY text read
  /// @throws PgmendException as [#load] does; rows may be there all the same
  public RowSet loadOver(
      IntFunction<@Nullable Session> sessions,
      int most,
      LoadStep.Load step,
      LongConsumer progress) {
    return loadOver(sessions, most, step, text(), progress);
  }

  private RowSet loadOver(
      IntFunction<@Nullable Session> sessions,
      int most,
      LoadStep.Load step,
      RowSender.Form form,
      LongConsumer progress) {
    RowDigest digest = digest(form);
    for (int id : step.entries()) {
      copyOver(sessions, most, step, entry(id), form, digest, progress);
    }
    fits(step.table(), digest.longest());
    return digest.rows();
  }

  private void copyOver(
      IntFunction<@Nullable Session> sessions,
      int most,
      LoadStep.Load step,
      Entry entry,
      RowSender.Form form,
      RowDigest digest,
      LongConsumer progress) {
    long before = digest.rows().count();
    String sql = sql(step, form, false);
    try (ParallelCopy copy = new ParallelCopy(sql, sessions, most, form, session::checkInterrupt)) {
      read(
          step.table(),
          entry,
          entry(step.entries().getFirst()),
          (buffer, length) -> {
            session.checkInterrupt();
            rate.take(length, session::checkInterrupt);
            copy.write(buffer, length);
            progress.accept(length);
          });
      taken(step, copy.finish(digest), digest.rows().count() - before);
      wrote(step, copy.writers());
    } catch (SqlFailure e) {
      throw encoding(step, e);
    }
  }

  /// Copies the rows of a live source in binary over several sessions at once, which commit them, and counts them; that they are the
  /// source's both servers have to say.
  ///
  /// @param sessions gives each by its number, counted from 0, and null if there are not so many
  /// @param most how many are asked for at most
  /// @throws PgmendException as [#load] does; rows may be there all the same
  public RowSet loadBinaryOver(
      IntFunction<@Nullable Session> sessions,
      int most,
      LoadStep.Load step,
      LiveSums sums,
      LongConsumer progress) {
    LiveCopy copy = binary(step, sums);
    long rows = copy.over(sessions, most, progress);
    wrote(step, copy.writers());
    return counted(rows);
  }

  /// Copies the rows of a live source in binary, in the current transaction.
  ///
  /// @param frozen whether the table is emptied before, so that its rows can be frozen
  public RowSet loadBinary(
      LoadStep.Load step, LiveSums sums, boolean frozen, LongConsumer progress) {
    if (frozen) {
      session.execute("TRUNCATE ONLY " + step.into().sql());
    }
    LiveCopy copy = binary(step, sums);
    long rows = copy.alone(frozen, progress);
    wrote(step, RowOrigin.first(session, step.into()));
    return counted(rows);
  }

  /// Does what [#loadOver] does with rows that are turned into binary COPY here.
  ///
  /// @param sums what is sent is added to them
  /// @throws Unencodable if rows are to be sent as text; some may be there all the same
  public RowSet loadEncodedOver(
      IntFunction<@Nullable Session> sessions,
      int most,
      LoadStep.Load step,
      ArchiveSums sums,
      LongConsumer progress) {
    sums.begin();
    return encoded(() -> loadOver(sessions, most, step, binary(sums), progress));
  }

  /// Copies rows that are turned into binary COPY here, in the current transaction.
  ///
  /// @param frozen whether the table is emptied before, so that its rows can be frozen
  /// @throws Unencodable if rows are to be sent as text; the transaction is then to be rolled back
  public RowSet loadEncoded(
      LoadStep.Load step, ArchiveSums sums, boolean frozen, LongConsumer progress) {
    if (frozen) {
      session.execute("TRUNCATE ONLY " + step.into().sql());
    }
    sums.begin();
    return encoded(() -> load(step, null, binary(sums), frozen, progress));
  }

  /// A row is not of the form that servers write, or the server does not take one: it will not as text either, and say why.
  public static final class Unencodable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Unencodable(RuntimeException cause) {
      super(cause);
    }
  }

  private static RowSet encoded(Supplier<RowSet> load) {
    try {
      return load.get();
    } catch (RowEncoder.NotCanonical otherForm) {
      throw new Unencodable(otherForm);
    } catch (SqlFailure refused) {
      throw SqlState.isDataException(refused.sqlState()) ? new Unencodable(refused) : refused;
    }
  }

  private RowSender.Form text() {
    return new RowSender.Form(effort.hashes(), null);
  }

  private RowSender.Form binary(ArchiveSums sums) {
    return new RowSender.Form(effort.hashes(), sums);
  }

  private static RowDigest digest(RowSender.Form form) {
    return new RowDigest(form.hashing() && form.sums() == null);
  }

  private String sql(LoadStep.Load step, RowSender.Form form, boolean frozen) {
    String options = form.options(frozen);
    return step.sql() + (options.isEmpty() ? session.copyOptions() : session.copyOptions(options));
  }

  private LiveCopy binary(LoadStep.Load step, LiveSums sums) {
    return new LiveCopy(session, sums.source(), sums.data(), step, rate);
  }

  private static RowSet counted(long rows) {
    return new RowSet(rows, "", 0);
  }

  private Entry entry(int id) {
    return archive.toc().find(id).orElseThrow(() -> new IllegalStateException("no entry " + id));
  }

  /// From now on only those rows of an entry are read that differ.
  public void restrict(int entry, Scope scope) {
    conditions.put(entry, scope.source());
  }

  /// Copies the rows in the current transaction and returns what was read from the archive.
  ///
  /// @param progress told the number of bytes of COPY text read
  /// @throws PgmendException if the archive is damaged or the server refuses or miscounts a row; the transaction is then to be
  ///     rolled back
  public RowSet load(LoadStep.Load step, LongConsumer progress) {
    return load(step, null, text(), false, progress);
  }

  /// Empties a table of the run's own and copies the rows, in the current transaction: they are frozen, and need neither hint bits nor
  /// a vacuum later.
  ///
  /// @param progress told the number of bytes of COPY text read
  public RowSet loadFrozen(LoadStep.Load step, LongConsumer progress) {
    session.execute("TRUNCATE ONLY " + step.into().sql());
    return load(step, null, text(), true, progress);
  }

  /// Copies those rows that the live table does not have, in the current transaction.
  ///
  /// @param progress told the number of bytes of COPY text read
  /// @param notes what the user should know
  public LoadedPart loadUnknown(LoadStep.Load step, LongConsumer progress, List<String> notes) {
    LoadStep.Load.Unless unless = step.unless().orElseThrow();
    try (LiveRows live = LiveRows.open(session, unless)) {
      LoadedPart part = new LoadedPart();
      RowFilter.Choice choice = part.chosen(live::has);
      part.sent(load(step, new Chosen(unless.fields(), choice), text(), false, progress));
      return part;
    } catch (LiveRows.Unreadable unreadable) {
      notes.add(
          "%s: all rows of the backup were staged, for the live ones could not be read beside them: %s"
              .formatted(step.table(), unreadable.getMessage()));
      LoadedPart part = new LoadedPart();
      part.whole(load(step, null, text(), false, progress));
      return part;
    }
  }

  private record Chosen(List<Integer> fields, RowFilter.Choice choice) {}

  private RowSet load(
      LoadStep.Load step,
      @Nullable Chosen chosen,
      RowSender.Form form,
      boolean freeze,
      LongConsumer progress) {
    RowDigest digest = digest(form);
    for (int id : step.entries()) {
      copy(step, entry(id), chosen, form, freeze, digest, progress);
    }
    if (form.sums() != null || !effort.hashes()) {
      wrote(step, RowOrigin.first(session, step.into()));
    }
    fits(step.table(), digest.longest());
    return digest.rows();
  }

  private void wrote(LoadStep.Load step, Collection<Long> transactions) {
    writers.computeIfAbsent(step.into(), _ -> new LinkedHashSet<>()).addAll(transactions);
  }

  /// {@return the transactions that have loaded a table's rows, those included that were taken back; none if they are so many that a server
  /// would have to look through them for each row, or if nobody needs them}
  public Collection<Long> writers(QualifiedName into) {
    Set<Long> all = writers.getOrDefault(into, Set.of());
    return all.size() > WRITERS_MOST ? Set.of() : all;
  }

  /// The driver hands out whole rows, and needs room for two copies of one: better to say so than to run out of memory.
  private static void fits(QualifiedName table, long longest) {
    long room = (Runtime.getRuntime().maxMemory() - RESERVE) / 2;
    if (longest > room) {
      throw new PgmendException(
          Kind.REFUSED,
          "a row of %s has %d MB, and pgmend's memory has room for rows of %d MB; the target is unchanged"
              .formatted(table, longest >> 20, Math.max(0, room) >> 20),
          "Set PGMEND_JAVA_OPTS=-Xmx%dm and try again."
              .formatted((longest * 2 + RESERVE >> 20) + 64));
    }
  }

  private void copy(
      LoadStep.Load step,
      Entry entry,
      @Nullable Chosen chosen,
      RowSender.Form form,
      boolean freeze,
      RowDigest digest,
      LongConsumer progress) {
    long before = digest.rows().count();
    try (CopySink sink = session.copyIn(sql(step, form, freeze))) {
      RowSender sender = form.to(sink);
      RowFilter.Piece send = sender::update;
      RowFilter filter =
          chosen == null
              ? null
              : new RowFilter(chosen.fields(), step.columns().size(), chosen.choice(), send);
      read(
          step.table(),
          entry,
          entry(step.entries().getFirst()),
          (buffer, length) -> {
            session.checkInterrupt();
            rate.take(length, session::checkInterrupt);
            if (filter == null) {
              send.take(buffer, 0, length);
            } else {
              filter.update(buffer, length);
            }
            progress.accept(length);
          });
      long taken = sender.finish();
      sender.addTo(digest);
      taken(step, taken, digest.rows().count() - before);
    } catch (SqlFailure e) {
      throw encoding(step, e);
    }
  }

  private static void taken(LoadStep.Load step, long taken, long sent) {
    if (taken != sent) {
      throw new PgmendException(
          Kind.MISMATCH,
          "the server took %d of %d rows of %s".formatted(taken, sent, step.table()));
    }
  }

  /// {@return what to say of characters that the server does not take}
  private PgmendException encoding(LoadStep.Load step, SqlFailure e) {
    if (e.sqlState().equals(SqlState.UNTRANSLATABLE_CHARACTER)) {
      return new PgmendException(
          Kind.TARGET,
          "%s: the backup has characters that the database's encoding %s lacks: %s; the target is unchanged"
              .formatted(step.table(), session.serverEncoding(), e.getMessage()),
          "--encoding-errors replace puts ? in the place of such characters and counts the rows.",
          e);
    }
    if (!e.sqlState().equals(SqlState.CHARACTER_NOT_IN_REPERTOIRE)) {
      return e;
    }
    return new PgmendException(
        Kind.TARGET,
        "%s: the backup has text that is not in the database's encoding: %s; the target is unchanged"
            .formatted(step.table(), e.getMessage()),
        "A dump of a database in SQL_ASCII can be restored only into one in SQL_ASCII, unless all its text is in the target's encoding; --encoding-errors replace takes it for UTF-8 and puts U+FFFD in the place of the rest.",
        e);
  }

  /// What is done with a piece of COPY text.
  private interface Piece {
    void take(byte[] buffer, int length);
  }

  /// @param order an entry that has the columns in the order in which they are wanted
  private void read(QualifiedName table, Entry entry, Entry order, Piece piece) {
    byte[] buffer = new byte[BUFFER];
    try (InputStream rows = new ReadAhead(ordered(entry, order))) {
      int length;
      while ((length = rows.read(buffer)) >= 0) {
        piece.take(buffer, length);
      }
    } catch (IOException e) {
      throw new PgmendException(
          Kind.SOURCE,
          "%s: cannot read the rows of %s: %s".formatted(archive.name(), table, e.getMessage()),
          null,
          e);
    }
  }

  private InputStream ordered(Entry entry, Entry order) {
    List<String> have = columns(entry);
    List<String> want = columns(order);
    InputStream rows =
        archive.copyText(
            entry, session.serverEncoding(), Optional.ofNullable(conditions.get(entry.dumpId())));
    return have.equals(want) ? rows : new FieldOrder(rows, have, want);
  }

  private static List<String> columns(Entry entry) {
    return entry.copyStmt() == null ? List.of() : EntrySql.copyTarget(entry).columns();
  }

  /// Reads the rows from the archive and loads them nowhere.
  public RowSet digest(QualifiedName table, List<Entry> entries) {
    RowDigest digest = new RowDigest();
    entries.forEach(entry ->
        read(
            table,
            entry,
            entries.getFirst(),
            (buffer, length) -> digest.update(buffer, 0, length)));
    return digest.rows();
  }

  /// Reads rows that were staged once more, into another table.
  ///
  /// @param staged which of the backup's rows, null for all
  public void reload(LoadStep.Load step, QualifiedName scratch, @Nullable RowRanges staged) {
    LoadStep.Load all = new LoadStep.Load(step.table(), scratch, step.columns(), step.entries());
    if (staged == null) {
      load(all, null, text(), false, _ -> {});
    } else {
      RowRanges.Cursor cursor = staged.cursor();
      long[] number = {0};
      RowFilter.Choice choice =
          new RowFilter.Choice() {
            @Override
            public boolean passes(RowHash hash) {
              return cursor.has(number[0]++);
            }

            @Override
            public void unseen() {
              number[0]++;
            }
          };
      load(all, new Chosen(List.of(), choice), text(), false, _ -> {});
    }
  }
}
