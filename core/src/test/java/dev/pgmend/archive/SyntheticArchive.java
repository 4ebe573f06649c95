package dev.pgmend.archive;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes archives of version 1.16, uncompressed, that pg_dump would not write. Numbers and lengths
/// are taken as they are.
public final class SyntheticArchive {
  private final ByteArrayOutputStream blocks = new ByteArrayOutputStream();
  private final List<Item> items = new ArrayList<>();
  private int format = 1;
  private long entryCount = -1;
  private String encoding = "UTF8";

  record Item(
      int dumpId,
      String desc,
      String namespace,
      String tag,
      String defn,
      String data,
      String dropStmt,
      String copyStmt,
      List<Integer> deps) {
    Item(int dumpId, String desc, String tag, String defn, String data, List<Integer> deps) {
      this(dumpId, desc, "", tag, defn, data, deps);
    }

    Item(
        int dumpId,
        String desc,
        String namespace,
        String tag,
        String defn,
        String data,
        List<Integer> deps) {
      this(dumpId, desc, namespace, tag, defn, data, "", "COPY public.t (a) FROM stdin;\n", deps);
    }

    byte[] bytes(int format) {
      var out = new ByteArrayOutputStream();
      writeInt(out, dumpId);
      writeInt(out, desc.equals("TABLE DATA") ? 1 : 0);
      writeText(out, "0");
      writeText(out, "16384");
      writeText(out, tag);
      writeText(out, desc);
      writeInt(out, desc.equals("TABLE DATA") ? 3 : 2);
      writeText(out, defn);
      writeText(out, dropStmt);
      writeText(out, desc.equals("TABLE DATA") ? copyStmt : null);
      writeText(out, namespace);
      writeText(out, "");
      writeText(out, "");
      writeInt(out, 0);
      writeText(out, "owner");
      writeText(out, "false");
      for (int dep : deps) {
        writeText(out, Integer.toString(dep));
      }
      writeText(out, null);
      if (format == 1) {
        out.write(desc.equals("TABLE DATA") ? 1 : 3);
        out.writeBytes(new byte[8]);
      } else {
        writeText(out, data);
      }
      return out.toByteArray();
    }
  }

  SyntheticArchive directory() {
    format = 3;
    return this;
  }

  SyntheticArchive encoding(String name) {
    encoding = name;
    return this;
  }

  SyntheticArchive entryCount(long count) {
    entryCount = count;
    return this;
  }

  SyntheticArchive entry(int dumpId, String desc, String tag, Integer... deps) {
    items.add(new Item(dumpId, desc, tag, "", "", List.of(deps)));
    return this;
  }

  /// An object with its SQL.
  public SyntheticArchive object(
      int dumpId, String desc, String namespace, String tag, String defn, Integer... deps) {
    items.add(new Item(dumpId, desc, namespace, tag, defn, "", List.of(deps)));
    return this;
  }

  /// A table whose SQL is what an attacker likes, its rows included.
  public SyntheticArchive table(
      String tag, String defn, String dropStmt, String copyStmt, String rows) {
    items.add(new Item(10, "TABLE", "public", tag, defn, "", dropStmt, "", List.of()));
    items.add(new Item(11, "TABLE DATA", "public", tag, "", "", "", copyStmt, List.of(10)));
    block(11, rows.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  /// Table data in a file.
  SyntheticArchive file(int dumpId, String name) {
    items.add(new Item(dumpId, "TABLE DATA", "t", "", name, List.of()));
    return this;
  }

  /// Table data in a block of one chunk.
  SyntheticArchive rows(int dumpId, String text) {
    return rows(dumpId, text.getBytes(StandardCharsets.UTF_8));
  }

  SyntheticArchive rows(int dumpId, byte[] text) {
    entry(dumpId, "TABLE DATA", "t");
    block(dumpId, text);
    return this;
  }

  private void block(int dumpId, byte[] text) {
    blocks.write(1);
    writeInt(blocks, dumpId);
    writeInt(blocks, text.length);
    blocks.writeBytes(text);
    writeInt(blocks, 0);
  }

  /// Bytes behind the blocks.
  SyntheticArchive raw(int... bytes) {
    for (int b : bytes) {
      blocks.write(b);
    }
    return this;
  }

  byte[] bytes() {
    var out = new ByteArrayOutputStream();
    out.writeBytes("PGDMP".getBytes(StandardCharsets.US_ASCII));
    out.writeBytes(new byte[] {1, 16, 0, 4, 8, (byte) format, 0});
    for (int i = 0; i < 7; i++) {
      writeInt(out, i);
    }
    writeText(out, "db");
    writeText(out, "17.1");
    writeText(out, "17.1");
    writeInt(out, entryCount < 0 ? items.size() + 1 : entryCount);
    String defn = "SET client_encoding = '" + encoding + "';\n";
    out.writeBytes(new Item(999, "ENCODING", "ENCODING", defn, "", List.of()).bytes(format));
    for (Item item : items) {
      out.writeBytes(item.bytes(format));
    }
    out.writeBytes(blocks.toByteArray());
    return out.toByteArray();
  }

  public Path write(Path file) {
    try {
      return Files.write(file, bytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void writeInt(ByteArrayOutputStream out, long number) {
    out.write(number < 0 ? 1 : 0);
    for (int shift = 0; shift < 32; shift += 8) {
      out.write((int) (Math.abs(number) >> shift));
    }
  }

  private static void writeText(ByteArrayOutputStream out, @Nullable String text) {
    if (text == null) {
      writeInt(out, -1);
      return;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    writeInt(out, bytes.length);
    out.writeBytes(bytes);
  }
}
