package dev.pgmend.plan;

import dev.pgmend.sql.QualifiedName;
import dev.pgmend.sql.Sql;
import org.jspecify.annotations.Nullable;

/// A column that is not in the target as it is in the backup, and what becomes of its values.
///
/// @param backup its name in the backup, or null
/// @param live its name in the target, or null
/// @param backupType its type in the backup, "" without
/// @param liveType its type in the target, "" without
public record ColumnChange(
    QualifiedName table,
    @Nullable String backup,
    @Nullable String live,
    String backupType,
    String liveType) {
  @Override
  public String toString() {
    if (backup == null) {
      return "%s: column %s is not in the backup: rows that are there keep it, rows that come back get its default"
          .formatted(table, Sql.quote(String.valueOf(live)));
    }
    if (live == null) {
      return "%s: column %s is not in the target any more: its values in the backup are left out"
          .formatted(table, Sql.quote(backup));
    }
    return "%s: column %s%s%s"
        .formatted(
            table,
            Sql.quote(backup),
            live.equals(backup) ? "" : " is called %s today".formatted(Sql.quote(live)),
            backupType.equals(liveType)
                ? ""
                : "%s %s in the backup and %s today: its values are converted"
                    .formatted(live.equals(backup) ? " is" : ", was", backupType, liveType));
  }
}
