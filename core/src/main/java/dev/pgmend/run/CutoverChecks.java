package dev.pgmend.run;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.catalog.ObjectId;
import dev.pgmend.catalog.SnapshotReader;
import dev.pgmend.plan.Plan;
import dev.pgmend.postgres.Session;
import dev.pgmend.sql.QualifiedName;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// What has to hold inside the cutover's transaction before it is committed.
final class CutoverChecks {
  /// Objects outside the run's schemas that depend on objects inside them.
  private static final String OUTSIDE_DEPENDENCIES =
      """
      with s as (select n.oid from pg_catalog.pg_namespace n where n.nspname = any (?::text[])),
      inside(classid, objid) as (
        select 'pg_catalog.pg_class'::regclass::oid, c.oid from pg_catalog.pg_class c join s on s.oid = c.relnamespace
        union all select 'pg_catalog.pg_type'::regclass, t.oid from pg_catalog.pg_type t join s on s.oid = t.typnamespace
        union all select 'pg_catalog.pg_constraint'::regclass, k.oid from pg_catalog.pg_constraint k join s on s.oid = k.connamespace
        union all select 'pg_catalog.pg_attrdef'::regclass, d.oid from pg_catalog.pg_attrdef d
          join pg_catalog.pg_class c on c.oid = d.adrelid join s on s.oid = c.relnamespace
        union all select 'pg_catalog.pg_rewrite'::regclass, r.oid from pg_catalog.pg_rewrite r
          join pg_catalog.pg_class c on c.oid = r.ev_class join s on s.oid = c.relnamespace
        union all select 'pg_catalog.pg_trigger'::regclass, t.oid from pg_catalog.pg_trigger t
          join pg_catalog.pg_class c on c.oid = t.tgrelid join s on s.oid = c.relnamespace
        union all select 'pg_catalog.pg_policy'::regclass, p.oid from pg_catalog.pg_policy p
          join pg_catalog.pg_class c on c.oid = p.polrelid join s on s.oid = c.relnamespace
        union all select 'pg_catalog.pg_statistic_ext'::regclass, x.oid from pg_catalog.pg_statistic_ext x
          join s on s.oid = x.stxnamespace
        union all select 'pg_catalog.pg_publication_rel'::regclass, x.oid from pg_catalog.pg_publication_rel x
          join pg_catalog.pg_class c on c.oid = x.prrelid join s on s.oid = c.relnamespace
      )
      select pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid) as dependent,
        pg_catalog.pg_describe_object(d.refclassid, d.refobjid, d.refobjsubid) as needed
      from pg_catalog.pg_depend d join inside i on i.classid = d.refclassid and i.objid = d.refobjid
      left join inside o on o.classid = d.classid and o.objid = d.objid
      left join pg_catalog.pg_class toast on d.classid = 'pg_catalog.pg_class'::regclass and toast.oid = d.objid and toast.relkind = 't'
      where o.objid is null and toast.oid is null
      limit 10
      """;

  private final Session session;
  private final Plan plan;

  CutoverChecks(Session session, Plan plan) {
    this.session = session;
    this.plan = plan;
  }

  /// Throws if anything is not as the plan says.
  void run() {
    List<String> outside =
        session.query(
            OUTSIDE_DEPENDENCIES,
            row -> "%s still needs %s".formatted(row.text("dependent"), row.text("needed")),
            (Object) plan.schemas().toArray(String[]::new));
    if (!outside.isEmpty()) {
      throw new PgmendException(
          Kind.MISMATCH,
          "after the exchange something still points at what was replaced: %s; the target is unchanged"
              .formatted(String.join("; ", outside)),
          "Use --mode mend.");
    }
    Set<QualifiedName> relations = new LinkedHashSet<>(plan.modes().keySet());
    plan.expectations().forEach(expectation -> relations.add(expectation.object().relation()));
    Set<ObjectId> after = SnapshotReader.present(session, relations);
    List<ObjectId> missing =
        plan.expectations().stream()
            .map(Plan.Expectation::object)
            .filter(object -> !after.contains(object))
            .toList();
    if (!missing.isEmpty()) {
      throw new PgmendException(
          Kind.MISMATCH,
          "objects that the backup has are not there after the cutover: %s; the target is unchanged"
              .formatted(missing));
    }
  }
}
