package dev.pgmend.restore;

import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Request;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// One round trip: what happened to which table, and how it is put back.
///
/// @param way the accident and the mode that the user asks for
record Case(Pristine pristine, String table, Way way, Pristine.Format format) {
  /// The accidents with the modes that can answer them.
  enum Way {
    DROPPED(Accident.DROP, Optional.empty()),
    EMPTIED_SWAP(Accident.DELETE, Optional.of(Mode.SWAP)),
    EMPTIED(Accident.DELETE, Optional.empty()),
    HALVED_SWAP(Accident.HALF, Optional.of(Mode.SWAP)),
    HALVED(Accident.HALF, Optional.empty()),
    GARBLED_SWAP(Accident.GARBLE, Optional.of(Mode.SWAP)),
    GARBLED(Accident.GARBLE, Optional.empty());

    final Accident accident;
    final Optional<Mode> mode;

    Way(Accident accident, Optional<Mode> mode) {
      this.accident = accident;
      this.mode = mode;
    }

    @Override
    public String toString() {
      return accident + mode.map(m -> " " + m).orElse("");
    }
  }

  /// {@return every way of every table in every format}
  static List<Case> all(Pristine pristine) {
    List<Case> cases = new ArrayList<>();
    for (String table : pristine.tables()) {
      for (Way way : ways(pristine, table)) {
        for (Pristine.Format format : Pristine.Format.values()) {
          cases.add(new Case(pristine, table, way, format));
        }
      }
    }
    return cases;
  }

  /// {@return every table once, with way, format and role rotating: 7, 3 and 2 have no common divisor, so that all combinations
  /// occur}
  static List<Case> sample(Pristine asSuperuser, Pristine asOwner, int turn) {
    List<Case> cases = new ArrayList<>();
    Pristine.Format[] formats = Pristine.Format.values();
    for (String table : asSuperuser.tables()) {
      Pristine pristine = turn % 2 == 0 ? asSuperuser : asOwner;
      List<Way> ways = ways(pristine, table);
      Way wanted = Way.values()[turn % Way.values().length];
      Way way = ways.contains(wanted) ? wanted : ways.get(turn % ways.size());
      cases.add(new Case(pristine, table, way, formats[turn % formats.length]));
      turn++;
    }
    return cases;
  }

  private static List<Way> ways(Pristine pristine, String table) {
    return List.of(Way.values()).stream()
        .filter(way -> way.accident.sql(pristine.database(), table).isPresent())
        .toList();
  }

  /// {@return the request with the case's mode}
  Request with(Request request) {
    return way.mode.map(request::with).orElse(request);
  }

  /// {@return the case without its format, which decides nothing, on one line}
  String key() {
    return "%s %s %s %s"
        .formatted(pristine.name(), pristine.role(), way, table.replace("\n", "\\n"));
  }

  @Override
  public String toString() {
    return "%s (%s)".formatted(key(), format);
  }
}
