package dev.pgmend.restore;

import dev.pgmend.archive.Archive;
import dev.pgmend.postgres.ConnectionTarget;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// A database as it was before the accident, and its archives. It was itself restored from an archive, for only then does
/// PostgreSQL describe its objects as it will describe restored ones.
final class Pristine implements AutoCloseable {
  /// Who restores.
  enum Role {
    SUPERUSER,
    /// A plain role that owns the database and everything in it.
    OWNER,
    /// The same, but every second object belongs to a role that it is not a member of.
    AMONG_OTHERS;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }

    boolean plain() {
      return this != SUPERUSER;
    }
  }

  /// The archives that every database has.
  enum Format {
    CUSTOM("-Fc"),
    /// Through a pipe and not compressed; so it has no offsets.
    PIPED("-Fc", "-Z0"),
    DIRECTORY("-Fd");

    private final List<String> options;

    Format(String... options) {
      this.options = List.of(options);
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static final String OWNER = "round_trip_owner";

  /// Who owns every second object among others.
  static final String OTHER = "round_trip_other";

  /// Roles that the archives name; roles belong to the server, so they stay.
  private static final List<String> ROLES =
      List.of(
          "r_owner",
          "r_reader",
          "\"Röle X\"",
          "shop_owner",
          "shop_app",
          "shop_reporting",
          OWNER,
          OTHER);

  private static final String USER_TABLES =
      """
      SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|pgmend)' AND n.nspname <> 'information_schema'
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
      ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"
      """;

  private final String name;
  private final Role role;
  private final Database database;
  private final Map<Format, Path> archives = new EnumMap<>(Format.class);
  private final Optional<Path> directory;
  private final SortedMap<String, String> fingerprint;

  /// Restores a database from an archive among the test resources, with pg_restore, and dumps it in all formats.
  private Pristine(String name, String archive, Role role) {
    this.name = name;
    this.role = role;
    this.database = Database.create(Servers.shared());
    createRoles();
    Client.run("pg_restore", "--exit-on-error", "-d", database.uri(), resource(archive).toString());
    if (role.plain()) {
      run("/restore/give-away.sql");
    }
    if (role == Role.AMONG_OTHERS) {
      run("/restore/give-half.sql");
    }
    try {
      Path created = Files.createTempDirectory("pristine-");
      directory = Optional.of(created);
      for (Format format : Format.values()) {
        Path file = created.resolve(format.toString());
        archives.put(format, file);
        Client.dump(database, file, format == Format.PIPED, format.options);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    fingerprint = Fingerprint.of(database);
  }

  /// Restores the corpus as a newer server dumped it, compressed with zstd.
  private Pristine(int major) {
    name = "corpus" + major;
    role = Role.SUPERUSER;
    database = Database.create(Servers.major(major));
    directory = Optional.empty();
    createRoles();
    String prefix = "/corpus/pg%d/nasty-".formatted(major);
    archives.put(Format.CUSTOM, resource(prefix + "Fc-zstd.dump"));
    archives.put(Format.PIPED, resource(prefix + "Fc-zstd-piped-nooffset.dump"));
    archives.put(Format.DIRECTORY, resource(prefix + "Fd-zstd"));
    try (Archive archive = open(Format.CUSTOM)) {
      ArchiveLoader.load(archive, database);
    }
    fingerprint = Fingerprint.of(database);
  }

  /// Loads as much of an archive of the corpus as that server understands.
  private Pristine(int major, int dumped) {
    name = "corpus%don%d".formatted(dumped, major);
    role = Role.SUPERUSER;
    database = Database.create(Servers.major(major));
    directory = Optional.empty();
    createRoles();
    archives.put(
        Format.CUSTOM,
        resource(
            dumped == 15
                ? "/corpus/pg15/nasty-Fc-default.dump"
                : "/corpus/pg%d/nasty-Fc-none.dump".formatted(dumped)));
    try (Archive archive = open(Format.CUSTOM)) {
      ArchiveLoader.tryAll(archive, database)
          .forEach(failure -> System.out.println(name + " lacks " + failure));
    }
    fingerprint = Fingerprint.of(database);
  }

  /// {@return the corpus as pg_dump of one version dumped it, on a server of another}
  static Pristine corpus(int major, int dumped) {
    return new Pristine(major, dumped);
  }

  static Pristine corpus(int major) {
    return new Pristine(major);
  }

  static Pristine corpus(Role role) {
    return new Pristine("corpus", "/corpus/pg15/nasty-Fc-default.dump", role);
  }

  static Pristine shop(Role role) {
    return new Pristine("shop", "/shop/shop.dump", role);
  }

  private void createRoles() {
    for (String role : ROLES) {
      database.execute(
          """
          DO $$ BEGIN CREATE ROLE %s %s; EXCEPTION WHEN duplicate_object THEN END $$\
          """
              .formatted(role, role.equals(OWNER) ? "LOGIN" : ""));
    }
  }

  static Path resource(String name) {
    try {
      return Path.of(Pristine.class.getResource(name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /// Makes the plain role the owner of the database and of everything that can have one and is not a superuser's, or the other one
  /// that of half of it.
  private void run(String script) {
    try {
      database.execute(
          Files.readString(resource(script))
              .replace(":owner", OWNER)
              .replace(":other", OTHER)
              .replace(":database", database.name()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String name() {
    return name;
  }

  Role role() {
    return role;
  }

  Database database() {
    return database;
  }

  SortedMap<String, String> fingerprint() {
    return fingerprint;
  }

  /// {@return quoted names of all tables, partitioned ones and partitions too}
  List<String> tables() {
    return tables(database);
  }

  static List<String> tables(Database database) {
    List<String> tables = new ArrayList<>();
    for (@Nullable String table : database.queryColumn(USER_TABLES)) {
      tables.add(String.valueOf(table));
    }
    return tables;
  }

  Path archive(Format format) {
    return Objects.requireNonNull(archives.get(format));
  }

  Archive open(Format format) {
    return Archive.open(archive(format));
  }

  /// {@return a copy in which the accident has happened; the caller closes it}
  Database wrecked(Accident accident, String table) {
    Database copy = copy();
    try {
      accident.befall(copy, table);
      return copy;
    } catch (RuntimeException | AssertionError e) {
      copy.close();
      throw e;
    }
  }

  /// {@return a copy; the caller closes it}
  Database copy() {
    Database copy = database.copy();
    if (role.plain()) {
      copy.execute("ALTER DATABASE %s OWNER TO %s".formatted(copy.name(), OWNER));
    }
    return copy;
  }

  /// {@return how the one who restores connects}
  ConnectionTarget target(Database copy) {
    return ConnectionTarget.parse(role.plain() ? copy.uri(OWNER) : copy.uri(), Map.of());
  }

  @Override
  public void close() {
    database.close();
    directory.ifPresent(Client::delete);
  }
}
