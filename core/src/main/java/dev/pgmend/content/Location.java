package dev.pgmend.content;

import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where a backup lies that is no file: `s3://bucket/app.dump`. May hold secrets, such as the signature of a signed URL, so only
/// [#name()] is for people.
///
/// @param scheme in lower case
/// @param rest what follows `://`
public record Location(String scheme, String rest) {
  /// One letter would be a drive of Windows.
  private static final Pattern FORM =
      Pattern.compile("([A-Za-z][A-Za-z0-9+.-]+)://(.*)", Pattern.DOTALL);

  /// The password of a user, and what comes after a question mark: signatures are there.
  private static final Pattern USER = Pattern.compile("^[^/@]*@");

  private static final Pattern QUERY = Pattern.compile("\\?[^/?]*=.*|#.*", Pattern.DOTALL);

  /// {@return the location, if the text is one and not a path}
  public static Optional<Location> of(String text) {
    Matcher form = FORM.matcher(text);
    return form.matches()
        ? Optional.of(new Location(form.group(1).toLowerCase(Locale.ROOT), form.group(2)))
        : Optional.empty();
  }

  /// {@return what messages, reports and the journal call it: without user, password and query}
  public String name() {
    return scheme + "://" + QUERY.matcher(USER.matcher(rest).replaceFirst("")).replaceFirst("");
  }

  /// {@return the location as it was given, with its secrets}
  public String text() {
    return scheme + "://" + rest;
  }

  @Override
  public String toString() {
    return name();
  }
}
