package dev.pgmend.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The operating system account that a server runs under. PostgreSQL refuses to run as root, so root's
/// servers run as `postgres` or `nobody`, by the first of several means that works on this machine.
///
/// @param user the account that must own the data directory; null if it is the current one already
/// @param prefix what to put in front of a command to run it under that account
record Account(@Nullable String user, List<String> prefix) {
  private static final boolean ROOT = Command.run(List.of("id", "-u")).output().strip().equals("0");

  Account {
    prefix = List.copyOf(prefix);
  }

  static boolean isRoot() {
    return ROOT;
  }

  /// {@return an account that can run the program}
  static Account able(Path program) {
    if (!isRoot()) {
      return new Account(null, List.of());
    }
    var tried = new ArrayList<String>();
    for (Account account : candidates()) {
      var outcome = Command.run(account.command(List.of(program.toString(), "--version")));
      if (outcome.succeeded()) {
        return account;
      }
      tried.add(String.join(" ", account.prefix) + ": " + outcome.output().strip());
    }
    throw new EmbeddedServerException(
        "PostgreSQL refuses to run as root, and no other account can run %s; tried%n  %s"
            .formatted(program, String.join("\n  ", tried)));
  }

  List<String> command(List<String> command) {
    return Stream.concat(prefix.stream(), command.stream()).toList();
  }

  /// Gives the directory, not its content, to the account.
  void own(Path directory) throws IOException {
    if (user != null) {
      var users = directory.getFileSystem().getUserPrincipalLookupService();
      Files.setOwner(directory, users.lookupPrincipalByName(user));
    }
  }

  private static List<Account> candidates() {
    var candidates = new ArrayList<Account>();
    for (String user : new String[] {"postgres", "nobody"}) {
      var ids = Command.run(List.of("id", "-g", user));
      if (!ids.succeeded()) {
        continue;
      }
      String group = ids.output().strip();
      candidates.add(
          new Account(
              user, List.of("setpriv", "--reuid=" + user, "--regid=" + group, "--clear-groups")));
      candidates.add(new Account(user, List.of("runuser", "-u", user, "--")));
      candidates.add(
          new Account(
              user, List.of("su", "-s", "/bin/sh", user, "-c", "exec \"$0\" \"$@\"", "--")));
    }
    // A user namespace without mappings: root looks like `nobody` there; files stay its own.
    candidates.add(new Account(null, List.of("unshare", "-U")));
    return candidates;
  }
}
