package dev.pgmend.cloud;

import dev.pgmend.content.Storage.Found;
import java.util.List;
import java.util.Optional;

/// Finds out what a key of a bucket is: an object, or what stands for a directory.
public final class Places {
  private static final int SHOWN = 10;

  private Places() {}

  /// {@return the object of that key or, if there is none, the objects below it}
  ///
  /// @param key empty for the whole bucket
  /// @throws dev.pgmend.PgmendException if there is neither, or a directory without an archive
  public static Found find(Bucket bucket, String key, Retry retry) {
    String name = bucket.name() + "/" + key;
    if (!key.isEmpty() && !key.endsWith("/")) {
      Optional<RemoteObject> object = retry.run(name, () -> bucket.find(key));
      if (object.isPresent()) {
        return new Found.One(new RangedSource(object.get(), retry));
      }
    }
    String directory = key.isEmpty() || key.endsWith("/") ? key : key + "/";
    var files = new RemoteFiles(bucket, directory, retry);
    boolean archive =
        List.of("toc.dat", "toc.dat.gz", "toc.dat.lz4", "toc.dat.zst", "toc.glo", "map.dat")
            .stream()
            .anyMatch(file -> files.find(file).isPresent());
    if (!archive) {
      List<String> inside = files.some(SHOWN);
      throw inside.isEmpty() ? Failures.missing(name) : Failures.noArchive(name, inside);
    }
    return new Found.Directory(files);
  }
}
