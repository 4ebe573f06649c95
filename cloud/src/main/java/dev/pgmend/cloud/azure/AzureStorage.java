package dev.pgmend.cloud.azure;

import dev.pgmend.PgmendException;
import dev.pgmend.PgmendException.Kind;
import dev.pgmend.cloud.Environment;
import dev.pgmend.cloud.ObjectName;
import dev.pgmend.cloud.Places;
import dev.pgmend.cloud.Retry;
import dev.pgmend.cloud.http.Http;
import dev.pgmend.content.Location;
import dev.pgmend.content.Storage;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads `az://container/blob`, in the account that the environment names, and
/// `https://account.blob.core.windows.net/container/blob`, with a shared access signature or without.
public final class AzureStorage implements Storage {
  private static final Pattern BLOB =
      Pattern.compile(
          "(?<host>(?<account>[a-z0-9]+)\\.blob\\.core\\.(?:windows\\.net|usgovcloudapi\\.net|chinacloudapi\\.cn))"
              + "/(?<path>[^?#]*)(?:\\?(?<query>[^#]*))?");

  private final Environment environment;
  private final Retry retry;

  public AzureStorage() {
    this(Environment.ofProcess(), Retry.USUAL);
  }

  AzureStorage(Environment environment, Retry retry) {
    this.environment = environment;
    this.retry = retry;
  }

  @Override
  public boolean reads(Location location) {
    return location.scheme().equals("az")
        || (location.scheme().equals("https") && BLOB.matcher(location.rest()).matches());
  }

  @Override
  public Found open(Location location, Consumer<AutoCloseable> owner) {
    Http http = new Http(environment.variables());
    Account account;
    String path;
    Matcher blob = BLOB.matcher(location.rest());
    if (location.scheme().equals("https") && blob.matches()) {
      @Nullable String signature = blob.group("query");
      account =
          Account.named(
              blob.group("account"), "https://" + blob.group("host"), signature, environment);
      path = URLDecoder.decode(blob.group("path").replace("+", "%2B"), StandardCharsets.UTF_8);
    } else {
      account = Account.of(environment);
      path = location.rest();
    }
    ObjectName blobName = ObjectName.of(path);
    String container = blobName.bucket();
    if (container.isEmpty()) {
      throw new PgmendException(
          Kind.USAGE, location.name() + ": names no container", "Name one: az://container/blob");
    }
    String start = location.scheme().equals("az") ? "az://" : account.endpoint() + "/";
    var requests = new Requests(http, account, new AzureTokens(http, environment));
    return Places.find(
        new Container(requests, start + container, container), blobName.key(), retry);
  }
}
