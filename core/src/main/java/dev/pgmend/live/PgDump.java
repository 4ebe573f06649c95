package dev.pgmend.live;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A pg_dump program on this machine.
///
/// @param major its major version, 9 for 9.6
/// @param version as it says itself: `15.20 (Debian 15.20-0+deb12u1)`
record PgDump(Path program, int major, String version) {
  /// Where distributions put the programs of each version, with one directory to be filled in.
  private static final List<String> VERSIONED =
      List.of(
          "/usr/lib/postgresql/*/bin",
          "/usr/pgsql-*/bin",
          "/usr/lib/postgresql*/bin",
          "/usr/local/pgsql*/bin",
          "/opt/homebrew/opt/postgresql@*/bin",
          "/opt/homebrew/opt/libp*/bin",
          "/usr/local/opt/postgresql@*/bin",
          "/usr/local/opt/libp*/bin",
          "/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin",
          "/Applications/Postgres.app/Contents/Versions/*/bin",
          "/Library/PostgreSQL/*/bin");

  private static final Pattern VERSION =
      Pattern.compile("pg_dump \\(PostgreSQL\\) (([0-9]+)[^\\n\\r]*)");
  private static final String NAME = File.separatorChar == '\\' ? "pg_dump.exe" : "pg_dump";
  private static final long PATIENCE = 10;

  /// Debian's `pg_dump` on PATH asks a script which version is meant; the versions themselves are looked at instead.
  private static final String WRAPPER = "pg_wrapper";

  /// Where to look.
  ///
  /// @param given the only directory, if the user has named one
  /// @param path the value of PATH
  record Places(Optional<Path> given, String path, List<String> versioned) {
    static Places usual(Optional<Path> given) {
      return new Places(given, System.getenv().getOrDefault("PATH", ""), VERSIONED);
    }
  }

  /// {@return the newest program that can dump a server of a version}
  ///
  /// @param source the server's name, for messages
  /// @throws PgmendException of kind SOURCE if there is none
  static PgDump newest(Places places, int serverMajor, String source) {
    List<PgDump> found =
        programs(places).stream().flatMap(program -> of(program).stream()).toList();
    return found.stream()
        .filter(dump -> dump.major >= serverMajor)
        .max(Comparator.comparingInt(PgDump::major))
        .orElseThrow(() -> tooOld(places, found, serverMajor, source));
  }

  private static PgmendException tooOld(
      Places places, List<PgDump> found, int serverMajor, String source) {
    String where =
        places
            .given()
            .map(directory -> "in " + directory)
            .orElse("on PATH or in the usual directories");
    String seen =
        found.isEmpty()
            ? "there is none " + where
            : "found "
                + String.join(
                    ", ",
                    found.stream().map(dump -> dump.version + " at " + dump.program).toList());
    return new PgmendException(
        Kind.SOURCE,
        "%s is PostgreSQL %d, and its definitions can be read only by a pg_dump of version %d or newer: %s"
            .formatted(source, serverMajor, serverMajor, seen),
        "Install the package postgresql-client-%d (Debian, Ubuntu; elsewhere postgresql%d), or name the directory of a newer pg_dump with --pg-bin."
            .formatted(serverMajor, serverMajor));
  }

  private static SequencedSet<Path> programs(Places places) {
    List<Path> directories = new ArrayList<>();
    if (places.given().isPresent()) {
      directories.add(places.given().get());
    } else {
      places.versioned().forEach(pattern -> directories.addAll(matching(pattern)));
      for (String directory : places.path().split(File.pathSeparator, -1)) {
        if (!directory.isBlank()) {
          directories.add(Path.of(directory));
        }
      }
    }
    SequencedSet<Path> programs = new LinkedHashSet<>();
    for (Path directory : directories) {
      Path program = directory.resolve(NAME);
      if (Files.isExecutable(program)) {
        programs.add(real(program));
      }
    }
    if (programs.size() > 1) {
      programs.removeIf(program -> program.endsWith(WRAPPER));
    }
    return programs;
  }

  private static Path real(Path program) {
    try {
      return program.toRealPath();
    } catch (IOException e) {
      return program; // it will not start either
    }
  }

  /// The directories that a pattern with one `*` in one of its names means.
  private static List<Path> matching(String pattern) {
    Path path = Path.of(pattern.replace('*', '_'));
    int star = 0;
    String[] names = pattern.substring(1).split("/", -1);
    while (!names[star].contains("*")) {
      star++;
    }
    Path parent = star == 0 ? path.getRoot() : path.getRoot().resolve(path.subpath(0, star));
    List<Path> directories = new ArrayList<>();
    if (Files.isDirectory(parent)) {
      try (DirectoryStream<Path> children = Files.newDirectoryStream(parent, names[star])) {
        for (Path child : children) {
          directories.add(
              star + 1 < names.length
                  ? child.resolve(path.subpath(star + 1, names.length))
                  : child);
        }
      } catch (IOException e) {
        return List.of(); // what cannot be listed holds nothing for us
      }
    }
    return directories;
  }

  /// {@return the program with its version, if it is pg_dump and starts}
  private static Optional<PgDump> of(Path program) {
    try {
      Process process =
          new ProcessBuilder(program.toString(), "--version")
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(nothing()))
              .start();
      String said = new String(process.getInputStream().readNBytes(1000), StandardCharsets.UTF_8);
      if (!process.waitFor(PATIENCE, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        return Optional.empty();
      }
      Matcher version = VERSION.matcher(said);
      return version.find()
          ? Optional.of(
              new PgDump(program, Integer.parseInt(version.group(2)), version.group(1).strip()))
          : Optional.empty();
    } catch (IOException e) {
      return Optional.empty(); // a program for another machine
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new PgmendException(Kind.INTERRUPTED, "interrupted while pg_dump was looked for", null);
    }
  }

  private static File nothing() {
    return new File(File.separatorChar == '\\' ? "NUL" : "/dev/null");
  }

  /// Starts to dump a database in custom format to the program's output.
  ///
  /// @param connection libpq's variables, with the password
  /// @param options without the connection
  Process start(Map<String, String> connection, List<String> options) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(program.toString());
    command.addAll(List.of("--format=custom", "--compress=0", "--no-password"));
    command.addAll(options);
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectInput(ProcessBuilder.Redirect.from(nothing()));
    Map<String, String> environment = builder.environment();
    // What the user's environment says of connections is in the target already, or is not for it.
    environment.keySet().removeIf(name -> name.startsWith("PG") && !name.equals("PGPASSFILE"));
    environment.putAll(connection);
    // pg_dump's own transaction is read-only; should it ever begin another one, that is, too.
    environment.merge(
        "PGOPTIONS", "-c default_transaction_read_only=on", (given, added) -> given + " " + added);
    environment.put("PGAPPNAME", "pgmend");
    environment.put("LC_ALL", "C");
    return builder.start();
  }
}
