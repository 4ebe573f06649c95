package dev.pgmend.plan;

import dev.pgmend.sql.QualifiedName;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;

/// What the user asked for.
///
/// @param mode the mode chosen by the user, empty to let the planner pick
/// @param orphans what to do about rows whose parents are missing
/// @param noOwner leave everything to the session's role
/// @param noAcl create without the backup's grants
/// @param breakReplication exchange a table although a publication names it
/// @param skipMissing leave out dependents whose other needs the target lacks
/// @param remapTables for [Mode#BESIDE]: new names of tables
/// @param remapSchemas for [Mode#BESIDE]: new schemas
/// @param policy which rows of a table that is mended may be touched
/// @param columns what to do where a table that is mended has other columns than in the backup
/// @param acceptNeeds restore although types or functions that decide values are not defined as in the backup
/// @param stagingSchema a schema that is there, for everything that the run keeps, where it may not make one of its own
/// @param maxBlock the longest that the cutover may wait for a lock, and so make others wait behind it
public record Request(
    SequencedSet<QualifiedName> tables,
    Optional<Mode> mode,
    Orphans orphans,
    boolean noOwner,
    boolean noAcl,
    boolean breakReplication,
    boolean skipMissing,
    Map<QualifiedName, QualifiedName> remapTables,
    Map<String, String> remapSchemas,
    Duration maxBlock,
    RowPolicy policy,
    ColumnPolicy columns,
    boolean acceptNeeds,
    Optional<String> stagingSchema) {

  /// What to do about a foreign key that the restored rows would break.
  public enum Orphans {
    /// Refuse before anything changes.
    FAIL,
    /// Leave the restored rows without a parent out.
    SKIP,
    /// Bring the parents from the same backup.
    WITH_PARENTS,
    /// Add the foreign key as NOT VALID and leave it so.
    NOT_VALID,
    /// Leave the restored rows without a parent out, and remove live rows whose parents go.
    DELETE,
    /// Give such rows NULL in the foreign key's columns.
    NULL;

    /// {@return whether rows of tables that refer to the restored ones may be touched}
    public boolean reaches() {
      return this == DELETE || this == NULL;
    }
  }

  public Request {
    tables = new LinkedHashSet<>(tables);
    remapTables = Map.copyOf(remapTables);
    remapSchemas = Map.copyOf(remapSchemas);
  }

  /// {@return a request that the tables be exactly what the backup says, with every other choice at its default}
  public static Request of(SequencedSet<QualifiedName> tables) {
    return new Request(
        tables,
        Optional.empty(),
        Orphans.FAIL,
        false,
        false,
        false,
        false,
        Map.of(),
        Map.of(),
        Duration.ofSeconds(30),
        RowPolicy.EXACT,
        ColumnPolicy.NONE,
        false,
        Optional.empty());
  }

  /// {@return the same request with that mode}
  public Request with(Mode chosen) {
    return change().mode(chosen).build();
  }

  /// {@return the same request with that policy for orphans}
  public Request with(Orphans policy) {
    return change().orphans(policy).build();
  }

  /// {@return whether the user has said that newer rows may go}
  public boolean exact() {
    return policy.rows() == RowPolicy.Rows.EXACT;
  }

  /// {@return the same choices, to be changed one by one}
  public Builder change() {
    return new Builder(this);
  }

  /// Changes single choices of a request.
  public static final class Builder {
    private final SequencedSet<QualifiedName> tables;
    private Optional<Mode> mode;
    private Orphans orphans;
    private boolean noOwner;
    private boolean noAcl;
    private boolean breakReplication;
    private boolean skipMissing;
    private Map<QualifiedName, QualifiedName> remapTables;
    private Map<String, String> remapSchemas;
    private Duration maxBlock;
    private RowPolicy policy;
    private ColumnPolicy columns;
    private boolean acceptNeeds;
    private Optional<String> stagingSchema;

    private Builder(Request from) {
      tables = from.tables;
      mode = from.mode;
      orphans = from.orphans;
      noOwner = from.noOwner;
      noAcl = from.noAcl;
      breakReplication = from.breakReplication;
      skipMissing = from.skipMissing;
      remapTables = from.remapTables;
      remapSchemas = from.remapSchemas;
      maxBlock = from.maxBlock;
      policy = from.policy;
      columns = from.columns;
      acceptNeeds = from.acceptNeeds;
      stagingSchema = from.stagingSchema;
    }

    public Builder mode(Mode chosen) {
      mode = Optional.of(chosen);
      return this;
    }

    public Builder orphans(Orphans policy) {
      orphans = policy;
      return this;
    }

    public Builder noOwner(boolean choice) {
      noOwner = choice;
      return this;
    }

    public Builder noAcl(boolean choice) {
      noAcl = choice;
      return this;
    }

    public Builder breakReplication(boolean choice) {
      breakReplication = choice;
      return this;
    }

    public Builder skipMissing(boolean choice) {
      skipMissing = choice;
      return this;
    }

    public Builder remapTables(Map<QualifiedName, QualifiedName> names) {
      remapTables = names;
      return this;
    }

    public Builder remapSchemas(Map<String, String> schemas) {
      remapSchemas = schemas;
      return this;
    }

    public Builder maxBlock(Duration longest) {
      maxBlock = longest;
      return this;
    }

    public Builder policy(RowPolicy choice) {
      policy = choice;
      return this;
    }

    public Builder columns(ColumnPolicy choice) {
      columns = choice;
      return this;
    }

    public Builder acceptNeeds(boolean choice) {
      acceptNeeds = choice;
      return this;
    }

    public Builder stagingSchema(String schema) {
      stagingSchema = Optional.of(schema);
      return this;
    }

    public Request build() {
      return new Request(
          tables,
          mode,
          orphans,
          noOwner,
          noAcl,
          breakReplication,
          skipMissing,
          remapTables,
          remapSchemas,
          maxBlock,
          policy,
          columns,
          acceptNeeds,
          stagingSchema);
    }
  }

  /// {@return the name that a table or a relation of the closure gets}
  public QualifiedName renamed(QualifiedName name) {
    QualifiedName table = remapTables.get(name);
    if (table != null) {
      return table;
    }
    return new QualifiedName(remapSchemas.getOrDefault(name.schema(), name.schema()), name.name());
  }
}
