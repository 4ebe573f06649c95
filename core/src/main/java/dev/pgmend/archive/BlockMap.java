package dev.pgmend.archive;

import dev.pgmend.archive.FoundPlaces.Place;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Where the blocks of a custom archive are.
///
/// ```
/// block := 1 (data), Int dumpId, chunk*, Int 0
///        | 3 (large objects), Int dumpId, (Int oid, chunk*, Int 0)*, Int 0
/// chunk := Int n > 0, n bytes
/// ```
///
/// Looking for the blocks reads the lengths and leaps over the rest. If the archive is damaged,
/// what comes before the damage is found all the same.
final class BlockMap {
  static final int DATA = 1;
  static final int LARGE_OBJECTS = 3;

  private final Map<Integer, Block> blocks;
  private final @Nullable ArchiveException damage;

  private BlockMap(Map<Integer, Block> blocks, @Nullable ArchiveException damage) {
    this.blocks = blocks;
    this.damage = damage;
  }

  /// A block's first byte and how many there are.
  record Block(long offset, long size) {}

  /// Looks through all blocks; `in` stands behind the table of contents.
  static BlockMap scan(ArchiveInput in, Toc toc) {
    Map<Integer, Block> blocks = new HashMap<>();
    try {
      while (in.remaining() > 0) {
        long start = in.position();
        int type = in.readByte();
        int dumpId = in.readInt();
        if (toc.find(dumpId)
            .filter(entry -> !(entry.data() instanceof DataMember.None))
            .isEmpty()) {
          throw in.fail(start, "block of entry " + dumpId + ", which has no data");
        }
        skipBody(in, type, start);
        var block = new Block(start, in.position() - start);
        if (blocks.putIfAbsent(dumpId, block) != null) {
          throw in.fail(start, "second block of entry " + dumpId);
        }
      }
    } catch (ArchiveException e) {
      return new BlockMap(blocks, e);
    }
    return new BlockMap(blocks, null);
  }

  /// {@return the blocks that were found the last time, null if they are not all there any more, one after the other}
  static @Nullable BlockMap recalled(
      List<Place> places, Predicate<Place> there, long tocEnd, long size) {
    Map<Integer, Block> blocks = new HashMap<>();
    long end = tocEnd;
    for (Place place : places) {
      if (place.offset() != end || place.length() <= 0 || place.length() > size - end) {
        return null;
      }
      if (!there.test(place)
          || blocks.putIfAbsent((int) place.number(), new Block(place.offset(), place.length()))
              != null) {
        return null;
      }
      end += place.length();
    }
    return end == size && !places.isEmpty() ? new BlockMap(blocks, null) : null;
  }

  /// {@return the blocks in order, to be found again; none if they were not all found}
  List<Place> places() {
    return damage != null
        ? List.of()
        : blocks.entrySet().stream()
            .map(block ->
                new Place(block.getValue().offset(), block.getValue().size(), block.getKey()))
            .sorted(Comparator.comparingLong(Place::offset))
            .toList();
  }

  /// The block of an entry, empty if the archive has none; if it could not be looked through to the
  /// end, that is the error.
  Optional<Block> find(int dumpId) {
    Block block = blocks.get(dumpId);
    if (block == null && damage != null) {
      throw damage;
    }
    return Optional.ofNullable(block);
  }

  /// Leaps over a block, at whose first byte `in` stands.
  static void skipBlock(ArchiveInput in) {
    long start = in.position();
    int type = in.readByte();
    in.readInt();
    skipBody(in, type, start);
  }

  /// Throws what kept the blocks from being looked through to the end.
  void checkEnd() {
    if (damage != null) {
      throw damage;
    }
  }

  private static void skipBody(ArchiveInput in, int type, long start) {
    switch (type) {
      case DATA -> skipChunks(in);
      case LARGE_OBJECTS -> skipLargeObjects(in);
      default -> throw in.fail(start, "block type " + type + " is unknown");
    }
  }

  static int readChunkLength(ArchiveInput in) {
    long start = in.position();
    int length = in.readInt();
    if (length < 0) {
      throw in.fail(start, "chunk length " + length + " is negative");
    }
    if (length > in.remaining()) {
      throw in.fail(start, "chunk of " + length + " bytes goes beyond the end of the file");
    }
    return length;
  }

  private static void skipLargeObjects(ArchiveInput in) {
    while (in.readOid() != 0) {
      skipChunks(in);
    }
  }

  static void skipChunks(ArchiveInput in) {
    for (int length = readChunkLength(in); length > 0; length = readChunkLength(in)) {
      in.skip(length);
    }
  }
}
