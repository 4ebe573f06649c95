package dev.pgmend.archive;

import dev.pgmend.PgmendException;
import dev.pgmend.codec.Compression;
import dev.pgmend.codec.Wrapper;
import dev.pgmend.content.ByteSource;
import dev.pgmend.script.Script;
import dev.pgmend.script.ScriptException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/// Every reader of bytes from outside, given any bytes: it ends, with what it read or with the error that it documents. Anything
/// else that it throws goes through.
enum Readers {
  /// A custom archive, a tar or zip file with whatever is in it, a script, and all that may be packed.
  ARCHIVE {
    @Override
    void read(byte[] bytes) {
      try (ArchiveOpener opener = new ArchiveOpener("fuzz", Reading.USUAL)) {
        Archive archive = opener.file(ByteSource.of(bytes));
        try {
          archive.checkWhole();
        } catch (ArchiveException _) {
          // The rest may still be readable.
        }
        for (Entry entry : archive.toc().entries()) {
          if (entry.desc().equals("TABLE DATA")) {
            rows(archive, entry);
          } else if (entry.desc().equals("BLOBS")) {
            largeObjects(archive, entry);
          }
        }
      } catch (PgmendException | IOException _) {
        // What readers do about bytes that are no archive.
      }
    }
  },

  /// The table of contents of a directory archive.
  TOC {
    @Override
    void read(byte[] bytes) {
      try {
        var reader =
            new TocReader(
                "fuzz", new ArchiveInput(ByteSource.of(bytes), "fuzz", 0, null), Format.DIRECTORY);
        new TocDecoder("fuzz", reader.readHeader().serverMajor()).decode(reader.readEntries());
      } catch (ArchiveException _) {
        // As above.
      }
    }
  },

  SCRIPT {
    @Override
    void read(byte[] bytes) throws IOException {
      try {
        Script.read(new ByteArrayInputStream(bytes));
      } catch (ScriptException _) {
        // As above.
      }
    }
  },

  COPY_TEXT {
    @Override
    void read(byte[] bytes) {
      script("COPY public.t (a, b) FROM stdin;\n", bytes, "\n\\.\n\n\n");
    }
  },

  INSERT_TEXT {
    @Override
    void read(byte[] bytes) {
      script("INSERT INTO public.t VALUES (", bytes, ");\n");
    }
  },

  GZIP {
    @Override
    void read(byte[] bytes) {
      unpack(Wrapper.GZIP, bytes);
    }
  },

  ZSTD {
    @Override
    void read(byte[] bytes) {
      unpack(Wrapper.ZSTD, bytes);
    }
  },

  LZ4 {
    @Override
    void read(byte[] bytes) {
      unpack(Wrapper.LZ4, bytes);
    }
  },

  BZIP2 {
    @Override
    void read(byte[] bytes) {
      unpack(Wrapper.BZIP2, bytes);
    }
  },

  XZ {
    @Override
    void read(byte[] bytes) {
      unpack(Wrapper.XZ, bytes);
    }
  },

  ZLIB {
    @Override
    void read(byte[] bytes) {
      try (InputStream in = Compression.GZIP.openMember(new ByteArrayInputStream(bytes))) {
        drain(in);
      } catch (IOException _) {
        // As above.
      }
    }
  };

  /// A bomb is not read to its end.
  private static final long MOST = 64L << 20;

  /// {@return where in `fuzz` among the test resources its seeds are}
  String directory() {
    return name().toLowerCase(java.util.Locale.ROOT).replace("_", "");
  }

  abstract void read(byte[] bytes) throws IOException;

  private static void rows(Archive archive, Entry entry) {
    try (InputStream in = archive.copyText(entry)) {
      drain(in);
    } catch (ArchiveException _) {
      // The other tables may still be readable.
    } catch (IOException e) {
      throw new AssertionError("rows end in an ArchiveException, not in " + e, e);
    }
  }

  private static void largeObjects(Archive archive, Entry entry) {
    try {
      archive.largeObjects(
          entry,
          new LargeObjectReader() {
            @Override
            public boolean wants(long oid) {
              return oid % 2 != 0;
            }

            @Override
            public void read(long oid, InputStream content) throws IOException {
              drain(content);
            }
          });
    } catch (ArchiveException _) {
      // As above.
    }
  }

  private static void script(String before, byte[] rows, String after) {
    String start = "SET client_encoding = 'UTF8';\nCREATE TABLE public.t (a text, b text);\n";
    ARCHIVE.readQuietly(
        List.of(
            (start + before).getBytes(StandardCharsets.UTF_8),
            rows,
            after.getBytes(StandardCharsets.UTF_8)));
  }

  private void readQuietly(List<byte[]> parts) {
    var all = new java.io.ByteArrayOutputStream();
    parts.forEach(all::writeBytes);
    try {
      read(all.toByteArray());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static void unpack(Wrapper wrapper, byte[] bytes) {
    try (InputStream in = wrapper.open(new ByteArrayInputStream(bytes))) {
      drain(in);
    } catch (IOException _) {
      // As above.
    }
  }

  private static void drain(InputStream in) throws IOException {
    byte[] buffer = new byte[1 << 16];
    long all = 0;
    for (int count; all < MOST && (count = in.read(buffer)) >= 0; all += count) {
      if (count == 0) {
        throw new AssertionError("nothing was read");
      }
    }
  }
}
