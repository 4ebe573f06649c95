package dev.pgmend.catalog;

import java.util.List;
import java.util.Map;

/// How what a restore needs differs from the backup's definition of it, as the target's own server describes both.
///
/// @param differences aspect by aspect
/// @param unknown by entry, why the server's descriptions could not be had
public record Needs(List<Difference> differences, Map<Integer, Unknown> unknown) {
  /// Nothing is needed, or everything is as in the backup.
  public static final Needs SAME = new Needs(List.of(), Map.of());

  public Needs {
    differences = List.copyOf(differences);
    unknown = Map.copyOf(unknown);
  }

  /// One aspect of one object.
  ///
  /// @param entry the archive entry of the object
  /// @param aspect in PostgreSQL's words: `base type`, `labels`, `body` …
  /// @param live how the target has it, "" if it does not
  /// @param backup how the backup has it, "" if it does not
  public record Difference(int entry, String aspect, String live, String backup) {}

  /// An object of which the backup's definition could not be created under another name.
  ///
  /// @param reason the server's
  /// @param live the target's definition as SQL, "" where the server has no text for it
  public record Unknown(String reason, String live) {}
}
