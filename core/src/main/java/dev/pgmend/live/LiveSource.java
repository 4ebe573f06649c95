package dev.pgmend.live;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.archive.LargeObjectReader;
import dev.pgmend.archive.LiveData;
import dev.pgmend.archive.Reading;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import dev.pgmend.sql.Token;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A live database that is read as an archive is: pg_dump tells its table of contents, COPY its rows, both under one snapshot, which
/// stays as long as this is open. Every session is in a READ ONLY transaction.
public final class LiveSource implements LiveData {
  private static final int OLDEST = 120_000;

  private final String name;
  private final Readers readers;
  private final long mark = new SecureRandom().nextLong();
  private final Set<Long> checked = ConcurrentHashMap.newKeySet();
  private final String copyEnding;
  private final int version;
  private final boolean standby;
  private final List<QualifiedName> unreadable;
  private @Nullable Map<Long, Long> sizes;

  private LiveSource(String name, Readers readers) {
    this.name = name;
    this.readers = readers;
    Session session = readers.take();
    this.version =
        session
            .query(
                "select pg_catalog.current_setting('server_version_num')::int as version",
                row -> (int) row.number("version"))
            .getFirst();
    if (version < OLDEST) {
      throw new PgmendException(
          Kind.SOURCE,
          "%s is PostgreSQL %s: live databases are read from version 12 on"
              .formatted(name, version / 10_000 < 10 ? "9" : "" + version / 10_000),
          "Dump it with pg_dump -Fc and use the archive.");
    }
    this.standby =
        session
            .query("select pg_catalog.pg_is_in_recovery() as standby", row -> row.flag("standby"))
            .equals(List.of(true));
    session.query("select pg_catalog.pg_advisory_xact_lock_shared(?)", _ -> true, mark);
    this.copyEnding = session.copyOptions();
    this.unreadable = SourceTables.unreadable(session);
    readers.give(session);
  }

  /// Opens a live database.
  ///
  /// @param pgBin the directory with pg_dump, if the user names one
  /// @throws PgmendException of kind CONNECTION if it cannot be reached, of kind SOURCE if it cannot be read
  public static Archive open(ConnectionTarget target, Reading reading, Optional<Path> pgBin) {
    String name = "postgresql://" + target;
    Readers readers;
    try {
      readers = new Readers(target);
    } catch (PgmendException e) {
      throw SourceFailure.connecting(name, e);
    }
    LiveSource source;
    try {
      source = new LiveSource(name, readers);
    } catch (PgmendException e) {
      readers.close();
      throw SourceFailure.of(name, "the database", false, e);
    }
    try {
      PgDump program = PgDump.newest(PgDump.Places.usual(pgBin), source.major(), name);
      return source.read(program, target, reading);
    } catch (RuntimeException e) {
      source.close();
      throw e;
    }
  }

  private int major() {
    return version / 10_000;
  }

  private Archive read(PgDump program, ConnectionTarget target, Reading reading) {
    List<String> options = new ArrayList<>();
    options.add("--snapshot=" + readers.snapshot());
    options.add("--lock-wait-timeout=" + Readers.LOCK_TIMEOUT);
    if (copyEnding.isEmpty()) {
      options.add("--encoding=UTF8");
    }
    unreadable.forEach(table -> options.add("--exclude-table=" + table.sql()));
    try (Dump dump = Dump.start(program, target.environment(), options)) {
      Archive archive;
      try {
        archive = Archive.open(name, dump.output(), this, reading);
      } catch (PgmendException e) {
        String failure = dump.failure();
        throw failure == null ? e : SourceFailure.dumping(name, failure, e);
      }
      try {
        // While pg_dump still holds its locks: what it has seen is what will be read.
        archive.toc().entries().stream()
            .filter(entry -> entry.desc().equals("TABLE DATA"))
            .filter(
                entry -> reading.likely().test(new QualifiedName(entry.namespace(), entry.tag())))
            .forEach(this::hold);
      } catch (RuntimeException e) {
        archive.close();
        throw e;
      }
      return archive;
    }
  }

  /// {@return the tables and sequences that the role may not read, which are treated as if they were not there}
  @Override
  public List<String> notes() {
    return unreadable.isEmpty()
        ? List.of()
        : List.of(
            "%s: left out, for this role may not read them: %s"
                .formatted(
                    name,
                    String.join(
                            ", ", unreadable.stream().limit(20).map(QualifiedName::sql).toList())
                        + (unreadable.size() > 20
                            ? " and %d more".formatted(unreadable.size() - 20)
                            : "")));
  }

  private void hold(Entry tableData) {
    Session session = taken(tableData);
    try {
      Readers.mark(session);
      lock(session, tableData);
      readers.finished(session);
    } catch (PgmendException e) {
      readers.unfinished(session);
      throw failed(tableData, e);
    }
  }

  private Session taken(Entry entry) {
    try {
      return readers.take();
    } catch (PgmendException e) {
      throw failed(entry, e);
    }
  }

  /// Locks the table as pg_dump does, and makes sure that it is still the one that the snapshot knows.
  private void lock(Session session, Entry entry) {
    QualifiedName table = new QualifiedName(entry.namespace(), entry.tag());
    session.execute("LOCK TABLE ONLY %s IN ACCESS SHARE MODE".formatted(table.sql()));
    if (checked.contains(entry.oid())) {
      return;
    }
    if (!SourceTables.same(session, table, entry.oid())) {
      throw new PgmendException(
          Kind.SOURCE,
          "%s: %s was altered, truncated or rewritten since the snapshot was taken, so its rows cannot be read as they were"
              .formatted(name, table.sql()),
          "Try again.");
    }
    checked.add(entry.oid());
  }

  @Override
  public InputStream rows(Entry tableData) {
    return stream(
        tableData,
        session ->
            copy(tableData, SourceTables.condition(session, tableData.oid()), Optional.empty()));
  }

  @Override
  public InputStream rows(Entry tableData, String condition) {
    return stream(
        tableData,
        session ->
            copy(
                tableData,
                SourceTables.condition(session, tableData.oid()),
                Optional.of(condition)));
  }

  @Override
  public InputStream query(Entry tableData, String query) {
    return stream(tableData, _ -> "COPY (%s) TO STDOUT".formatted(query));
  }

  private InputStream stream(Entry tableData, Function<Session, String> copy) {
    Session session = taken(tableData);
    try {
      Readers.mark(session);
      lock(session, tableData);
      return new CopyStream(
          readers,
          session,
          session.copyOut(copy.apply(session) + copyEnding),
          e -> failed(tableData, e));
    } catch (PgmendException e) {
      readers.unfinished(session);
      throw failed(tableData, e);
    }
  }

  /// @param own which rows of an extension's table are a user's
  /// @param condition which of them are meant
  private static String copy(Entry entry, Optional<String> own, Optional<String> condition) {
    QualifiedName table = new QualifiedName(entry.namespace(), entry.tag());
    String columns =
        String.join(
            ", ", columns(String.valueOf(entry.copyStmt())).stream().map(Sql::quote).toList());
    if (own.isEmpty() && condition.isEmpty()) {
      return "COPY %s%s TO STDOUT"
          .formatted(table.sql(), columns.isEmpty() ? "" : " (" + columns + ")");
    }
    String rows =
        own.map(where ->
                "(SELECT * FROM ONLY %s %s) AS \"pgmend own\"".formatted(table.sql(), where))
            .orElse("ONLY " + table.sql());
    return "COPY (SELECT %s FROM %s%s) TO STDOUT"
        .formatted(columns, rows, condition.map(where -> " WHERE " + where).orElse(""));
  }

  /// The columns that `COPY s.t (a, b) FROM stdin;` names.
  static List<String> columns(String copyStmt) {
    return Lexer.tokens(copyStmt).stream()
        .dropWhile(token -> !token.is("("))
        .takeWhile(token -> !token.is(")"))
        .filter(Token::isName)
        .map(Token::value)
        .toList();
  }

  @Override
  public void largeObjects(List<Long> oids, LargeObjectReader reader) {
    Session session;
    try {
      session = readers.take();
    } catch (PgmendException e) {
      throw SourceFailure.of(name, "large objects", standby, e);
    }
    boolean finished = false;
    try {
      Readers.mark(session);
      for (long oid : oids.isEmpty() ? SourceTables.largeObjects(session) : oids) {
        if (reader.wants(oid)) {
          try (InputStream content = new LargeObjectStream(session, oid)) {
            reader.read(oid, content);
          } catch (IOException e) {
            throw new PgmendException(
                Kind.SOURCE,
                "%s: cannot read large object %d: %s".formatted(name, oid, e.getMessage()),
                null,
                e);
          }
        }
      }
      readers.finished(session);
      finished = true;
    } catch (PgmendException e) {
      throw SourceFailure.of(name, "large objects", standby, e);
    } finally {
      if (!finished) {
        readers.unfinished(session);
      }
    }
  }

  @Override
  public synchronized long storedSize(Entry tableData) {
    Map<Long, Long> known = sizes;
    if (known == null) {
      known = new HashMap<>();
      Session session = readers.take();
      try {
        Readers.mark(session);
        known.putAll(SourceTables.sizes(session));
        readers.finished(session);
      } catch (PgmendException e) {
        // Somebody holds a table exclusively; sizes are for people only.
        readers.unfinished(session);
      }
      sizes = known;
    }
    return known.getOrDefault(tableData.oid(), -1L);
  }

  @Override
  public String checkReadOnly() {
    List<Session> sessions = readers.takeAll();
    int lost = 0;
    try {
      for (Session session : sessions) {
        if (standby && ended(session)) {
          lost++; // all rows were read by then, and a standby cannot be written to
        } else if (!SourceTables.readOnly(session)) {
          throw new PgmendException(
              Kind.BUG, "%s: session %d may have written".formatted(name, session.backendPid()));
        }
      }
    } catch (PgmendException e) {
      throw SourceFailure.of(name, "the state of the sessions", standby, e);
    } finally {
      sessions.forEach(readers::give);
    }
    int asked = sessions.size() - lost;
    String ended =
        lost == 0 ? "" : "%d ended by the standby, which nobody can write to".formatted(lost);
    if (asked == 0) {
      return "%s: nothing was written there: sessions: %s".formatted(name, ended);
    }
    return "%s: nothing was written there: %s READ ONLY, and the server gave no transaction ID to any%s"
        .formatted(
            name,
            asked == 1
                ? "1 session, its transaction is"
                : "%d sessions, their transactions are".formatted(asked),
            ended.isEmpty() ? "" : "; " + ended);
  }

  private static boolean ended(Session session) {
    try {
      session.query("select 1 as one", _ -> true);
      return false;
    } catch (SqlFailure e) {
      return true;
    }
  }

  @Override
  public void check() {
    if (!readers.keep()) {
      if (standby) {
        throw SourceFailure.ended(name, "the database", null);
      }
      throw new PgmendException(
          Kind.SOURCE,
          "%s: the connection that keeps the snapshot is lost".formatted(name),
          "Try again.");
    }
  }

  @Override
  public long mark() {
    return mark;
  }

  @Override
  public void interrupt() {
    readers.interrupt();
  }

  private PgmendException failed(Entry entry, PgmendException e) {
    return SourceFailure.of(
        name, new QualifiedName(entry.namespace(), entry.tag()).sql(), standby, e);
  }

  @Override
  public void close() {
    readers.close();
  }
}
