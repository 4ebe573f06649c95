package dev.pgmend.run;

import dev.pgmend.load.ArchiveSums;
import dev.pgmend.load.LiveSums;
import dev.pgmend.load.Loader;
import dev.pgmend.load.RowDigest.RowSet;
import dev.pgmend.load.RowSums;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.plan.Mode;
import dev.pgmend.postgres.Session;
import dev.pgmend.postgres.SqlFailure;
import dev.pgmend.postgres.SqlState;
import dev.pgmend.sql.QualifiedName;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Brings all rows of a table into staging in the best way that there is for them: in binary from a live source, in binary from a backup,
/// or as text; over several connections or frozen. Not thread-safe.
final class Filling {
  private final Work work;
  private final Session session;
  private final Crew crew;
  private final Loader loader;

  /// Tables whose rows went in binary: their sums say what they are.
  private final Map<QualifiedName, RowSums> sums = new HashMap<>();

  private @Nullable Boolean crowded;

  Filling(Work work, Crew crew, Loader loader) {
    this.work = work;
    this.session = work.session;
    this.crew = crew;
    this.loader = loader;
  }

  /// {@return what the rows of a staged table add up to, null if they did not go in binary}
  @Nullable RowSums sums(QualifiedName staged) {
    return sums.get(staged);
  }

  /// The sums of a staged table are not what its rows are to be proved by.
  void forget(QualifiedName staged) {
    sums.remove(staged);
  }

  /// Loads all rows of a table.
  ///
  /// @param partitioned whether the staged table is: its rows cannot be frozen
  /// @return what was sent
  RowSet fill(LoadStep.Load load, boolean partitioned) {
    boolean text = load.verbatim() || work.plan.modes().containsValue(Mode.MEND);
    Optional<RowSet> sent = Optional.empty();
    if (!text) {
      sent =
          binary(
              load,
              partitioned,
              LiveSums.of(session, work.archive, load),
              own -> copied(load, partitioned, own));
    }
    if (sent.isEmpty() && !text && !isConverted(load)) {
      sent =
          binary(
              load,
              partitioned,
              ArchiveSums.of(session, work.archive, load),
              own -> encoded(load, partitioned, own));
    }
    if (sent.isEmpty() && isShared()) {
      sent =
          attempt(
              load,
              partitioned,
              () -> loader.loadOver(crew::session, crew.size(), load, work.progress::loaded));
    }
    return sent.orElseGet(() ->
        work.statements.alone(
            load.title(),
            () ->
                partitioned
                    ? loader.load(load, work.progress::loaded)
                    : loader.loadFrozen(load, work.progress::loaded)));
  }

  /// {@return what was sent in binary, if the rows can be; their sums are kept}
  private <S extends RowSums> Optional<RowSet> binary(
      LoadStep.Load load, boolean partitioned, Optional<S> own, Function<S, RowSet> way) {
    Optional<RowSet> sent =
        own.flatMap(found -> attempt(load, partitioned, () -> way.apply(found)));
    if (sent.isPresent()) {
      sums.put(load.into(), own.orElseThrow());
    }
    return sent;
  }

  /// {@return whether the staged text becomes another type later}
  private boolean isConverted(LoadStep.Load load) {
    return work.plan.load().stream()
        .anyMatch(step ->
            step instanceof LoadStep.Convert convert && convert.staged().equals(load.into()));
  }

  /// {@return what was loaded; empty, and nothing is loaded, where rows have to go as text, or a function in the table needs the role's own
  /// search_path: that is tried later, from the start}
  private Optional<RowSet> attempt(
      LoadStep.Load load, boolean partitioned, Supplier<RowSet> filling) {
    try {
      return Optional.of(filling.get());
    } catch (Loader.Unencodable | SqlFailure failure) {
      if (failure instanceof SqlFailure sql && !SqlState.isUndefinedName(sql.sqlState())) {
        throw failure;
      }
      session.execute("TRUNCATE %s%s".formatted(partitioned ? "" : "ONLY ", load.into().sql()));
      return Optional.empty();
    }
  }

  private RowSet copied(LoadStep.Load load, boolean partitioned, LiveSums own) {
    return isShared()
        ? loader.loadBinaryOver(crew::session, crew.size(), load, own, work.progress::loaded)
        : work.statements.alone(
            load.title(), () -> loader.loadBinary(load, own, !partitioned, work.progress::loaded));
  }

  private RowSet encoded(LoadStep.Load load, boolean partitioned, ArchiveSums own) {
    return isShared()
        ? loader.loadEncodedOver(crew::session, crew.size(), load, own, work.progress::loaded)
        : work.statements.alone(
            load.title(), () -> loader.loadEncoded(load, own, !partitioned, work.progress::loaded));
  }

  /// {@return whether several connections share the work}
  private boolean isShared() {
    return crew.size() > 1 && !isCrowded() && crew.session(0) != null;
  }

  /// {@return whether one COPY and what feeds it keep all processors busy} Rows that come frozen are then the better way: a second COPY
  /// would take turns with the first, and its rows need hint bits and are no use to index-only scans.
  private boolean isCrowded() {
    if (crowded == null) {
      crowded =
          work.effort.jobs() <= 2
              && Runtime.getRuntime().availableProcessors() <= 2
              && session.isHere();
    }
    return crowded;
  }
}
