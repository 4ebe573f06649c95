package dev.pgmend.cloud;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A bucket or container of objects. Its methods throw [IOException] if they may work the next time, and
/// [dev.pgmend.PgmendException] if they will not.
public interface Bucket {
  /// {@return what messages call it: `s3://bucket`}
  String name();

  /// {@return the newest version of an object}
  Optional<RemoteObject> find(String key) throws IOException;

  /// {@return objects whose keys begin with that, in the order of their keys; not those behind a further `/`}
  ///
  /// @param next what the page before said, null for the first page
  Page list(String prefix, @Nullable String next) throws IOException;

  /// Some objects.
  ///
  /// @param next how to ask for those that follow, null if there are none
  record Page(List<RemoteObject> objects, @Nullable String next) {
    public Page {
      objects = List.copyOf(objects);
    }
  }
}
