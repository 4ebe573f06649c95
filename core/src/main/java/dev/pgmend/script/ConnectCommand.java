package dev.pgmend.script;

/// The database that a `\connect` names, in the three ways in which pg_dump writes it: `app`, `"odd name"`, and
/// `-reuse-previous=on "dbname='very odd'"`.
final class ConnectCommand {
  private static final String REUSE = "-reuse-previous=on ";

  private ConnectCommand() {}

  static String database(String command, long offset) {
    String text = command.substring("connect ".length()).strip();
    boolean connectionString = text.startsWith(REUSE);
    if (connectionString) {
      text = text.substring(REUSE.length()).strip();
    }
    if (text.length() > 1 && text.startsWith("\"") && text.endsWith("\"")) {
      text = text.substring(1, text.length() - 1).replace("\"\"", "\"");
    } else if (text.isEmpty() || text.contains(" ") || text.contains("'") || text.contains("`")) {
      throw new ScriptException(offset, "\\connect is not one that pg_dump writes");
    }
    if (!connectionString) {
      return text;
    }
    if (!text.startsWith("dbname=")) {
      throw new ScriptException(offset, "\\connect is not one that pg_dump writes");
    }
    text = text.substring("dbname=".length());
    if (text.startsWith("'") && text.endsWith("'") && text.length() > 1) {
      text = text.substring(1, text.length() - 1);
    }
    StringBuilder name = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '\\' && i + 1 < text.length()) {
        i++;
      }
      name.append(text.charAt(i));
    }
    return name.toString();
  }
}
