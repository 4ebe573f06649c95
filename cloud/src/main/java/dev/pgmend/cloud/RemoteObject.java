package dev.pgmend.cloud;

import java.io.IOException;
import java.io.InputStream;

/// One version of an object in a store.
public interface RemoteObject {
  /// {@return what messages call it} Has no secrets.
  String name();

  /// {@return its key in the store}
  String key();

  long size();

  /// Asks for some of its bytes, at least one.
  ///
  /// @return exactly these bytes, unless the connection breaks; closing it early gives the connection up
  /// @throws IOException if it may work the next time
  /// @throws dev.pgmend.PgmendException if it will not: the object is another one now, or may not be read
  InputStream open(long from, long to) throws IOException;
}
