package dev.pgmend.checks;

import dev.pgmend.checks.Check.When;
import java.nio.file.Path;
import java.util.List;

/// The checks of one file.
///
/// @param directory where the commands run: the file's own
public record Checks(Path directory, List<Check> all) {
  /// No checks at all.
  public static final Checks NONE = new Checks(Path.of("/"), List.of());

  public Checks {
    all = List.copyOf(all);
  }

  /// {@return those of one moment, in the file's order}
  public List<Check> at(When when) {
    return all.stream().filter(check -> check.when() == when).toList();
  }

  /// {@return whether one compares with an answer of the kind}
  public boolean expects(Class<? extends Check.Expected> kind) {
    return all.stream()
        .anyMatch(check -> check instanceof Check.Query query && kind.isInstance(query.expected()));
  }
}
