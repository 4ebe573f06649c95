package dev.pgmend.cloud.http;

import dev.pgmend.PgmendException;
import dev.pgmend.cloud.RangedSource;
import dev.pgmend.cloud.Retry;
import dev.pgmend.content.ByteSource;
import dev.pgmend.content.Location;
import dev.pgmend.content.Spool;
import dev.pgmend.content.Storage;
import java.io.IOException;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Reads `https://` and `http://`. What a server gives only as a whole is copied to a temporary file first.
public final class HttpStorage implements Storage {
  private static final Map<String, String> FIRST_BYTE = Map.of("Range", "bytes=0-0");

  private final Map<String, String> environment;
  private final Retry retry;

  public HttpStorage() {
    this(System.getenv(), Retry.USUAL);
  }

  HttpStorage(Map<String, String> environment, Retry retry) {
    this.environment = environment;
    this.retry = retry;
  }

  @Override
  public boolean reads(Location location) {
    return location.scheme().equals("https") || location.scheme().equals("http");
  }

  @Override
  public Found open(Location location, Consumer<AutoCloseable> owner) {
    String name = location.name();
    WebAddress address = new WebAddress(new Http(environment), location);
    return new Found.One(retry.run(name, () -> open(address, name, owner)));
  }

  private ByteSource open(WebAddress address, String name, Consumer<AutoCloseable> owner)
      throws IOException {
    try (Answer answer = address.get(FIRST_BYTE)) {
      switch (answer.status()) {
        case 206 -> {
          HttpObject object = HttpObject.of(address, name, answer);
          if (object != null) {
            return new RangedSource(object, retry);
          }
        }
        case 200 -> {
          return copy(answer, name, owner);
        }
        // There is no first byte.
        case 416 -> {
          return ByteSource.of(new byte[0]);
        }
        default -> throw WebAddress.refused(name, answer);
      }
    }
    // Ranges without the size of the whole are of no use.
    try (Answer answer = address.get(Map.of())) {
      if (answer.status() != 200) {
        throw WebAddress.refused(name, answer);
      }
      return copy(answer, name, owner);
    }
  }

  private static Spool copy(Answer whole, String name, Consumer<AutoCloseable> owner)
      throws IOException {
    try {
      Spool spool = Spool.of(whole.body(), length(whole));
      owner.accept(spool);
      return spool;
    } catch (PgmendException e) {
      throw new PgmendException(e.kind(), name + ": " + e.getMessage(), e.hint(), e);
    }
  }

  private static long length(Answer answer) {
    @Nullable String length = answer.header("Content-Length");
    return length != null && length.matches("[0-9]{1,18}") ? Long.parseLong(length) : -1;
  }
}
