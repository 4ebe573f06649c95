package dev.pgmend.archive;

import dev.pgmend.codec.Compression;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads the header and the table of contents, which custom and directory archives share.
///
/// ```
/// archive := "PGDMP", 1, minor, revision, intSize, offSize, format, compression, time: 7 Int,
///            database, server version, pg_dump version, Int count, entry*
/// entry   := Int dumpId, Int hadDumper, catalogOid, oid, tag, desc, Int section, defn, dropStmt,
///            copyStmt, namespace, tablespace, [1.14: tableAccessMethod], [1.16: Int relkind],
///            owner, withOids, dependency*, NULL, data
/// data    := Offset (custom) | file name (directory)
/// ```
///
/// Where no type is given it is String; numbers in Strings are decimal. The text of the entries is
/// still undecoded: bytes as ISO-8859-1.
final class TocReader {
  private static final String MAGIC = "PGDMP";
  private static final int MINOR_MIN = 12;
  private static final int MINOR_MAX = 16;
  private static final int CUSTOM_BYTE = 1;
  private static final int TAR_OR_DIRECTORY_BYTE = 3;
  private static final int STRING_MAX = 256 << 20;

  /// About what an entry, a text beside its characters, and a dependency cost in memory.
  private static final int ENTRY_BYTES = 512;

  private static final int TEXT_BYTES = 48;
  private static final int DEPENDENCY_BYTES = 40;

  private final String file;
  private final ArchiveInput in;
  private final Format format;
  private int minor;
  private Set<String> undefined = Set.of();
  private long memoryLeft = Math.max(8L << 20, Runtime.getRuntime().maxMemory() / 2);

  TocReader(String file, ArchiveInput in, Format format) {
    this.file = file;
    this.in = in;
    this.format = format;
  }

  ArchiveHeader readHeader() {
    for (int i = 0; i < MAGIC.length(); i++) {
      if (in.readByte() != MAGIC.charAt(i)) {
        throw in.fail(0, "not a pg_dump archive");
      }
    }
    int major = in.readByte();
    minor = in.readByte();
    in.readByte();
    if (major != 1 || minor < MINOR_MIN || minor > MINOR_MAX) {
      throw ArchiveException.of(
          file,
          "archive version %d.%d is not supported, only 1.%d to 1.%d are (offset %d)"
              .formatted(major, minor, MINOR_MIN, MINOR_MAX, MAGIC.length()),
          minor > MINOR_MAX ? "A newer pgmend may read it." : null,
          null);
    }
    readSizes();
    readFormat();
    return new ArchiveHeader(
        minor, format, readCompression(), readTime(), readText(), readText(), readText());
  }

  private void readSizes() {
    int intSize = in.readByte();
    int offSize = in.readByte();
    if (intSize < 1 || intSize > 8) {
      throw in.fail(in.position() - 2, "numbers of " + intSize + " bytes are not supported");
    }
    if (offSize < 1 || offSize > 8) {
      throw in.fail(in.position() - 1, "offsets of " + offSize + " bytes are not supported");
    }
    in.useSizes(intSize, offSize);
  }

  private void readFormat() {
    int found = in.readByte();
    if (format == Format.CUSTOM && found == TAR_OR_DIRECTORY_BYTE) {
      throw ArchiveException.of(
          file,
          "is only the table of contents of a directory archive",
          "Give the directory that it is in.",
          null);
    }
    if (found != (format == Format.CUSTOM ? CUSTOM_BYTE : TAR_OR_DIRECTORY_BYTE)) {
      throw in.fail(in.position() - 1, "archive format " + found + " is not the one expected");
    }
  }

  private Compression readCompression() {
    long start = in.position();
    if (minor < 15) {
      int level = in.readInt();
      if (level < -1 || level > 9) {
        throw in.fail(start, "compression level " + level + " is out of range");
      }
      return level == 0 ? Compression.NONE : Compression.GZIP;
    }
    int algorithm = in.readByte();
    return switch (algorithm) {
      case 0 -> Compression.NONE;
      case 1 -> Compression.GZIP;
      case 2 -> Compression.LZ4;
      case 3 -> Compression.ZSTD;
      default -> throw in.fail(start, "compression algorithm " + algorithm + " is unknown");
    };
  }

  private @Nullable LocalDateTime readTime() {
    var fields = new int[7];
    for (int i = 0; i < fields.length; i++) {
      fields[i] = in.readInt();
    }
    try {
      return LocalDateTime.of(
          Math.addExact(fields[5], 1900),
          Math.addExact(fields[4], 1),
          fields[3],
          fields[2],
          fields[1],
          Math.min(fields[0], 59));
    } catch (DateTimeException | ArithmeticException _) {
      return null;
    }
  }

  /// Reads entries again that may stand in another place too; none if there are not as many.
  ///
  /// @param undefined kinds of entries whose definitions, the field as a whole, are left out there
  List<Entry> again(ArchiveInput other, int count, Set<String> undefined) {
    other.useSizes(in.intSize(), in.offSize());
    var reader = new TocReader(file, other, format);
    reader.minor = minor;
    reader.undefined = undefined;
    return other.readInt() == count ? reader.readEntries(count) : List.of();
  }

  /// {@return how many bytes a text takes, undecoded as it is}
  int size(String text) {
    return 1 + in.intSize() + text.length();
  }

  List<Entry> readEntries() {
    long start = in.position();
    int count = in.readInt();
    if (count < 0) {
      throw in.fail(start, "table of contents has " + count + " entries");
    }
    return readEntries(count);
  }

  private List<Entry> readEntries(int count) {
    var entries = new ArrayList<Entry>();
    for (int i = 0; i < count; i++) {
      entries.add(readEntry());
    }
    return entries;
  }

  private Entry readEntry() {
    long start = in.position();
    take(start, ENTRY_BYTES);
    int dumpId = in.readInt();
    if (dumpId <= 0) {
      throw in.fail(start, "dump id " + dumpId + " is out of range");
    }
    boolean hadDumper = in.readInt() != 0;
    long catalogOid = readUnsigned();
    long oid = readUnsigned();
    String tag = readText();
    String desc = readText();
    return new Entry(
        dumpId,
        hadDumper,
        catalogOid,
        oid,
        tag,
        desc,
        readSection(),
        undefined.contains(desc) ? "" : readText(),
        readText(),
        readNullable(),
        readText(),
        readText(),
        minor >= 14 ? readText() : "",
        minor >= 16 ? readRelkind() : 0,
        readText(),
        readText().equals("true"),
        readDependencies(),
        start,
        format == Format.CUSTOM ? in.readOffset() : readFileName());
  }

  private Section readSection() {
    long start = in.position();
    int section = in.readInt();
    return switch (section) {
      case 1 -> Section.NONE;
      case 2 -> Section.PRE_DATA;
      case 3 -> Section.DATA;
      case 4 -> Section.POST_DATA;
      default -> throw in.fail(start, "section " + section + " is unknown");
    };
  }

  private char readRelkind() {
    long start = in.position();
    int relkind = in.readInt();
    if (relkind < 0 || relkind > 0x7f) {
      throw in.fail(start, "relkind " + relkind + " is out of range");
    }
    return (char) relkind;
  }

  private List<Integer> readDependencies() {
    var dependencies = new ArrayList<Integer>();
    while (true) {
      long start = in.position();
      String text = in.readString(STRING_MAX);
      if (text == null) {
        return dependencies;
      }
      take(start, DEPENDENCY_BYTES);
      dependencies.add((int) parse(text, Integer.MAX_VALUE, start));
    }
  }

  private DataMember readFileName() {
    long start = in.position();
    String name = readText();
    if (name.isEmpty()) {
      return new DataMember.None();
    }
    if (!DirectoryMembers.isFileName(name)) {
      throw in.fail(start, "file name \"" + name + "\" is not one that pg_dump gives");
    }
    return new DataMember.InFile(name);
  }

  private long readUnsigned() {
    long start = in.position();
    String text = readText();
    return text.isEmpty() ? 0 : parse(text, 0xffffffffL, start);
  }

  private long parse(String text, long max, long start) {
    long number = 0;
    for (int i = 0; i < text.length(); i++) {
      int digit = text.charAt(i) - '0';
      number = number * 10 + digit;
      if (digit < 0 || digit > 9 || number > max) {
        number = -1;
        break;
      }
    }
    if (number < 0 || text.isEmpty()) {
      throw in.fail(start, "\"" + text.substring(0, Math.min(20, text.length())) + "\" is no id");
    }
    return number;
  }

  private String readText() {
    String text = readNullable();
    return text == null ? "" : text;
  }

  private @Nullable String readNullable() {
    long start = in.position();
    String text = in.readString((int) Math.min(STRING_MAX, Math.max(0, memoryLeft)));
    if (text != null && !text.isEmpty()) {
      take(start, TEXT_BYTES + 3L * text.length());
    }
    return text;
  }

  private void take(long offset, long bytes) {
    memoryLeft -= bytes;
    if (memoryLeft < 0) {
      throw ArchiveException.of(
          file,
          "table of contents is too large for this Java heap (offset " + offset + ")",
          "Give Java a larger heap with -Xmx.",
          null);
    }
  }
}
