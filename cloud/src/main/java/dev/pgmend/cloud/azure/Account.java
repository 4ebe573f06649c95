package dev.pgmend.cloud.azure;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.cloud.Environment;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A storage account and how one gets into it: by its key, by a shared access signature, or with neither, by a token.
///
/// @param endpoint where its containers are, without a `/` at the end
/// @param key in Base64
/// @param signature the query of a signed address
record Account(String name, String endpoint, @Nullable String key, @Nullable String signature) {
  /// What everybody knows of Azurite and its forebear.
  private static final String EMULATOR = "devstoreaccount1";

  private static final String EMULATOR_KEY =
      "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

  /// {@return the account that the environment names: by a connection string, or by name}
  static Account of(Environment environment) {
    Optional<String> connection = environment.find("AZURE_STORAGE_CONNECTION_STRING");
    if (connection.isPresent()) {
      return parse(connection.get());
    }
    String name =
        environment
            .find("AZURE_STORAGE_ACCOUNT")
            .or(() -> environment.find("AZURE_STORAGE_ACCOUNT_NAME"))
            .orElseThrow(() ->
                new PgmendException(
                    Kind.USAGE,
                    "az:// names a container, but not the storage account that it is in",
                    "Set AZURE_STORAGE_ACCOUNT or AZURE_STORAGE_CONNECTION_STRING,"
                        + " or name the blob as https://ACCOUNT.blob.core.windows.net/container/blob."));
    String endpoint =
        environment
            .find("AZURE_STORAGE_SERVICE_ENDPOINT")
            .orElse("https://" + name + ".blob.core.windows.net");
    return named(name, endpoint, null, environment);
  }

  /// {@return an account whose name is known, with the key or signature that the environment has for it}
  static Account named(
      String name, String endpoint, @Nullable String signature, Environment environment) {
    String address = endpoint.replaceFirst("/+$", "");
    if (signature != null && signature.contains("sig=")) {
      return new Account(name, address, null, signature);
    }
    Optional<String> connection = environment.find("AZURE_STORAGE_CONNECTION_STRING");
    if (connection.isPresent()) {
      Account known = parse(connection.get());
      if (known.name.equals(name)) {
        return new Account(name, address, known.key, known.signature);
      }
    }
    // The key of another account would be of no use.
    boolean other =
        environment.find("AZURE_STORAGE_ACCOUNT").filter(named -> !named.equals(name)).isPresent();
    if (other) {
      return new Account(name, address, null, null);
    }
    Optional<String> key =
        environment
            .find("AZURE_STORAGE_KEY")
            .or(() -> environment.find("AZURE_STORAGE_ACCOUNT_KEY"));
    Optional<String> token = environment.find("AZURE_STORAGE_SAS_TOKEN");
    return new Account(
        name,
        address,
        key.orElse(null),
        key.isPresent() ? null : token.map(text -> text.replaceFirst("^\\?", "")).orElse(null));
  }

  /// Reads `Name=value;Name=value`.
  private static Account parse(String connection) {
    Map<String, String> parts = new HashMap<>();
    for (String part : connection.split(";")) {
      int equals = part.indexOf('=');
      if (equals > 0) {
        parts.put(
            part.substring(0, equals).strip().toLowerCase(Locale.ROOT),
            part.substring(equals + 1).strip());
      }
    }
    if (parts.getOrDefault("usedevelopmentstorage", "").equalsIgnoreCase("true")) {
      return new Account(EMULATOR, "http://127.0.0.1:10000/" + EMULATOR, EMULATOR_KEY, null);
    }
    String endpoint = parts.get("blobendpoint");
    String name = parts.get("accountname");
    if (name == null && endpoint != null) {
      name = endpoint.replaceFirst("^https?://", "").replaceFirst("[./:].*", "");
    }
    if (name == null) {
      throw new PgmendException(
          Kind.USAGE, "AZURE_STORAGE_CONNECTION_STRING names neither AccountName nor BlobEndpoint");
    }
    if (endpoint == null) {
      endpoint =
          "%s://%s.blob.%s"
              .formatted(
                  parts.getOrDefault("defaultendpointsprotocol", "https"),
                  name,
                  parts.getOrDefault("endpointsuffix", "core.windows.net"));
    }
    String signature = parts.get("sharedaccesssignature");
    return new Account(
        name,
        endpoint.replaceFirst("/+$", ""),
        parts.get("accountkey"),
        signature == null ? null : signature.replaceFirst("^\\?", ""));
  }

  @Override
  public String toString() {
    return endpoint;
  }
}
