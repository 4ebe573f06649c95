package dev.pgmend.extract;

import dev.pgmend.archive.Entry;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/// Writes an extraction in pg_dump's custom format, front to back.
final class CustomWriter {
  private static final int CHUNK_BYTES = 64 * 1024;
  private static final int DATA_BLOCK = 1;

  private final Extraction extraction;
  private final RowCopier rows;
  private final OutputStream out;
  private final TocWriter toc;
  private final Map<Integer, Long> offsets = new HashMap<>();
  private long written;

  CustomWriter(Extraction extraction, RowCopier rows, OutputStream out) {
    this.extraction = extraction;
    this.rows = rows;
    this.out = out;
    this.toc = new TocWriter(extraction);
  }

  void write() throws IOException {
    put(toc.custom(Map.of()));
    for (Entry entry : extraction.entries()) {
      if (entry.desc().equals("TABLE DATA")) {
        offsets.put(entry.dumpId(), written);
        block(entry);
      }
    }
  }

  /// {@return what to put in the place of the first bytes, where that can be done: with the offsets that are known now}
  byte[] contents() {
    return toc.custom(offsets);
  }

  private void block(Entry data) throws IOException {
    put(number().raw(DATA_BLOCK).number(data.dumpId()).bytes());
    Deflater deflater = new Deflater();
    try (DeflaterOutputStream packed =
        new DeflaterOutputStream(new Chunks(), deflater, CHUNK_BYTES)) {
      rows.copy(data, packed);
      packed.write("\\.\n\n\n".getBytes(StandardCharsets.US_ASCII));
    } finally {
      deflater.end();
    }
    put(number().number(0).bytes());
  }

  private static ArchiveOutput number() {
    return new ArchiveOutput(StandardCharsets.US_ASCII);
  }

  private void put(byte[] bytes) throws IOException {
    out.write(bytes);
    written += bytes.length;
  }

  /// What is written becomes chunks, each with its length.
  private final class Chunks extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (length > 0) {
        put(number().number(length).bytes());
        out.write(bytes, offset, length);
        written += length;
      }
    }
  }
}
