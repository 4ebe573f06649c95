package dev.pgmend.archive;

import dev.pgmend.archive.BlockMap.Block;
import dev.pgmend.codec.Compression;
import dev.pgmend.content.ByteSource;
import java.nio.file.Path;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The data of a custom archive: blocks behind the table of contents, at the offsets that it gives
/// or, if it was written to a pipe, where one look through them finds them.
final class CustomMembers implements Members {
  private final Path file;
  private final ByteSource source;
  private final Layout layout;
  private final Toc toc;
  private final TreeSet<Long> offsets = new TreeSet<>();
  private @Nullable BlockMap map;

  CustomMembers(Path file, ByteSource source, Layout layout, Toc toc) {
    this.file = file;
    this.source = source;
    this.layout = layout;
    this.toc = toc;
    for (Entry entry : toc.entries()) {
      if (entry.data() instanceof DataMember.AtOffset(long offset)) {
        offsets.add(offset);
      }
    }
    offsets.add(source.size());
  }

  /// What reading blocks needs to know of the part before them.
  record Layout(Compression compression, int intSize, long tocEnd) {}

  @Override
  public MemberInputStream open(Entry entry) {
    long offset = find(entry).offset();
    if (offset < layout.tocEnd()) {
      throw ArchiveException.at(file, entry, offset, "data cannot be inside the table of contents");
    }
    ArchiveInput in = input(offset, entry);
    int type = in.readByte();
    int dumpId = in.readInt();
    if (dumpId != entry.dumpId() || (type != BlockMap.DATA && type != BlockMap.LARGE_OBJECTS)) {
      throw in.fail(offset, "block of this entry is not where it should be");
    }
    if (type == BlockMap.LARGE_OBJECTS) {
      throw in.fail(offset, "large objects are not read");
    }
    return new MemberInputStream(
        file,
        entry,
        in::position,
        layout.compression(),
        compression -> compression.openMember(new BlockInputStream(in)));
  }

  @Override
  public long storedSize(Entry entry) {
    return find(entry).size();
  }

  /// Where all offsets are known the last block is the one that would be cut; else blocks may be
  /// missing.
  @Override
  public void checkWhole() {
    Entry last = null;
    long lastOffset = -1;
    boolean known = true;
    for (Entry entry : toc.entries()) {
      if (entry.data() instanceof DataMember.AtOffset(long offset) && offset > lastOffset) {
        last = entry;
        lastOffset = offset;
      }
      known &= !(entry.data() instanceof DataMember.OffsetUnknown);
    }
    if (!known) {
      map().checkEnd();
      toc.entries().stream()
          .filter(entry -> !(entry.data() instanceof DataMember.None))
          .forEach(this::find);
    } else if (last != null) {
      BlockMap.skipBlock(input(lastOffset, last));
    }
  }

  private Block find(Entry entry) {
    if (entry.data() instanceof DataMember.AtOffset(long offset)) {
      Long end = offsets.higher(offset);
      return new Block(offset, end == null ? -1 : end - offset);
    }
    return map()
        .find(entry.dumpId())
        .orElseThrow(
            () -> ArchiveException.at(file, entry, source.size(), "archive ends before its data"));
  }

  private synchronized BlockMap map() {
    if (map == null) {
      map = BlockMap.scan(input(layout.tocEnd(), null), toc);
    }
    return map;
  }

  private ArchiveInput input(long offset, @Nullable Entry entry) {
    var in = new ArchiveInput(source, file, offset, entry);
    in.useSizes(layout.intSize(), 8);
    return in;
  }
}
