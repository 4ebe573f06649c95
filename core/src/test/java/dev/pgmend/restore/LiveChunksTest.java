package dev.pgmend.restore;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.pgmend.PgmendException;
import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Reading;
import dev.pgmend.diff.RowDiff;
import dev.pgmend.diff.TableDiff;
import dev.pgmend.live.LiveSource;
import dev.pgmend.plan.RowPolicy;
import dev.pgmend.run.Outcome;
import dev.pgmend.run.Progress;
import dev.pgmend.run.RowChange;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.testing.Database;
import dev.pgmend.testing.Servers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Of a live source only those chunks are read in which it differs; what comes of it is the same.
@TestInstance(Lifecycle.PER_CLASS)
class LiveChunksTest {
  private static final int ROWS = 20_000;
  private static final Pattern STAGED =
      Pattern.compile("(\\d+) of (\\d+) chunks differ.*?; (\\d+) of the source's (\\d+) rows");

  /// A table whose key is a number, one whose key is none, and one with two columns in it.
  private static final String TABLES =
      """
      CREATE TABLE n (id bigint PRIMARY KEY, v text, x numeric, at timestamptz);
      INSERT INTO n SELECT g - 7000, 'v' || g, g / 8.0, '2025-01-01'::timestamptz + g * interval '1 s' FROM generate_series(1, %1$d) g;
      CREATE TABLE u (id uuid PRIMARY KEY, v text);
      INSERT INTO u SELECT md5(g::text)::uuid, 'v' || g FROM generate_series(1, %1$d) g;
      CREATE TABLE c (a int, b text, v int, PRIMARY KEY (a, b));
      INSERT INTO c SELECT g %% 100, 'b' || g, g FROM generate_series(1, %1$d) g\
      """
          .formatted(ROWS);

  private Database source;

  @BeforeAll
  void create() {
    assumeTrue(Servers.hasClientTools(), "pg_dump is needed");
    source = Database.create(Servers.major(14));
    source.execute(TABLES);
    source.execute("VACUUM ANALYZE");
  }

  @AfterAll
  void drop() {
    if (source != null) {
      source.close();
    }
  }

  private static final class Notes implements Progress {
    final List<String> notes = new ArrayList<>();

    @Override
    public void note(String text) {
      notes.add(text);
    }

    long[] staged() {
      for (String note : notes) {
        Matcher found = STAGED.matcher(note);
        if (found.find()) {
          return new long[] {
            Long.parseLong(found.group(1)),
            Long.parseLong(found.group(2)),
            Long.parseLong(found.group(3)),
            Long.parseLong(found.group(4))
          };
        }
      }
      throw new AssertionError("no such note: " + notes);
    }
  }

  private Archive open() {
    return LiveSource.open(Restores.target(source.uri()), Reading.USUAL, Optional.empty());
  }

  private Outcome restore(Database target, Progress progress, RowPolicy policy, String table) {
    try (Archive archive = open();
        TableRestore restore = TableRestore.open(archive, Restores.target(target.uri()))) {
      return restore.run(
          restore.plan(
              Restores.request(archive, request -> request.change().policy(policy).build(), table)),
          progress);
    }
  }

  private static Database target() {
    Database target = Database.create(Servers.shared());
    target.execute(TABLES);
    target.execute("VACUUM ANALYZE");
    return target;
  }

  @ParameterizedTest
  @CsvSource({"n, id", "u, id", "c, b"})
  void onlyWhatDiffersIsRead(String table, String key) {
    try (Database target = target()) {
      Map<String, String> pristine = Fingerprint.of(target);
      target.execute("DELETE FROM %s WHERE v::text ~ '777$'".formatted(table));
      target.execute(
          table.equals("c")
              ? "UPDATE c SET v = -v WHERE v % 1500 = 3; INSERT INTO c VALUES (1, 'new', 1), (-900, 'new', 1)"
              : table.equals("u")
                  ? "UPDATE u SET v = v || ' ' WHERE v ~ '500$'; INSERT INTO u VALUES (md5('new')::uuid, 'new')"
                  : "UPDATE n SET x = x + 0.000 WHERE v ~ '500$'; INSERT INTO n VALUES (9999999, 'new'), (-8888888, 'new')");
      Notes notes = new Notes();
      Outcome outcome = restore(target, notes, RowPolicy.EXACT, table);
      assertThat(outcome.status()).isEqualTo(Outcome.Status.DONE);
      Restores.assertSame(pristine, target);
      long[] staged = notes.staged();
      assertThat(staged[0]).isBetween(20L, 45L);
      assertThat(staged[2]).isLessThan(ROWS / 20);
      assertThat(staged[3]).isEqualTo(ROWS);
      assertThat(outcome.proofs().getFirst().rows()).isEqualTo(ROWS);
      Restores.undo(Restores.target(target.uri()), outcome.run(), false);
      assertThat(Fingerprint.difference(pristine, Fingerprint.of(target))).isNotEmpty();
    }
  }

  @Test
  void whereNothingDiffersNothingIsRead() {
    try (Database target = target()) {
      Notes notes = new Notes();
      assertThat(restore(target, notes, RowPolicy.EXACT, "n").status())
          .isEqualTo(Outcome.Status.NOTHING_TO_DO);
      assertThat(notes.notes).anyMatch(note -> note.contains("none of"));
    }
  }

  @Test
  void whereMuchDiffersAllIsRead() {
    try (Database target = target()) {
      Map<String, String> pristine = Fingerprint.of(target);
      target.execute("UPDATE n SET v = 'x' WHERE id % 3 = 0; DELETE FROM n WHERE id % 7 = 0");
      Notes notes = new Notes();
      restore(target, notes, RowPolicy.EXACT, "n");
      assertThat(notes.notes).noneMatch(note -> note.contains("chunks"));
      Restores.assertSame(pristine, target);
    }
  }

  /// Someone writes into a chunk that was the same, after it was compared.
  @Test
  void aRowThatIsWrittenElsewhereMeanwhileIsNotOverlooked() {
    try (Database target = target()) {
      target.execute("DELETE FROM n WHERE id = 100");
      Progress meddling =
          new Progress() {
            @Override
            public boolean counted(List<RowChange> changes) {
              target.execute("UPDATE n SET v = 'meanwhile' WHERE id = 9000");
              return true;
            }
          };
      assertThatThrownBy(() -> restore(target, meddling, RowPolicy.EXACT, "n"))
          .isInstanceOf(PgmendException.class)
          .hasMessageContaining("written by someone since it was compared");
      assertThat(target.queryValue("SELECT v FROM n WHERE id = 9000")).isEqualTo("meanwhile");
      assertThat(target.queryValue("SELECT count(*) FROM n")).isEqualTo("" + (ROWS - 1));
    }
  }

  @Test
  void rowsAreComparedByChunksToo() {
    try (Database target = target();
        Archive archive = open();
        TableDiff diff = TableDiff.open(archive, Restores.target(target.uri()))) {
      target.execute(
          "DELETE FROM u WHERE v IN ('v1', 'v2'); UPDATE u SET v = 'other' WHERE v = 'v3'; INSERT INTO u VALUES (md5('new')::uuid, 'new')");
      RowDiff found =
          diff.compare(
                  new TableDiff.Request(Set.of(new QualifiedName("public", "u")), List.of(), 5),
                  _ -> {},
                  null)
              .getFirst();
      assertThat(List.of(found.backupRows(), found.missing(), found.changed(), found.newer()))
          .isEqualTo(List.of((long) ROWS, 2L, 1L, 1L));
      assertThat(found.notes()).anyMatch(note -> note.contains("4 of"));
      assertThat(found.samples()).hasSize(4);
    }
  }
}
