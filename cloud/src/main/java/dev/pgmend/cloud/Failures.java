package dev.pgmend.cloud;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What goes wrong in every store, in the same words.
public final class Failures {
  private Failures() {}

  /// Another version of the object is there now, or none.
  public static PgmendException changed(String name) {
    return new PgmendException(
        Kind.SOURCE,
        name + ": was changed while it was read; nothing of it can be used",
        "Run the command again when nobody writes to it any more.");
  }

  /// Nothing has that name.
  public static PgmendException missing(String name) {
    return new PgmendException(
        Kind.SOURCE,
        name + ": there is neither an object nor a directory of that name",
        "Look at the name; in a key, capitals matter.");
  }

  /// There are objects below that name, but they are no directory archive.
  public static PgmendException noArchive(String name, List<String> inside) {
    return new PgmendException(
        Kind.SOURCE,
        name + ": has no toc.dat, so it is not a pg_dump archive",
        "Name one of the objects in it: " + String.join(", ", inside));
  }

  /// The bucket is not there.
  public static PgmendException noBucket(String name) {
    return new PgmendException(
        Kind.SOURCE,
        name + ": there is no such bucket or container",
        "Look at the name, and at the endpoint or account if you set one.");
  }

  /// Whoever asks may not read it.
  ///
  /// @param reason what the server says, null if it says nothing
  public static PgmendException denied(String name, @Nullable String reason, String hint) {
    String why = reason == null || reason.isBlank() ? "" : ": " + reason;
    return new PgmendException(Kind.SOURCE, name + ": access was denied" + why, hint);
  }

  /// What a server did that it should not.
  public static PgmendException unexpected(String name, String what) {
    return new PgmendException(Kind.SOURCE, name + ": " + what);
  }
}
