package dev.pgmend.cloud;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/// Where credentials are looked for: the environment's variables and the user's home.
public record Environment(Map<String, String> variables, Path home) {
  public Environment {
    variables = Map.copyOf(variables);
  }

  /// {@return those of this process}
  public static Environment ofProcess() {
    return new Environment(System.getenv(), Path.of(System.getProperty("user.home")));
  }

  /// {@return the value of a variable that is set and not empty}
  public Optional<String> find(String variable) {
    return Optional.ofNullable(variables.get(variable)).filter(value -> !value.isEmpty());
  }

  /// {@return whether a variable says yes}
  public boolean says(String variable) {
    return find(variable).filter(value -> value.matches("(?i)1|true|yes|on")).isPresent();
  }

  /// {@return the content of a file, if it is there}
  public static Optional<String> read(Path file) throws IOException {
    return Files.isRegularFile(file) ? Optional.of(Files.readString(file)) : Optional.empty();
  }
}
