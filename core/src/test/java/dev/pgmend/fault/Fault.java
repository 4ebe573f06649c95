package dev.pgmend.fault;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/// What goes wrong in a restore, and when.
///
/// @param turn decides what is done afterwards: resume, undo or clean
/// @param delay how many milliseconds later than the moment says
record Fault(Scene scene, Kind kind, Moment moment, int turn, int delay) {
  /// What goes wrong.
  enum Kind {
    /// pgmend is killed (SIGKILL).
    KILL,
    /// The server stops at once, as in a crash, and is started again.
    CRASH,
    /// The connection is reset.
    CUT,
    /// The connection ends in the middle of a message.
    TRUNCATE,
    /// Nothing passes for a while, and then everything does.
    STALL,
    /// Nothing passes for a while, and then the connection is reset.
    STALL_AND_CUT
  }

  /// When it goes wrong.
  sealed interface Moment {
    /// At the beginning of a phase or step, counted from 1.
    record Boundary(int number) implements Moment {}

    /// When the client has sent so many bytes.
    record Bytes(long number) implements Moment {}

    /// At a COMMIT, counted from 1.
    ///
    /// @param passed whether it reaches the server; its answer never reaches the client
    record Commit(int number, boolean passed) implements Moment {}
  }

  /// What a restore without faults does.
  ///
  /// @param cutover which of the commits is the cutover's
  record Course(int boundaries, long bytes, int commits, int cutover) {}

  /// {@return so many faults: the COMMITs of cutovers and what follows them, other COMMITs, boundaries, and moments in between, in
  /// turn}
  static List<Fault> choose(Map<Scene, Course> courses, int count, long seed) {
    var random = new Random(seed);
    List<List<Fault>> kinds =
        List.of(
            cutovers(courses),
            commits(courses),
            boundaries(courses),
            inside(courses, count, random));
    kinds.forEach(list -> Collections.shuffle(list, random));
    List<Fault> chosen = new ArrayList<>();
    for (int i = 0; chosen.size() < count; i++) {
      List<Fault> list = kinds.get(i % kinds.size());
      if (i / kinds.size() < list.size()) {
        chosen.add(list.get(i / kinds.size()).timed(i, random.nextInt(40)));
      }
    }
    return chosen;
  }

  private Fault timed(int turn, int delay) {
    return new Fault(scene, kind, moment, turn, delay);
  }

  private static List<Fault> cutovers(Map<Scene, Course> courses) {
    List<Fault> all = new ArrayList<>();
    for (Scene scene : Scene.values()) {
      Course course = courses.get(scene);
      for (int i = course.cutover; i <= course.commits; i++) {
        for (Kind kind : List.of(Kind.KILL, Kind.CRASH, Kind.CUT, Kind.STALL, Kind.STALL_AND_CUT)) {
          all.add(new Fault(scene, kind, new Moment.Commit(i, true), 0, 0));
          if (kind != Kind.STALL) {
            all.add(new Fault(scene, kind, new Moment.Commit(i, false), 0, 0));
          }
        }
      }
    }
    return all;
  }

  private static List<Fault> commits(Map<Scene, Course> courses) {
    List<Fault> all = new ArrayList<>();
    int turn = 0;
    Kind[] kinds = {Kind.KILL, Kind.CRASH, Kind.CUT};
    for (Scene scene : Scene.values()) {
      for (int i = 1; i < courses.get(scene).cutover(); i++) {
        for (boolean passed : new boolean[] {false, true}) {
          all.add(
              new Fault(scene, kinds[turn++ % kinds.length], new Moment.Commit(i, passed), 0, 0));
        }
      }
    }
    return all;
  }

  private static List<Fault> boundaries(Map<Scene, Course> courses) {
    List<Fault> all = new ArrayList<>();
    int turn = 0;
    Kind[] kinds = {Kind.KILL, Kind.CRASH, Kind.CUT, Kind.STALL_AND_CUT};
    for (Scene scene : Scene.values()) {
      for (int i = 1; i <= courses.get(scene).boundaries(); i++) {
        all.add(new Fault(scene, kinds[turn++ % kinds.length], new Moment.Boundary(i), 0, 0));
      }
    }
    return all;
  }

  private static List<Fault> inside(Map<Scene, Course> courses, int count, Random random) {
    List<Fault> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Scene scene = Scene.values()[i % Scene.values().length];
      Kind kind = Kind.values()[i / Scene.values().length % Kind.values().length];
      all.add(
          new Fault(
              scene, kind, new Moment.Bytes(random.nextLong(courses.get(scene).bytes())), 0, 0));
    }
    return all;
  }

  @Override
  public String toString() {
    String when =
        switch (moment) {
          case Moment.Boundary boundary -> "at boundary " + boundary.number;
          case Moment.Bytes bytes -> "after %d bytes".formatted(bytes.number);
          case Moment.Commit commit ->
              "%s COMMIT %d".formatted(commit.passed ? "after" : "before", commit.number);
        };
    return "%s: %s %s + %d ms"
        .formatted(scene, kind.name().toLowerCase(Locale.ROOT).replace('_', ' '), when, delay);
  }
}
