package dev.pgmend.fault;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/// A wire between a client and the server that can be tapped, cut and held. Counts what the client sends, and its COMMITs.
///
/// Only the first connection is watched: the later ones are those of a client that looks what has become of the first.
final class Proxy implements AutoCloseable {
  private static final byte[] COMMIT = "COMMIT".getBytes(StandardCharsets.US_ASCII);

  private final ServerSocket door;
  private final int port;
  private final List<Socket> sockets = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicLong sent = new AtomicLong();
  private final AtomicInteger commits = new AtomicInteger();
  private final Tap tap;
  private volatile boolean held;

  /// Told of everything that the first connection's client sends, before it is passed on.
  interface Tap {
    /// A tap that sees and does nothing.
    Tap NONE = (_, _) -> Verdict.PASS;

    /// @param bytes how many the client will have sent with these
    /// @param commit which COMMIT this is, from 1; 0 if it is none
    Verdict sending(long bytes, int commit);

    /// Called when something was passed on for which the verdict was [Verdict#PASS_AND_TELL]; the answer waits meanwhile.
    default void passed() {}
  }

  /// What becomes of what the client sends.
  enum Verdict {
    PASS,
    /// It is passed on, but no answer is, and the tap is told.
    PASS_AND_TELL,
    /// The first half of it is passed on and then the wire is cut.
    TRUNCATE,
    /// Nothing of it is passed on; the wire is cut.
    CUT,
    /// Nothing of it is passed on; nobody is told.
    SWALLOW
  }

  Proxy(int port, Tap tap) {
    this.port = port;
    this.tap = tap;
    try {
      door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return door.getLocalPort();
  }

  /// {@return how many bytes the first client has sent}
  long sent() {
    return sent.get();
  }

  /// {@return how many COMMITs the first client has sent}
  int commits() {
    return commits.get();
  }

  /// Cuts all wires at once, as when a machine resets.
  void cut() {
    sockets.forEach(Proxy::reset);
    sockets.clear();
  }

  /// Passes nothing on until released.
  void hold() {
    held = true;
  }

  void release() {
    held = false;
  }

  @Override
  public void close() {
    try {
      door.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    cut();
  }

  private void accept() {
    while (true) {
      try {
        Socket client = door.accept();
        Socket server = new Socket(InetAddress.getLoopbackAddress(), port);
        client.setTcpNoDelay(true);
        server.setTcpNoDelay(true);
        sockets.add(client);
        sockets.add(server);
        boolean watched = connections.incrementAndGet() == 1;
        Thread.ofPlatform().daemon().start(() -> toServer(client, server, watched));
        Thread.ofPlatform().daemon().start(() -> toClient(server, client));
      } catch (IOException e) {
        if (door.isClosed()) {
          return;
        }
      }
    }
  }

  private void toServer(Socket client, Socket server, boolean watched) {
    byte[] buffer = new byte[1 << 14];
    try (client;
        server) {
      InputStream in = client.getInputStream();
      OutputStream out = server.getOutputStream();
      int length;
      while ((length = in.read(buffer)) >= 0) {
        waitWhileHeld();
        Verdict verdict = watched ? watch(buffer, length) : Verdict.PASS;
        switch (verdict) {
          case PASS -> out.write(buffer, 0, length);
          case PASS_AND_TELL -> {
            hold();
            out.write(buffer, 0, length);
            tap.passed();
          }
          case TRUNCATE -> {
            out.write(buffer, 0, length / 2);
            return;
          }
          case CUT -> {
            reset(client);
            reset(server);
            return;
          }
          case SWALLOW -> {
            // As if it were still on its way.
          }
        }
      }
    } catch (IOException e) {
      // One of the two has gone; the other will see it.
      return;
    }
  }

  private Verdict watch(byte[] buffer, int length) {
    boolean commit = contains(buffer, length);
    return tap.sending(sent.addAndGet(length), commit ? commits.incrementAndGet() : 0);
  }

  private void toClient(Socket server, Socket client) {
    byte[] buffer = new byte[1 << 14];
    try (server;
        client) {
      InputStream in = server.getInputStream();
      OutputStream out = client.getOutputStream();
      int length;
      while ((length = in.read(buffer)) >= 0) {
        waitWhileHeld();
        out.write(buffer, 0, length);
      }
    } catch (IOException e) {
      return;
    }
  }

  private void waitWhileHeld() {
    while (held) {
      try {
        Thread.sleep(5);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  private static boolean contains(byte[] buffer, int length) {
    for (int i = 0; i + COMMIT.length <= length; i++) {
      int same = 0;
      while (same < COMMIT.length && buffer[i + same] == COMMIT[same]) {
        same++;
      }
      if (same == COMMIT.length) {
        return true;
      }
    }
    return false;
  }

  private static void reset(Socket socket) {
    try {
      socket.setSoLinger(true, 0);
    } catch (SocketException e) {
      // Closed already.
    }
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
