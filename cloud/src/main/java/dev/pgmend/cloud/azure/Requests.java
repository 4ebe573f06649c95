package dev.pgmend.cloud.azure;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.cloud.Failures;
import dev.pgmend.cloud.http.Answer;
import dev.pgmend.cloud.http.Http;
import dev.pgmend.cloud.http.Query;
import java.io.IOException;
import java.net.URI;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.HashMap;
import java.util.Map;

/// Asks a storage account, with the credentials that there are for it.
record Requests(Http http, Account account, AzureTokens tokens) {
  private static final String VERSION = "2021-12-02";

  /// {@return the answer to a GET}
  ///
  /// @param path what follows the account's endpoint, encoded
  Answer get(String path, Map<String, String> query, Map<String, String> headers)
      throws IOException {
    Map<String, String> all = new HashMap<>(headers);
    all.put("x-ms-version", VERSION);
    all.put("x-ms-date", date());
    String text = Query.of(query);
    String signature = account.signature();
    if (signature != null) {
      text = text.isEmpty() ? signature : text + "&" + signature;
    }
    URI address = URI.create(account.endpoint() + path + (text.isEmpty() ? "" : "?" + text));
    String key = account.key();
    if (key != null) {
      all.put("Authorization", signed(key, address, query, all));
    } else if (signature == null) {
      String authorization = tokens.authorization();
      if (authorization != null) {
        all.put("Authorization", authorization);
      }
    }
    return http.get(address, all);
  }

  private String signed(
      String key, URI address, Map<String, String> query, Map<String, String> headers) {
    try {
      return SharedKey.authorization(account.name(), key, address, query, headers);
    } catch (IllegalArgumentException _) {
      throw new PgmendException(
          Kind.USAGE, "the key of storage account " + account.name() + " is not Base64");
    }
  }

  /// {@return what to say of an answer that gives nothing}
  static PgmendException refused(String name, Answer answer) {
    String code = answer.header("x-ms-error-code");
    int status = answer.status();
    if ("ContainerNotFound".equals(code)) {
      return Failures.noBucket(name);
    }
    if ("BlobArchived".equals(code)) {
      return new PgmendException(
          Kind.SOURCE,
          name + ": is in the archive tier and cannot be read at once",
          "Rehydrate it first: az storage blob set-tier --tier Hot.");
    }
    String said = code == null ? "status " + status : code;
    // 409 is PublicAccessNotPermitted, to somebody without credentials.
    return status == 401 || status == 403 || status == 409
        ? Failures.denied(
            name,
            said,
            "Reading takes the role Storage Blob Data Reader, the account's key, or a signature with the permissions"
                + " r and l; see AZURE_STORAGE_CONNECTION_STRING, AZURE_STORAGE_KEY, AZURE_STORAGE_SAS_TOKEN.")
        : Failures.unexpected(name, "the server refused with status %d %s".formatted(status, said));
  }

  private static String date() {
    return DateTimeFormatter.RFC_1123_DATE_TIME.format(ZonedDateTime.now(ZoneOffset.UTC));
  }
}
