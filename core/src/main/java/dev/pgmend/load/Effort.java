package dev.pgmend.load;

/// How a run does its work: what it does is the plan's.
///
/// @param jobs how many connections work at once
/// @param verify what is proved about the rows
/// @param rate how many bytes of COPY text go to or come from the target in a second at most, 0 for no limit
public record Effort(int jobs, Verify verify, long rate) {
  /// The jobs of a run if nobody says otherwise: more gain little where client and server share a machine.
  private static final int USUAL = 4;

  /// What is proved about the rows.
  public enum Verify {
    /// Every row is hashed as it leaves the backup, read back, and hashed again.
    FULL,
    /// Rows are counted.
    COUNTS
  }

  public Effort {
    if (jobs < 1 || rate < 0) {
      throw new IllegalArgumentException("%d jobs, %d bytes a second".formatted(jobs, rate));
    }
  }

  /// {@return one connection, everything proved, no limit}
  public static Effort plain() {
    return new Effort(1, Verify.FULL, 0);
  }

  /// {@return how many connections to use if nobody says: as many as this machine has processors, four at most}
  public static int usualJobs() {
    return Math.min(USUAL, Runtime.getRuntime().availableProcessors());
  }

  /// {@return whether rows are hashed}
  public boolean hashes() {
    return verify == Verify.FULL;
  }
}
