package dev.pgmend.codec;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;

/// bzip2 files, also several one after the other.
///
/// ```
/// file  := "BZh", level '1'..'9', block*, 177245385090 (48 bits), combined CRC: 32, to a full byte
/// block := 314159265359 (48 bits), CRC: 32, randomised: 1, origin: 24, used bytes: 16 + 16 * 16,
///          tables: 3, selectors: 15, their moves in unary, tables of code lengths, codes
/// ```
///
/// Bits come with the highest first. A block holds up to 100 000 bytes times the level, sorted by
/// Burrows and Wheeler, moved to front, with runs packed before and after, in up to six Huffman codes.
final class Bzip2InputStream extends InputStream {
  private static final long BLOCK = 0x314159265359L;
  private static final long END = 0x177245385090L;
  private static final int[] CRC = crcTable();
  private static final int GROUP = 50;
  private static final int CODE_MAX = 20;

  private final InputStream source;
  private final byte[] input = new byte[64 * 1024];
  private final byte[] single = new byte[1];
  private int inputNext;
  private int inputLimit;
  private long bits;
  private int bitCount;

  private int[] sorted = new int[0];
  private int blockMax;
  private int left;
  private int position;
  private int last = -1;
  private int repeats;
  private int run;
  private int crc;
  private int blockCrc;
  private int fileCrc;
  private boolean inFile;
  private boolean finished;
  private boolean any;

  Bzip2InputStream(InputStream source) {
    this.source = source;
  }

  @Override
  public int read() throws IOException {
    return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    int count = 0;
    while (count < length && !finished) {
      if (run > 0) {
        emit(bytes, offset + count++, last);
        run--;
      } else if (left > 0) {
        int b = step();
        if (repeats == 4) {
          // Four equal bytes are followed by how many more there are.
          run = b;
          repeats = 0;
          continue;
        }
        repeats = b == last ? repeats + 1 : 1;
        last = b;
        emit(bytes, offset + count++, b);
      } else if (inFile) {
        endBlock();
        nextBlock();
      } else if (count > 0) {
        return count;
      } else {
        beginFile();
      }
    }
    return count == 0 && length > 0 ? -1 : count;
  }

  @Override
  public void close() throws IOException {
    source.close();
  }

  private void emit(byte[] bytes, int at, int b) {
    bytes[at] = (byte) b;
    crc = crc << 8 ^ CRC[(crc >>> 24 ^ b) & 0xff];
  }

  private int step() {
    position = sorted[position];
    int b = position & 0xff;
    position >>>= 8;
    left--;
    return b;
  }

  private void beginFile() throws IOException {
    bitCount -= bitCount % 8;
    if (any && bitCount == 0 && inputNext == inputLimit && !fill()) {
      finished = true;
      return;
    }
    if (take(8) != 'B' || take(8) != 'Z' || take(8) != 'h') {
      throw new IOException(any ? "bytes after the end of the bzip2 file" : "not a bzip2 file");
    }
    int level = (int) take(8) - '0';
    if (level < 1 || level > 9) {
      throw new IOException("bzip2 header is malformed");
    }
    blockMax = level * 100_000;
    if (sorted.length < blockMax) {
      sorted = new int[blockMax];
    }
    any = true;
    inFile = true;
    fileCrc = 0;
    blockCrc = 0;
    crc = 0;
    firstBlock = true;
    nextBlock();
  }

  private boolean firstBlock;

  private void endBlock() throws IOException {
    if (!firstBlock) {
      if (~crc != blockCrc) {
        throw new IOException("bzip2 block has a wrong checksum");
      }
      fileCrc = (fileCrc << 1 | fileCrc >>> 31) ^ blockCrc;
    }
  }

  private void nextBlock() throws IOException {
    long magic = take(24) << 24 | take(24);
    int stated = (int) (take(16) << 16 | take(16));
    if (magic == END) {
      if (stated != fileCrc) {
        throw new IOException("bzip2 file has a wrong checksum");
      }
      inFile = false;
    } else if (magic == BLOCK) {
      firstBlock = false;
      blockCrc = stated;
      crc = -1;
      last = -1;
      repeats = 0;
      readBlock();
    } else {
      throw new IOException("bzip2 block is malformed");
    }
  }

  private void readBlock() throws IOException {
    if (take(1) != 0) {
      throw new IOException("randomised bzip2 blocks are not read");
    }
    int origin = (int) take(24);
    byte[] used = usedBytes();
    int symbols = used.length + 2;
    int tables = (int) take(3);
    int selectors = (int) take(15);
    if (tables < 2 || tables > 6 || selectors == 0) {
      throw new IOException("bzip2 block is malformed");
    }
    byte[] selector = selectors(tables, selectors);
    Code[] codes = new Code[tables];
    for (int i = 0; i < tables; i++) {
      codes[i] = code(symbols);
    }
    unsort(moves(selector, codes, used), origin);
  }

  private byte[] usedBytes() throws IOException {
    int groups = (int) take(16);
    byte[] used = new byte[256];
    int count = 0;
    for (int group = 0; group < 16; group++) {
      int members = (groups & 0x8000 >>> group) == 0 ? 0 : (int) take(16);
      for (int i = 0; i < 16; i++) {
        if ((members & 0x8000 >>> i) != 0) {
          used[count++] = (byte) (group * 16 + i);
        }
      }
    }
    if (count == 0) {
      throw new IOException("bzip2 block is malformed");
    }
    return java.util.Arrays.copyOf(used, count);
  }

  private byte[] selectors(int tables, int count) throws IOException {
    byte[] order = new byte[tables];
    for (int i = 0; i < tables; i++) {
      order[i] = (byte) i;
    }
    byte[] selector = new byte[count];
    for (int i = 0; i < count; i++) {
      int place = 0;
      while (take(1) != 0) {
        if (++place >= tables) {
          throw new IOException("bzip2 block is malformed");
        }
      }
      byte table = order[place];
      System.arraycopy(order, 0, order, 1, place);
      order[0] = table;
      selector[i] = table;
    }
    return selector;
  }

  /// A canonical Huffman code: the symbols by length, and of each length the first code and where
  /// its symbols begin.
  private record Code(int[] symbols, int[] first, int[] start, int[] count) {}

  private Code code(int symbols) throws IOException {
    int[] lengths = new int[symbols];
    int length = (int) take(5);
    for (int i = 0; i < symbols; i++) {
      while (true) {
        if (length < 1 || length > CODE_MAX) {
          throw new IOException("bzip2 block is malformed");
        }
        if (take(1) == 0) {
          break;
        }
        length += take(1) == 0 ? 1 : -1;
      }
      lengths[i] = length;
    }
    int[] count = new int[CODE_MAX + 1];
    for (int l : lengths) {
      count[l]++;
    }
    int[] first = new int[CODE_MAX + 1];
    int[] start = new int[CODE_MAX + 1];
    int[] ordered = new int[symbols];
    int code = 0;
    int at = 0;
    for (int l = 1; l <= CODE_MAX; l++) {
      code <<= 1;
      first[l] = code;
      start[l] = at;
      for (int i = 0; i < symbols; i++) {
        if (lengths[i] == l) {
          ordered[at++] = i;
        }
      }
      code += count[l];
    }
    return new Code(ordered, first, start, count);
  }

  /// Reads the codes of a block: runs of the front byte, moves to front, the end. The bytes go into
  /// the low eight bits of `sorted`.
  private int moves(byte[] selector, Code[] codes, byte[] front) throws IOException {
    int size = 0;
    int end = front.length + 1;
    int runLength = 0;
    int runBit = 1;
    for (int group = 0; ; group++) {
      if (group >= selector.length) {
        throw new IOException("bzip2 block is malformed");
      }
      Code code = codes[selector[group]];
      for (int i = 0; i < GROUP; i++) {
        int symbol = symbol(code);
        if (symbol <= 1) {
          if (runBit > blockMax) {
            throw new IOException("bzip2 block is malformed");
          }
          runLength += runBit << symbol;
          runBit <<= 1;
          continue;
        }
        if (runLength > 0) {
          if (runLength > blockMax - size) {
            throw new IOException("bzip2 block is malformed");
          }
          java.util.Arrays.fill(sorted, size, size + runLength, front[0] & 0xff);
          size += runLength;
          runLength = 0;
          runBit = 1;
        }
        if (symbol == end) {
          return size;
        }
        if (size == blockMax) {
          throw new IOException("bzip2 block is malformed");
        }
        byte moved = front[symbol - 1];
        System.arraycopy(front, 0, front, 1, symbol - 1);
        front[0] = moved;
        sorted[size++] = moved & 0xff;
      }
    }
  }

  private int symbol(Code code) throws IOException {
    int value = 0;
    for (int length = 1; length <= CODE_MAX; length++) {
      value = value << 1 | (int) take(1);
      int index = value - code.first[length];
      if (index >= 0 && index < code.count[length]) {
        return code.symbols[code.start[length] + index];
      }
    }
    throw new IOException("bzip2 block is malformed");
  }

  private void unsort(int size, int origin) throws IOException {
    if (origin >= size) {
      throw new IOException("bzip2 block is malformed");
    }
    int[] starts = new int[257];
    for (int i = 0; i < size; i++) {
      starts[(sorted[i] & 0xff) + 1]++;
    }
    for (int i = 1; i < 257; i++) {
      starts[i] += starts[i - 1];
    }
    for (int i = 0; i < size; i++) {
      sorted[starts[sorted[i] & 0xff]++] |= i << 8;
    }
    position = sorted[origin] >>> 8;
    left = size;
  }

  private long take(int count) throws IOException {
    while (bitCount < count) {
      if (inputNext == inputLimit && !fill()) {
        throw new EOFException("bzip2 file is truncated");
      }
      bits = bits << 8 | (input[inputNext++] & 0xff);
      bitCount += 8;
    }
    bitCount -= count;
    return bits >>> bitCount & (1L << count) - 1;
  }

  private boolean fill() throws IOException {
    inputNext = 0;
    inputLimit = Math.max(0, source.read(input, 0, input.length));
    return inputLimit > 0;
  }

  private static int[] crcTable() {
    int[] table = new int[256];
    for (int i = 0; i < 256; i++) {
      int value = i << 24;
      for (int bit = 0; bit < 8; bit++) {
        value = value << 1 ^ (value < 0 ? 0x04c11db7 : 0);
      }
      table[i] = value;
    }
    return table;
  }
}
