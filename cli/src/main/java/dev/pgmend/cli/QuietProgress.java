package dev.pgmend.cli;

import dev.pgmend.run.RowChange;
import java.util.List;
import java.util.function.Supplier;

/// Progress that nobody wants to see. Questions are asked all the same.
final class QuietProgress implements ProgressView {
  private Supplier<Boolean> question = () -> true;

  @Override
  public void asking(Supplier<Boolean> asked) {
    question = asked;
  }

  @Override
  public boolean counted(List<RowChange> changes) {
    return changes.isEmpty() || question.get();
  }
}
