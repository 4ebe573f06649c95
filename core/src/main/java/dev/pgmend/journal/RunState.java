package dev.pgmend.journal;

/// Where a run stands. The words are what `status` prints.
public enum RunState {
  /// Staging is being built; nothing that anyone uses has changed.
  STAGED("staged", "nothing has changed yet; clean removes the staging"),
  /// The cutover is committed; foreign keys are still to be validated.
  CUT_OVER(
      "cut over, validation pending",
      "the table is back; resume validates its foreign keys, undo takes it back"),
  /// Everything is done; what was replaced is kept.
  DONE("done", "the table is back; undo takes it back, clean removes what is kept"),
  /// The restore was taken back.
  UNDONE("undone", "the target is as it was before; clean removes the journal");

  private final String words;
  private final String meaning;

  RunState(String words, String meaning) {
    this.words = words;
    this.meaning = meaning;
  }

  public String words() {
    return words;
  }

  public String meaning() {
    return meaning;
  }
}
