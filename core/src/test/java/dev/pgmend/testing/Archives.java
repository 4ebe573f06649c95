package dev.pgmend.testing;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.closure.Closure;
import dev.pgmend.closure.ClosureBuilder;
import dev.pgmend.closure.Ownership;
import dev.pgmend.sql.QualifiedName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/// The archives among the test resources, by their path there, and what they hold.
public final class Archives {
  public static final String NASTY = "corpus/pg15/nasty-Fc-Z0.dump";
  public static final String NASTY_17 = "corpus/pg17/nasty-Fc-none.dump";
  public static final String NASTY_18 = "corpus/pg18/nasty-Fc-none.dump";
  public static final String SHOP = "shop/shop.dump";

  private static final Map<String, Toc> TOCS = new ConcurrentHashMap<>();
  private static final Map<Toc, ClosureBuilder> BUILDERS = new ConcurrentHashMap<>();

  private Archives() {}

  /// {@return every archive of the corpus, and the shop}
  public static Stream<String> all() {
    Path root = path("corpus");
    try (Stream<Path> paths = Files.walk(root)) {
      List<String> corpus =
          paths
              .filter(p -> p.toString().endsWith(".dump") || Files.exists(p.resolve("toc.dat")))
              .map(p -> "corpus/" + root.relativize(p))
              .sorted()
              .toList();
      return Stream.concat(corpus.stream(), Stream.of(SHOP));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Path path(String name) {
    try {
      return Path.of(Archives.class.getResource("/" + name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  public static Archive open(String name) {
    return Archive.open(path(name));
  }

  public static Toc toc(String name) {
    return TOCS.computeIfAbsent(
        name,
        _ -> {
          try (Archive archive = open(name)) {
            return archive.toc();
          }
        });
  }

  /// {@return the closure of the tables, which are given as `schema.name`, unquoted}
  public static Closure closure(Toc toc, String... tables) {
    return closure(toc, names(tables));
  }

  public static Closure closure(Toc toc, Collection<QualifiedName> tables) {
    return BUILDERS
        .computeIfAbsent(toc, _ -> new ClosureBuilder(toc, new Ownership(toc)))
        .of(tables);
  }

  /// {@return the names of all tables of an archive}
  public static List<QualifiedName> tables(Toc toc) {
    return toc.entries().stream()
        .filter(entry -> entry.desc().equals("TABLE"))
        .map(entry -> new QualifiedName(entry.namespace(), entry.tag()))
        .toList();
  }

  public static SequencedSet<QualifiedName> names(String... tables) {
    SequencedSet<QualifiedName> names = new LinkedHashSet<>();
    Arrays.stream(tables).map(Archives::name).forEach(names::add);
    return names;
  }

  /// {@return the name, which is `schema.name` without quotes; the schema ends at the first dot}
  public static QualifiedName name(String text) {
    int dot = text.indexOf('.');
    return new QualifiedName(text.substring(0, dot), text.substring(dot + 1));
  }

  /// {@return the entries of that kind and tag}
  public static List<Entry> entries(Toc toc, String desc, String namespace, String tag) {
    return toc.entries().stream()
        .filter(e -> e.desc().equals(desc))
        .filter(e -> e.namespace().equals(namespace) && e.tag().equals(tag))
        .toList();
  }
}
