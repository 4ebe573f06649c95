package dev.pgmend.archive;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/// The archives among the test resources.
final class Corpus {
  private static final Path ROOT = root();

  private Corpus() {}

  static Path path(String name) {
    return ROOT.resolve(name);
  }

  /// All archives of one database, dumped by three versions in all ways.
  static Stream<String> full() {
    return all()
        .filter(name -> name.contains("nasty-F") || name.startsWith("synthetic/"))
        .filter(name -> !name.matches(".*(schemaonly|inserts|-t-|dataonly|lvpr).*"));
  }

  static Stream<String> all() {
    try (Stream<Path> paths = Files.walk(ROOT)) {
      return paths
          .filter(p -> p.toString().endsWith(".dump") || Files.exists(p.resolve("toc.dat")))
          .map(p -> ROOT.relativize(p).toString())
          .sorted()
          .toList()
          .stream();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String text(Archive archive, Entry entry) {
    return new String(bytes(archive.copyText(entry)), StandardCharsets.UTF_8);
  }

  static byte[] bytes(InputStream stream) {
    try (stream) {
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// The one entry of that kind and name.
  static Entry entry(Archive archive, String desc, String namespace, String tag) {
    List<Entry> found =
        archive.toc().entries().stream()
            .filter(e -> e.desc().equals(desc))
            .filter(e -> e.namespace().equals(namespace) && e.tag().equals(tag))
            .toList();
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  static Entry tableData(Archive archive, String namespace, String tag) {
    return entry(archive, "TABLE DATA", namespace, tag);
  }

  /// Rows by qualified table.
  static Map<String, String> rows(Archive archive) {
    var rows = new TreeMap<String, String>();
    for (Entry entry : archive.toc().entries()) {
      if (entry.desc().equals("TABLE DATA")) {
        rows.put(entry.namespace() + "." + entry.tag(), text(archive, entry));
      }
    }
    return rows;
  }

  private static Path root() {
    try {
      return Path.of(Corpus.class.getResource("/corpus").toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }
}
