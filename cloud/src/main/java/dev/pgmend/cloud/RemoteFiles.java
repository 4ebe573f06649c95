package dev.pgmend.cloud;

import dev.pgmend.content.FileSet;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The objects directly below a key, as the files of a directory. They are listed as far as they are asked for: a directory
/// archive may have millions of large objects.
final class RemoteFiles implements FileSet {
  private final Bucket bucket;
  private final String directory;
  private final Retry retry;
  private final Map<String, Map<String, Stored>> listed = new HashMap<>();

  /// @param directory ends in `/`, or is empty
  RemoteFiles(Bucket bucket, String directory, Retry retry) {
    this.bucket = bucket;
    this.directory = directory;
    this.retry = retry;
  }

  @Override
  public Optional<Stored> find(String name) {
    String start = start(name);
    Map<String, Stored> found;
    synchronized (this) {
      found = listed.get(start);
      if (found == null) {
        found = list(start);
        listed.put(start, found);
      }
    }
    return Optional.ofNullable(found.get(name));
  }

  @Override
  public Collection<Stored> files() {
    return list("").values();
  }

  /// {@return the names of the first files, at most that many}
  List<String> some(int count) {
    return page("", null).objects().stream()
        .map(object -> object.key().substring(directory.length()))
        .filter(name -> !name.isEmpty())
        .limit(count)
        .toList();
  }

  /// What is listed in order to find a file: `toc.dat` with all its suffixes, but of `4010.dat`, which the data of a table is in,
  /// all with the same first digit.
  private static String start(String name) {
    if (!name.isEmpty() && Character.isDigit(name.charAt(0))) {
      return name.substring(0, 1);
    }
    int suffix = name.lastIndexOf('.');
    return name.endsWith(".dat") || name.endsWith(".toc") || suffix <= 0
        ? name
        : name.substring(0, suffix);
  }

  private Map<String, Stored> list(String start) {
    Map<String, Stored> files = new TreeMap<>();
    List<RemoteObject> objects = new ArrayList<>();
    String next = null;
    do {
      Bucket.Page page = page(start, next);
      objects.addAll(page.objects());
      next = page.next();
    } while (next != null);
    for (RemoteObject object : objects) {
      String name = object.key().substring(directory.length());
      if (!name.isEmpty()) {
        files.put(name, new Stored(name, object.size(), new RangedSource(object, retry)));
      }
    }
    return files;
  }

  private Bucket.Page page(String start, @Nullable String next) {
    return retry.run(bucket.name() + "/" + directory, () -> bucket.list(directory + start, next));
  }
}
