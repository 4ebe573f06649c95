package dev.pgmend.live;

import dev.pgmend.PgmendException;
import dev.pgmend.postgres.CopySource;
import dev.pgmend.postgres.Session;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// What a COPY … TO STDOUT of a reader sends, and the reader, which is given back when this is closed. Closing it before the end stops it.
final class CopyRows implements AutoCloseable {
  private final Readers readers;
  private final Session session;
  private final CopySource copy;
  private final UnaryOperator<PgmendException> failure;
  private boolean ended;
  private boolean given;

  /// @param failure says where and what it was that failed
  CopyRows(
      Readers readers, Session session, CopySource copy, UnaryOperator<PgmendException> failure) {
    this.readers = readers;
    this.session = session;
    this.copy = copy;
    this.failure = failure;
  }

  /// {@return the next message, null after the last} The server sends each row by itself.
  byte @Nullable [] next() {
    if (ended) {
      return null;
    }
    try {
      byte[] message = copy.next();
      ended = message == null;
      return message;
    } catch (PgmendException e) {
      throw failure.apply(e);
    }
  }

  @Override
  public void close() {
    if (given) {
      return;
    }
    given = true;
    copy.close();
    if (ended) {
      try {
        readers.finished(session);
      } catch (PgmendException e) {
        readers.discard(session);
        throw failure.apply(e);
      }
    } else {
      readers.unfinished(session);
    }
  }
}
