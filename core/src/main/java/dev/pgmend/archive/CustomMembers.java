package dev.pgmend.archive;

import dev.pgmend.archive.BlockMap.Block;
import dev.pgmend.codec.Compression;
import dev.pgmend.content.ByteSource;
import java.io.IOException;
import java.io.OutputStream;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The data of a custom archive: blocks behind the table of contents, at the offsets that it gives
/// or, if it was written to a pipe, where one look through them finds them.
final class CustomMembers implements Members {
  private static final long SHORT = 1 << 20;

  private final String file;
  private final ByteSource source;
  private final Layout layout;
  private final Toc toc;
  private final FoundPlaces places;
  private final TreeSet<Long> offsets = new TreeSet<>();
  private @Nullable BlockMap map;

  CustomMembers(String file, ByteSource source, Layout layout, Toc toc, FoundPlaces places) {
    this.places = places;
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
    ArchiveInput in = block(entry, BlockMap.DATA);
    return member(entry, in, new BlockInputStream(in));
  }

  @Override
  public void largeObjects(Entry entry, LargeObjectReader reader) {
    ArchiveInput in = block(entry, BlockMap.LARGE_OBJECTS);
    for (long oid = in.readOid(); oid != 0; oid = in.readOid()) {
      if (!reader.wants(oid)) {
        BlockMap.skipChunks(in);
        continue;
      }
      var packed = new BlockInputStream(in);
      try (MemberInputStream content = member(entry, in, packed)) {
        reader.read(oid, content);
        packed.transferTo(OutputStream.nullOutputStream());
      } catch (IOException e) {
        throw in.fail(in.position(), "cannot read large object " + oid + ": " + e.getMessage(), e);
      }
    }
  }

  private MemberInputStream member(Entry entry, ArchiveInput in, BlockInputStream packed) {
    return new MemberInputStream(
        file,
        entry,
        in::position,
        layout.compression(),
        compression -> compression.openMember(packed));
  }

  private ArchiveInput block(Entry entry, int wanted) {
    Block block = find(entry);
    long offset = block.offset();
    if (offset < layout.tocEnd()) {
      throw ArchiveException.at(file, entry, offset, "data cannot be inside the table of contents");
    }
    ArchiveInput in = input(block, entry);
    int type = in.readByte();
    int dumpId = in.readInt();
    if (dumpId != entry.dumpId() || (type != BlockMap.DATA && type != BlockMap.LARGE_OBJECTS)) {
      throw in.fail(offset, "block of this entry is not where it should be");
    }
    if (type != wanted) {
      throw in.fail(
          offset, wanted == BlockMap.DATA ? "block is of large objects" : "block is of a table");
    }
    return in;
  }

  @Override
  public long storedSize(Entry entry) {
    return find(entry).size();
  }

  /// Where all offsets are known the last block is the one that would be cut; else blocks may be
  /// missing. Far away, leaping through a long block takes too long: it must end as blocks do.
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
      Block block = find(last);
      if (source.near() || block.size() < SHORT) {
        BlockMap.skipBlock(input(block, last));
      } else {
        checkEnd(last);
      }
    }
  }

  /// A block ends in a chunk, or a large object, of 0.
  private void checkEnd(Entry last) {
    int length = layout.intSize() + 1;
    ArchiveInput in = input(new Block(source.size() - length, length), last);
    for (int i = 0; i < length; i++) {
      if (in.readByte() != 0) {
        throw in.truncated();
      }
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

  /// {@return whether the block of an entry begins where it was found the last time}
  private boolean isBlock(FoundPlaces.Place place) {
    ArchiveInput in = input(new Block(place.offset(), place.length()), null);
    int type = in.readByte();
    return (type == BlockMap.DATA || type == BlockMap.LARGE_OBJECTS)
        && in.readInt() == place.number()
        && toc.find((int) place.number())
            .filter(entry -> !(entry.data() instanceof DataMember.None))
            .isPresent();
  }

  private synchronized BlockMap map() {
    if (map == null) {
      map = BlockMap.recalled(places.recall(), this::isBlock, layout.tocEnd(), source.size());
      if (map == null) {
        places.forget();
        long offset = layout.tocEnd();
        map = BlockMap.scan(input(new Block(offset, source.size() - offset), null), toc);
        places.remember(map.places());
      }
    }
    return map;
  }

  private ArchiveInput input(Block block, @Nullable Entry entry) {
    long offset = block.offset();
    long end = block.size() < 0 ? source.size() : offset + block.size();
    var in = new ArchiveInput(source.expecting(offset, end), file, offset, entry);
    in.useSizes(layout.intSize(), 8);
    return in;
  }
}
