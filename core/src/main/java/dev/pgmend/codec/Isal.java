package dev.pgmend.codec;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.NoSuchElementException;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import org.jspecify.annotations.Nullable;

/// Intel's ISA-L (Debian's libisal2, Fedora's isa-l), which undoes deflate in less than half of the time that zlib takes, if it is
/// installed. Source: isa-l's `igzip_lib.h`, struct inflate_state.
final class Isal {
  /// Set to `off` for the JDK's own.
  private static final String SWITCH = "pgmend.isal";

  /// More than any version's state: 87,368 bytes in 2.30.
  static final int STATE_BYTES = 1 << 18;

  static final long NEXT_OUT = 0;
  static final long AVAIL_OUT = 8;
  static final long NEXT_IN = 16;
  static final long AVAIL_IN = 32;
  static final long READ_IN_LENGTH = 36;
  static final long BLOCK_STATE = 21160;
  static final int BLOCK_FINISH = 5;

  private static final @Nullable Isal LIBRARY = load();

  private final MethodHandle init;
  private final MethodHandle inflate;

  private Isal(MethodHandle init, MethodHandle inflate) {
    this.init = init;
    this.inflate = inflate;
  }

  /// {@return whether it is there, and does what it should}
  static boolean available() {
    return LIBRARY != null && Checked.WORKS;
  }

  static void init(MemorySegment state) {
    try {
      library().init.invokeExact(state);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /// {@return below 0 for an error}
  static int inflate(MemorySegment state) {
    try {
      return (int) library().inflate.invokeExact(state);
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  private static Isal library() {
    if (LIBRARY == null) {
      throw new IllegalStateException("ISA-L is not there");
    }
    return LIBRARY;
  }

  @SuppressWarnings("restricted") // where it may not be called, the JVM says so
  private static @Nullable Isal load() {
    if ("off".equals(System.getProperty(SWITCH)) || ValueLayout.ADDRESS.byteSize() != 8) {
      return null;
    }
    String name =
        System.getProperty("os.name").startsWith("Mac") ? "libisal.2.dylib" : "libisal.so.2";
    try {
      SymbolLookup symbols = SymbolLookup.libraryLookup(name, Arena.global());
      Linker linker = Linker.nativeLinker();
      return new Isal(
          linker.downcallHandle(
              symbols.findOrThrow("isal_inflate_init"),
              FunctionDescriptor.ofVoid(ValueLayout.ADDRESS)),
          linker.downcallHandle(
              symbols.findOrThrow("isal_inflate"),
              FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS)));
    } catch (IllegalArgumentException
        | IllegalCallerException
        | NoSuchElementException
        | UnsupportedOperationException absent) {
      return null;
    }
  }

  /// Its state is a struct: that this version has its fields where they are looked for is tried out first.
  private static final class Checked {
    static final boolean WORKS = works();

    private static boolean works() {
      byte[] plain = new byte[100_000];
      for (int i = 0; i < plain.length; i++) {
        plain[i] = (byte) (i * i >> 7 & 0x3f);
      }
      try (IsalInflation inflation = new IsalInflation()) {
        boolean works = true;
        for (int level : new int[] {Deflater.BEST_SPEED, Deflater.NO_COMPRESSION}) {
          works = works && isUndone(inflation, plain, level);
          inflation.reset();
        }
        return works;
      } catch (DataFormatException | RuntimeException other) {
        return false;
      }
    }

    private static boolean isUndone(IsalInflation inflation, byte[] plain, int level)
        throws DataFormatException {
      byte[] packed = new byte[plain.length + 1000];
      Deflater deflater = new Deflater(level, true);
      deflater.setInput(plain);
      deflater.finish();
      int length = deflater.deflate(packed);
      deflater.end();
      byte[] out = new byte[plain.length + 1];
      int given = 0;
      int made = 0;
      for (int rounds = 0; !inflation.finished() && rounds < 1000; rounds++) {
        if (inflation.wantsInput()) {
          int piece = Math.min(length + 8 - given, 10_000);
          inflation.input(packed, given, piece);
          given += piece;
        }
        made += inflation.inflate(out, made, Math.min(7000, out.length - made));
      }
      return inflation.finished()
          && inflation.remaining() == given - length
          && made == plain.length
          && Arrays.equals(plain, Arrays.copyOf(out, made));
    }
  }
}
