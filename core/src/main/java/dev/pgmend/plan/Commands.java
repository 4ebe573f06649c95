package dev.pgmend.plan;

import dev.pgmend.sql.QualifiedName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/// Command lines in hints. A plan does not know how its backup and its target were named: [#FILE] and [#FROM_TO] stand for them, and
/// whoever does know puts them in.
public final class Commands {
  /// The backup, as the first word behind the command.
  public static final String FILE = "BACKUP";

  /// The backup and the target, as options.
  public static final String FROM_TO = "--from … --to …";

  private Commands() {}

  /// {@return what restores all of these tables, those that are there by an exchange, with the choices that the user has made already}
  static String swap(Request request, Collection<QualifiedName> tables) {
    List<String> words = new ArrayList<>(List.of("pgmend", "restore"));
    tables.stream().distinct().forEach(table -> words.add(quote(table.sql())));
    words.add("--mode swap");
    option(words, "--no-owner", request.noOwner());
    option(words, "--no-acl", request.noAcl());
    option(words, "--skip-missing", request.skipMissing());
    option(words, "--accept-needs", request.acceptNeeds());
    option(words, "--break-replication", request.breakReplication());
    words.add(FROM_TO);
    return String.join(" ", words);
  }

  private static void option(List<String> words, String option, boolean given) {
    if (given) {
      words.add(option);
    }
  }

  /// {@return what prints the definition of an object}
  static String definition(String name) {
    return "pgmend inspect %s --sql %s".formatted(FILE, quote(name));
  }

  /// {@return the word as it stands on a command line}
  public static String quote(String word) {
    return "'" + word.replace("'", "'\\''") + "'";
  }
}
