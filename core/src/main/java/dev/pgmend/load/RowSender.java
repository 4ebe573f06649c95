package dev.pgmend.load;

import dev.pgmend.postgres.CopySink;
import org.jspecify.annotations.Nullable;

/// Sends rows of COPY text to a COPY, as they are or in binary, and remembers what they were. Not thread-safe.
final class RowSender {
  private final CopySink sink;
  private final RowDigest digest;
  private final @Nullable ArchiveSums sums;
  private final @Nullable RowEncoder encoder;

  /// How rows are sent.
  ///
  /// @param hashing whether they are hashed, or only counted
  /// @param sums what has them in binary, and hashes them; null for text
  record Form(boolean hashing, @Nullable ArchiveSums sums) {
    RowSender to(CopySink sink) {
      return new RowSender(sink, this);
    }

    /// {@return the options of COPY, "" for none}
    String options(boolean frozen) {
      String format = sums == null ? "" : "FORMAT binary";
      return format + (frozen ? (format.isEmpty() ? "" : ", ") + "FREEZE" : "");
    }
  }

  private RowSender(CopySink sink, Form form) {
    this.sink = sink;
    this.sums = form.sums();
    this.digest = new RowDigest(form.hashing() && sums == null);
    this.encoder = sums == null ? null : sums.encoder(form.hashing(), sink::write);
  }

  /// Takes the next bytes of COPY text.
  ///
  /// @throws RowEncoder.NotCanonical if they cannot be sent in binary
  void update(byte[] buffer, int offset, int length) {
    if (encoder != null) {
      encoder.update(buffer, offset, length);
    } else {
      digest.update(buffer, offset, length);
      sink.write(buffer, offset, length);
    }
  }

  /// {@return how many rows the server says it has taken}
  long finish() {
    if (encoder != null) {
      encoder.end();
    }
    return sink.finish();
  }

  /// Adds what was sent, to the form's sums, too, if it has some.
  void addTo(RowDigest all) {
    if (encoder != null && sums != null) {
      sums.sent(encoder);
      all.count(encoder.rows(), encoder.bytes());
    } else {
      all.add(digest);
    }
  }
}
