package dev.pgmend.embedded;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// A throwaway PostgreSQL server on loopback, for the demo and the tests.
///
/// Listens on 127.0.0.1 only, on a port that was free, and trusts everybody there unless it was given a password; its encoding is
/// UTF8 and it does not sync to disk. It runs as an ordinary user, also when this process is root's. It is
/// stopped and its data deleted by [#close], else at the end of this process, however that comes.
/// Safe for use by several threads.
public final class EmbeddedServer implements AutoCloseable {
  static final String SUPERUSER = "postgres";

  private final DataDirectory directory;
  private final Postmaster postmaster;
  private final Watchdog watchdog;
  private final Thread atExit;
  private boolean closed;

  private EmbeddedServer(Installation installation, Account account) {
    directory = DataDirectory.create(account);
    postmaster = new Postmaster(installation, account, directory);
    watchdog = new Watchdog(directory);
    atExit = new Thread(this::stopAndDelete, "stop-postgres");
  }

  /// {@return a running server of the newest version, with default settings}
  public static EmbeddedServer start() {
    return start(Map.of());
  }

  /// {@return a running server of the newest version}
  ///
  /// @param settings configuration parameters in addition to, or instead of, the defaults
  public static EmbeddedServer start(Map<String, String> settings) {
    return started(Installation.of(BinariesJar.onClassPath()), settings, null);
  }

  /// {@return a running server of that major version, or of the next one that there is, which lets in only those who know the
  /// superuser's password}
  public static EmbeddedServer startNearest(
      int major, Map<String, String> settings, String password) {
    return started(Installation.of(BinariesJar.nearest(major)), settings, password);
  }

  /// {@return a running server of a certain major version}
  ///
  /// Versions other than the one on the class path come from the jars in the directory that system property
  /// `pgmend.postgres.jars` names.
  public static EmbeddedServer start(int major, Map<String, String> settings) {
    return started(Installation.of(BinariesJar.ofMajor(major)), settings, null);
  }

  /// {@return a running server of the PostgreSQL that is installed there}
  ///
  /// @param bin the directory with `initdb` and `postgres`, such as `/usr/lib/postgresql/15/bin`
  public static EmbeddedServer startFrom(Path bin, Map<String, String> settings) {
    return started(new Installation(bin), settings, null);
  }

  /// {@return a running hot standby, which follows another server as it replays what that sends}
  ///
  /// @param primary a server without a password, with `wal_level` at least `replica`
  /// @param bin the directory with `pg_basebackup` and `postgres` of the primary's version
  /// @param settings in addition to, or instead of, the primary's
  public static EmbeddedServer startStandby(
      EmbeddedServer primary, Path bin, Map<String, String> settings) {
    var installation = new Installation(bin);
    return started(
        installation,
        (directory, account) -> directory.copy(installation, account, primary.port(), settings));
  }

  private static EmbeddedServer started(
      Installation installation, Map<String, String> settings, @Nullable String password) {
    return started(
        installation,
        (directory, account) -> directory.fill(installation, account, settings, password));
  }

  private static EmbeddedServer started(
      Installation installation, BiConsumer<DataDirectory, Account> filling) {
    Account account = Account.able(installation.program("postgres"));
    var server = new EmbeddedServer(installation, account);
    try {
      // Before the directory is filled: that alone takes seconds, in which someone may have enough.
      Runtime.getRuntime().addShutdownHook(server.atExit);
      filling.accept(server.directory, account);
      server.postmaster.startOnFreePort();
      return server;
    } catch (RuntimeException e) {
      server.close();
      throw e;
    }
  }

  public int port() {
    return postmaster.port();
  }

  /// {@return the name of the superuser, who needs no password}
  public String superuser() {
    return SUPERUSER;
  }

  /// {@return a libpq connection string for the superuser}
  public String uri(String database) {
    return uri(database, SUPERUSER);
  }

  /// {@return a libpq connection string for a user}
  public String uri(String database, String user) {
    return "postgresql://%s@127.0.0.1:%d/%s".formatted(encode(user), port(), encode(database));
  }

  /// {@return a JDBC URL for the superuser}
  public String jdbcUrl(String database) {
    return jdbcUrl(database, SUPERUSER);
  }

  /// {@return a JDBC URL for a user}
  public String jdbcUrl(String database, String user) {
    return "jdbc:postgresql://127.0.0.1:%d/%s?user=%s"
        .formatted(port(), encode(database), encode(user));
  }

  /// {@return the process id of the postmaster, the last one if the server is stopped}
  public long pid() {
    return postmaster.pid();
  }

  /// {@return the file that the server logs to; it is deleted with the server}
  public Path log() {
    return directory.log();
  }

  /// Stops the server as a crash would (SIGQUIT): sessions are cut and nothing is written. The data stays,
  /// and [#restart] recovers it.
  public synchronized void stopImmediately() {
    checkOpen();
    postmaster.stop("QUIT");
  }

  /// Stops the server in good order if it runs, and starts it again on the same port.
  public synchronized void restart() {
    checkOpen();
    postmaster.stop("INT");
    postmaster.start();
  }

  /// Stops the server and deletes its data. Does nothing the second time.
  @Override
  public void close() {
    stopAndDelete();
    try {
      Runtime.getRuntime().removeShutdownHook(atExit);
    } catch (IllegalStateException _) {
      // The process is ending already, and the hook finds nothing left to do.
    }
  }

  private synchronized void stopAndDelete() {
    if (!closed) {
      closed = true;
      postmaster.stop("QUIT");
      directory.delete();
      watchdog.close();
    }
  }

  private void checkOpen() {
    if (closed) {
      throw new IllegalStateException("server is closed");
    }
  }

  private static String encode(String name) {
    return URLEncoder.encode(name, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
