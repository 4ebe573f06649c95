package dev.pgmend.sql;

/// Where a run keeps its journal and the tables that are its own: a schema of its own, of the run's name; or a schema that was
/// there before, under names that begin with the run's.
public record RunHome(String run, String schema) {
  /// {@return the home of a run that makes a schema}
  public static RunHome own(String run) {
    return new RunHome(run, run);
  }

  /// {@return whether it is a schema that the run makes and takes away}
  public boolean isOwn() {
    return run.equals(schema);
  }

  /// {@return the schema that was there before, "" if there is none such}
  public String shared() {
    return isOwn() ? "" : schema;
  }

  /// {@return what the names of the run's tables begin with}
  public String prefix() {
    return isOwn() ? "" : run + "_";
  }

  /// {@return the name of one of the run's tables}
  public QualifiedName table(String name) {
    return new QualifiedName(schema, prefix() + name);
  }
}
