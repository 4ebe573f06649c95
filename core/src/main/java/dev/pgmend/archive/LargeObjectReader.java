package dev.pgmend.archive;

import java.io.IOException;
import java.io.InputStream;

/// Takes the large objects of an archive, one after the other.
public interface LargeObjectReader {
  /// {@return whether the content of this object is wanted}
  boolean wants(long oid);

  /// Reads the content, as far as it likes.
  void read(long oid, InputStream content) throws IOException;
}
