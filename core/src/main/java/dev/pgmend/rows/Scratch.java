package dev.pgmend.rows;

import dev.pgmend.postgres.ConnectionTarget;

/// Where predicates are evaluated that need a server: one that exists for nothing else and is nobody's.
public interface Scratch {
  /// Starts the server, if it does not run yet.
  ///
  /// @param major the major version that it should have, if there is a choice
  /// @param sqlAscii whether the database is to take any bytes as text; otherwise its encoding is UTF8
  /// @return an empty database and a role that may create schemas and trusted extensions in it, and nothing else on the machine
  ConnectionTarget database(int major, boolean sqlAscii);
}
