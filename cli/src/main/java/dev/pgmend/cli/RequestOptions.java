package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.archive.Archive;
import dev.pgmend.plan.Mode;
import dev.pgmend.plan.Request;
import dev.pgmend.restore.TableNames;
import dev.pgmend.restore.TableSelection;
import dev.pgmend.sql.QualifiedName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;
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

  @Option(names = "--schema", paramLabel = "PATTERN", description = "All tables of the schema.")
  private List<String> schemas = new ArrayList<>();

  @Option(names = "--exclude-table", paramLabel = "PATTERN", description = "But not these tables.")
  private List<String> excluded = new ArrayList<>();

  @Option(
      names = "--with-parents",
      description = "With the tables that they refer to by foreign keys, and so on.")
  private boolean withParents;

  @Option(
      names = "--with-children",
      description = "With the tables that refer to them by foreign keys, and so on.")
  private boolean withChildren;

  @Option(
      names = "--from",
      required = true,
      paramLabel = "FILE",
      description = "The backup: output of pg_dump, packed or not; - reads a pipe.")
  @Nullable Path from;

  @Option(
      names = "--mode",
      paramLabel = "MODE",
      description = "mend, swap, create or beside; pgmend picks one if you do not.")
  @Nullable String mode;

  @Option(
      names = "--rows",
      paramLabel = "POLICY",
      description =
          "Which rows the table has afterwards: exact = those of the backup (newer rows go).")
  @Nullable String rows;

  @Option(
      names = "--orphans",
      paramLabel = "POLICY",
      defaultValue = "fail",
      description = "Rows without a parent: fail (default) or not-valid.")
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
      description = "Leave out dependents whose other tables the target lacks.")
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

  Archive archive() {
    if (from == null) {
      throw new PgmendException(Kind.USAGE, "--from is missing");
    }
    return BackupFile.open(from);
  }

  Request request(Archive archive) {
    TableNames names = new TableNames(archive.toc());
    SequencedSet<QualifiedName> wanted =
        new TableSelection(tables, schemas, excluded, withParents, withChildren).of(archive.toc());
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
            .exact(exact())
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
      case "not-valid" -> Request.Orphans.NOT_VALID;
      default ->
          throw new PgmendException(
              Kind.USAGE,
              "unknown policy \"%s\" for --orphans".formatted(orphans),
              "Policies: fail, not-valid.");
    };
  }

  /// {@return whether the user has said that newer rows may go}
  boolean exact() {
    if (rows == null) {
      return false;
    }
    if (!rows.equals("exact")) {
      throw new PgmendException(
          Kind.USAGE,
          "policy \"%s\" for --rows is not supported".formatted(rows),
          "--rows exact makes the table what the backup says.");
    }
    return true;
  }
}
