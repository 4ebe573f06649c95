package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.plan.ColumnPolicy;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Plan;
import dev.pgmend.plan.Request;
import dev.pgmend.plan.RowPolicy;
import dev.pgmend.plan.RowPolicy.Conflicts;
import dev.pgmend.plan.RowPolicy.Limit;
import dev.pgmend.plan.RowPolicy.Rows;
import dev.pgmend.plan.RowPolicy.Triggers;
import dev.pgmend.restore.TableNames;
import dev.pgmend.restore.TableRestore;
import dev.pgmend.sql.Lexer;
import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.SqlSyntaxException;
import dev.pgmend.sql.Token;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// What to restore and how; the same for `plan` and `restore`.
final class RequestOptions {
  @Parameters(
      arity = "0..*",
      paramLabel = "TABLE",
      description =
          "Tables to put back: name, schema.name or a pattern with * and ?, quoted as in psql.")
  private List<String> tables = new ArrayList<>();

  @Mixin private SelectionOptions selection = new SelectionOptions();
  @Mixin private FromOption from = new FromOption();

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      description = "mend, swap, create or beside; pgmend picks one if you do not.")
  @Nullable String mode;

  @Option(
      names = "--rows",
      paramLabel = "POLICY",
      description =
          "Which rows of a table that is there are put right: missing = lost rows come back; changed = and rows that differ are changed back; exact = and newer rows go.")
  @Nullable String rows;

  @Option(
      names = "--where",
      paramLabel = "SQL",
      description = "Only rows for which this holds: the backup's, and newer ones.")
  private String where = "";

  @Option(
      names = "--columns",
      paramLabel = "COLUMN",
      split = ",",
      description = "Change only these columns of rows that differ back.")
  private List<String> columns = new ArrayList<>();

  @Mixin private ColumnOptions renamings = new ColumnOptions();

  @Option(
      names = "--drop-columns",
      description = "Leave out the backup's values of columns that are gone.")
  private boolean dropColumns;

  @Option(
      names = "--accept-casts",
      description =
          "Where a column has another type today, take values as the server converts them, even if that loses something.")
  private boolean acceptCasts;

  @Option(
      names = "--limit-change",
      paramLabel = "N|N%",
      description =
          "Refuse if more rows of a table would change; a percentage is one of the backup's rows.")
  @Nullable String limitChange;

  @Option(
      names = "--on-conflict",
      paramLabel = "POLICY",
      defaultValue = "fail",
      description =
          "Rows that someone writes during the restore: fail (default), keep-live or take-backup.")
  private String onConflict = "fail";

  @Option(
      names = "--triggers",
      paramLabel = "POLICY",
      defaultValue = "suppress",
      description =
          "Triggers of a table whose rows change: suppress (default; keeps writers out) or fire.")
  private String triggers = "suppress";

  @Option(
      names = "--orphans",
      paramLabel = "POLICY",
      defaultValue = "fail",
      description =
          "Rows without a parent: fail (default), with-parents (bring these from the backup), skip (leave the rows out), delete (leave them out, and remove live rows whose parents go), null (give the foreign key's columns NULL) or not-valid (keep them, and leave the foreign key NOT VALID).")
  private String orphans = "fail";

  @Option(
      names = "--remap-table",
      paramLabel = "SCHEMA.OLD=NEW",
      description = "Restore beside, under another name.")
  private Map<String, String> remapTables = new LinkedHashMap<>();

  @Option(
      names = "--remap-schema",
      paramLabel = "OLD=NEW",
      description = "Restore beside, in another schema.")
  private Map<String, String> remapSchemas = new LinkedHashMap<>();

  @Option(names = "--no-owner", description = "Leave what is created to your own role.")
  private boolean noOwner;

  @Option(names = "--no-acl", description = "Create without the backup's grants.")
  private boolean noAcl;

  @Option(
      names = "--break-replication",
      description =
          "Exchange or create a table even though subscribers will not be sent its rows, or its subscription has to be refreshed.")
  private boolean breakReplication;

  @Option(
      names = "--staging-schema",
      paramLabel = "SCHEMA",
      description =
          "Keep the run's tables in this schema, which is there, instead of making one; for mend and create.")
  private @Nullable String stagingSchema;

  @Option(
      names = "--skip-missing",
      description =
          "Leave out dependents whose other tables the target lacks, and the rows of materialized views whose query fails; each is named.")
  private boolean skipMissing;

  @Option(
      names = "--accept-needs",
      description =
          "Restore although types or functions that the table needs are not defined as in the backup.")
  private boolean acceptNeeds;

  @Option(
      names = "--max-block",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "How long the cutover may wait for its locks (default 30).")
  private double maxBlock = 30;

  /// Says what is to be known of the backup once it has been read.
  void tell(Archive archive, PrintWriter err) {
    from.options().tell(archive, err);
  }

  Archive archive() {
    return from.open(selection.with(tables));
  }

  /// {@return the plan for what was asked for, its hints with the backup and the target as they were named}
  Plan plan(TableRestore restore, Archive archive, TargetOption target) {
    return new Spelling(from, target).out(restore.plan(request(archive)));
  }

  /// {@return the backup as it was named}
  String source() {
    return from.name();
  }

  Request request(Archive archive) {
    TableNames names = new TableNames(archive.toc());
    SequencedSet<QualifiedName> wanted = selection.with(tables).of(archive.toc());
    Map<QualifiedName, QualifiedName> renamed = new HashMap<>();
    remapTables.forEach((old, fresh) -> {
      QualifiedName name = names.find(old);
      renamed.put(
          name,
          fresh.contains(".")
              ? QualifiedName.parse(fresh)
              : new QualifiedName(name.schema(), fresh));
    });
    Optional<Mode> chosen = mode();
    if (!renamed.isEmpty() || !remapSchemas.isEmpty()) {
      if (chosen.isPresent() && chosen.get() != Mode.BESIDE) {
        throw new PgmendException(
            Kind.USAGE, "--remap-table and --remap-schema go with --mode beside only");
      }
      chosen = Optional.of(Mode.BESIDE);
    }
    Request.Builder request =
        Request.of(wanted)
            .change()
            .orphans(orphans())
            .noOwner(noOwner)
            .noAcl(noAcl)
            .breakReplication(breakReplication)
            .skipMissing(skipMissing)
            .remapTables(renamed)
            .remapSchemas(remapSchemas)
            .maxBlock(Duration.ofMillis((long) (maxBlock * 1000)))
            .policy(policy())
            .columns(new ColumnPolicy(renamings.renamed(names, wanted), dropColumns, acceptCasts))
            .acceptNeeds(acceptNeeds);
    chosen.ifPresent(request::mode);
    if (stagingSchema != null) {
      request.stagingSchema(schemaName(stagingSchema));
    }
    return request.build();
  }

  /// As in psql: folded to lower case unless it is quoted.
  private static String schemaName(String text) {
    return QualifiedName.parse("public." + text).name();
  }

  private Optional<Mode> mode() {
    if (mode == null) {
      return Optional.empty();
    }
    for (Mode candidate : Mode.values()) {
      if (candidate.toString().equals(mode)) {
        return Optional.of(candidate);
      }
    }
    throw new PgmendException(
        Kind.USAGE, "unknown mode \"%s\"".formatted(mode), "Modes: mend, swap, create, beside.");
  }

  private Request.Orphans orphans() {
    return switch (orphans) {
      case "fail" -> Request.Orphans.FAIL;
      case "with-parents" -> Request.Orphans.WITH_PARENTS;
      case "skip" -> Request.Orphans.SKIP;
      case "not-valid" -> Request.Orphans.NOT_VALID;
      case "delete" -> Request.Orphans.DELETE;
      case "null" -> Request.Orphans.NULL;
      default ->
          throw new PgmendException(
              Kind.USAGE,
              "unknown policy \"%s\" for --orphans".formatted(orphans),
              "Policies: fail, with-parents, skip, delete, null, not-valid.");
    };
  }

  /// {@return which rows of a table that is mended may be touched}
  /// @throws PgmendException of kind USAGE if the options contradict each other
  RowPolicy policy() {
    Rows kinds =
        switch (rows == null ? "" : rows) {
          case "" -> Rows.UNDECIDED;
          case "missing" -> Rows.MISSING;
          case "changed" -> Rows.CHANGED;
          case "exact" -> Rows.EXACT;
          default -> throw unknown("--rows", String.valueOf(rows), "missing, changed, exact");
        };
    if (!columns.isEmpty() && kinds != Rows.CHANGED && kinds != Rows.EXACT) {
      throw new PgmendException(
          Kind.USAGE,
          "--columns says what is changed back in rows that differ, and without --rows changed or exact none is",
          "Add --rows changed.");
    }
    return new RowPolicy(
        kinds,
        where.strip(),
        columns.stream().map(RequestOptions::column).distinct().toList(),
        Optional.ofNullable(limitChange).map(RequestOptions::limit),
        switch (onConflict) {
          case "fail" -> Conflicts.FAIL;
          case "keep-live" -> Conflicts.KEEP_LIVE;
          case "take-backup" -> Conflicts.TAKE_BACKUP;
          default -> throw unknown("--on-conflict", onConflict, "fail, keep-live, take-backup");
        },
        switch (triggers) {
          case "suppress" -> Triggers.SUPPRESS;
          case "fire" -> Triggers.FIRE;
          default -> throw unknown("--triggers", triggers, "suppress, fire");
        });
  }

  /// {@return the name that is meant, folded to lower case unless it is quoted, as in SQL}
  private static String column(String text) {
    try {
      List<Token> tokens = Lexer.tokens(text);
      if (tokens.size() == 1 && tokens.getFirst().isName()) {
        return tokens.getFirst().value();
      }
    } catch (SqlSyntaxException e) {
      throw new PgmendException(
          Kind.USAGE, "\"%s\" is not the name of a column".formatted(text), null, e);
    }
    throw new PgmendException(
        Kind.USAGE,
        "\"%s\" is not the name of a column".formatted(text),
        "Names with other characters than letters and digits go in double quotes, as in SQL.");
  }

  private static Limit limit(String text) {
    boolean percent = text.endsWith("%");
    try {
      long number = Long.parseLong(percent ? text.substring(0, text.length() - 1) : text);
      if (number >= 0) {
        return new Limit(number, percent);
      }
    } catch (NumberFormatException e) {
      throw unknown("--limit-change", text, "a number of rows, or one of hundredths like 5%", e);
    }
    throw unknown("--limit-change", text, "a number of rows, or one of hundredths like 5%");
  }

  private static PgmendException unknown(String option, String value, String known) {
    return unknown(option, value, known, null);
  }

  private static PgmendException unknown(
      String option, String value, String known, @Nullable Exception cause) {
    return new PgmendException(
        Kind.USAGE,
        "unknown value \"%s\" for %s".formatted(value, option),
        "Known: %s.".formatted(known),
        cause);
  }
}
