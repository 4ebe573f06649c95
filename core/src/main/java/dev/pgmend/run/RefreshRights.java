package dev.pgmend.run;

import dev.pgmend.plan.FillStep;
import dev.pgmend.plan.FillStep.Refresh.Read;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Plan.Refusal;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.Sql;
import java.util.ArrayList;
import java.util.List;

/// Finds materialized views that cannot be filled because their owners may not read what their queries name. What else a query may fail
/// for shows only when it runs.
public final class RefreshRights {
  private static final String MAY_READ =
      """
      select coalesce(bool_or(x.may), false) as may from (
        select pg_catalog.has_any_column_privilege(?::name, c.oid, 'SELECT') as may from pg_catalog.pg_class c
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = ? and c.relname = ? and not ?::boolean
        union all
        select pg_catalog.pg_has_role(?::name, r.oid, 'USAGE') from pg_catalog.pg_roles r
        where ?::boolean and (r.rolname = any (?::text[]) or r.rolname = 'pg_read_all_data')
        union all select ?::boolean and 'public' = any (?::text[])) x
      """;

  private RefreshRights() {}

  /// {@return the views that cannot be filled, unless they may be left without rows}
  public static List<Refusal> of(Session session, Plan plan) {
    List<Refusal> refusals = new ArrayList<>();
    if (!plan.runnable()) {
      return refusals;
    }
    plan.cutover().stream()
        .filter(FillStep.Refresh.class::isInstance)
        .map(FillStep.Refresh.class::cast)
        .filter(step -> !step.tolerant())
        .forEach(step ->
            step.reads().stream()
                .filter(read -> !mayRead(session, step.role(), read))
                .forEach(read -> refusals.add(refusal(step, read))));
    return refusals;
  }

  private static boolean mayRead(Session session, String role, Read read) {
    String[] readers = read.readers().toArray(String[]::new);
    return session
        .query(
            MAY_READ,
            row -> row.flag("may"),
            role,
            read.relation().schema(),
            read.relation().name(),
            read.created(),
            role,
            read.created(),
            readers,
            read.created(),
            readers)
        .getFirst();
  }

  private static Refusal refusal(FillStep.Refresh step, Read read) {
    String grant =
        "GRANT SELECT ON TABLE %s TO %s;".formatted(read.relation().sql(), Sql.quote(step.role()));
    String refresh = "REFRESH MATERIALIZED VIEW %s;".formatted(step.name().sql());
    return new Refusal(
        "matview",
        "materialized view %s cannot be filled: its query has the rights of role %s, which may not read %s"
            .formatted(step.name(), Sql.quote(step.role()), read.relation()),
        read.created()
            ? "--skip-missing restores it without rows, as pg_restore does; what fills it afterwards: %s %s"
                .formatted(grant, refresh)
            : "%s or: --skip-missing restores it without rows, as pg_restore does, until: %s"
                .formatted(grant, refresh));
  }
}
