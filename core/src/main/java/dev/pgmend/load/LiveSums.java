package dev.pgmend.load;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.archive.LiveData;
import dev.pgmend.plan.EntrySql;
import dev.pgmend.plan.LoadStep;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Both servers hash the rows, each its own, which so do not pass through here.
public final class LiveSums extends RowSums {
  private final LiveData source;
  private final List<Entry> data;

  private LiveSums(LiveData source, List<Entry> data, List<String> columns, List<String> told) {
    super(columns, told);
    this.source = source;
    this.data = List.copyOf(data);
  }

  /// {@return the sums of a table that is loaded from a live source, if both servers can make them}
  public static Optional<LiveSums> of(Session session, Archive archive, LoadStep.Load step) {
    LiveData source = archive.live().orElse(null);
    if (source == null || archive.replaces() || session.serverEncoding().equals("SQL_ASCII")) {
      return Optional.empty();
    }
    List<Entry> data =
        step.entries().stream().map(id -> archive.toc().find(id).orElseThrow()).toList();
    Optional<List<String>> here = RowImage.told(session, step.into(), step.columns());
    for (Entry entry : data) {
      if (here.isEmpty() || !here.get().equals(told(source, entry))) {
        return Optional.empty();
      }
    }
    // Binary COPY knows no names: partitions that have the columns in another order are read as
    // text.
    boolean oneOrder = data.stream().map(LiveSums::names).distinct().count() <= 1;
    return here.map(told -> new LiveSums(source, data, step.columns(), told))
        .filter(sums -> oneOrder && sums.isPortable());
  }

  private static List<String> told(LiveData source, Entry entry) {
    return Scoping.lines(source, entry, RowImage.query(table(entry).sql(), names(entry)));
  }

  private static QualifiedName table(Entry entry) {
    return new QualifiedName(entry.namespace(), entry.tag());
  }

  private static List<String> names(Entry entry) {
    return entry.copyStmt() == null ? List.of() : EntrySql.copyTarget(entry).columns();
  }

  /// {@return the data entries that make up the table}
  List<Entry> data() {
    return data;
  }

  /// {@return the live database}
  LiveData source() {
    return source;
  }

  /// {@return what the source says} Takes ACCESS SHARE there, and as long as reading the table.
  @Override
  public Sum there() {
    List<Sum> sums = new ArrayList<>();
    for (Entry entry : data) {
      String query = query(names(entry), "ONLY " + table(entry).sql(), "", "");
      String[] fields = Scoping.lines(source, entry, query).getFirst().split("\t", 2);
      sums.add(new Sum(Long.parseLong(fields[0]), new BigInteger(fields[1]).longValue(), 0));
    }
    return Sum.of(sums);
  }
}
