package dev.pgmend.postgres;

/// The SQLSTATEs that pgmend acts on. Source: PostgreSQL documentation, appendix A.
public final class SqlState {
  public static final String QUERY_CANCELED = "57014";
  public static final String LOCK_NOT_AVAILABLE = "55P03";
  public static final String DEADLOCK_DETECTED = "40P01";
  public static final String CHARACTER_NOT_IN_REPERTOIRE = "22021";
  public static final String UNTRANSLATABLE_CHARACTER = "22P05";
  public static final String CHECK_VIOLATION = "23514";
  public static final String INVALID_OBJECT_DEFINITION = "42P17";
  public static final String SYNTAX_ERROR = "42601";
  public static final String INSUFFICIENT_PRIVILEGE = "42501";
  public static final String UNDEFINED_COLUMN = "42703";
  public static final String DATATYPE_MISMATCH = "42804";
  public static final String NOT_NULL_VIOLATION = "23502";
  public static final String UNIQUE_VIOLATION = "23505";
  public static final String EXCLUSION_VIOLATION = "23P01";
  public static final String FOREIGN_KEY_VIOLATION = "23503";

  static final String DISK_FULL = "53100";
  static final String OUT_OF_MEMORY = "53200";
  static final String TOO_MANY_CONNECTIONS = "53300";

  public static final String RAISE_EXCEPTION = "P0001";

  public static final String DEPENDENT_OBJECTS_STILL_EXIST = "2BP01";

  private SqlState() {}

  /// {@return whether the session is gone or was never had: class 08, 28 and 3D, and the shutdowns of class 57}
  public static boolean isConnectionFailure(String state) {
    return state.startsWith("08")
        || state.startsWith("28")
        || state.startsWith("3D")
        || state.startsWith("57P")
        || state.equals(TOO_MANY_CONNECTIONS);
  }

  /// {@return whether the server does not know a setting, or not that value of it}
  static boolean isUnknownSetting(String state) {
    return state.equals("42704") || state.equals("22023");
  }

  /// {@return whether a value is not one of its type: class 22}
  public static boolean isDataException(String state) {
    return state.startsWith("22");
  }

  /// {@return whether a name was not found, as when a user's function relies on a search_path that pg_dump's is not}
  public static boolean isUndefinedName(String state) {
    return state.equals("42883")
        || state.equals("42P01")
        || state.equals("42704")
        || state.equals("3F000");
  }
}
