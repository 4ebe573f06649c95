package dev.pgmend.cli;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/// Writes completion for a shell.
@Command(
    name = "completion",
    description = "Print completion for a shell: bash, zsh or fish.",
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "bash: pgmend completion bash > ~/.local/share/bash-completion/completions/pgmend",
      "zsh:  source <(pgmend completion zsh)   in ~/.zshrc, after compinit",
      "fish: pgmend completion fish > ~/.config/fish/completions/pgmend.fish"
    })
final class CompletionCommand implements Callable<Integer> {
  @Parameters(paramLabel = "SHELL", description = "bash, zsh or fish.")
  private String shell = "";

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public Integer call() {
    CommandLine program = spec.commandLine().getParent();
    String script =
        switch (shell) {
          // The same script: it makes zsh understand bash's completion.
          case "bash", "zsh" -> AutoComplete.bash("pgmend", program);
          case "fish" -> FishCompletion.of(program);
          default ->
              throw new PgmendException(
                  Kind.USAGE,
                  "no completion is known for \"%s\"".formatted(shell),
                  "Shells: bash, zsh, fish.");
        };
    PrintWriter out = spec.commandLine().getOut();
    out.print(script);
    out.flush();
    return 0;
  }
}
