package dev.pgmend.cloud;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongUnaryOperator;

/// Stands between a client and a server and counts what the server sends, headers included. Can break connections.
public final class CountingRelay implements AutoCloseable {
  private final ServerSocket listener;
  private final int server;
  private final AtomicLong sent = new AtomicLong();
  private final AtomicLong connections = new AtomicLong();
  private volatile LongUnaryOperator limit = _ -> Long.MAX_VALUE;

  public CountingRelay(int server) {
    this.server = server;
    try {
      listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().start(this::listen);
  }

  public int port() {
    return listener.getLocalPort();
  }

  /// {@return how many bytes the server has sent since the last call}
  public long sent() {
    return sent.getAndSet(0);
  }

  /// {@return how many connections there were}
  public long connections() {
    return connections.get();
  }

  /// Breaks a connection when the server has sent that many bytes through it; it is given the number of the connection.
  public void breakAfter(LongUnaryOperator limit) {
    this.limit = limit;
  }

  private void listen() {
    try {
      while (true) {
        Socket client = listener.accept();
        Socket there = new Socket(InetAddress.getLoopbackAddress(), server);
        long number = connections.getAndIncrement();
        Thread.ofVirtual().start(() -> pass(client, there, Long.MAX_VALUE, new AtomicLong()));
        Thread.ofVirtual().start(() -> pass(there, client, limit.applyAsLong(number), sent));
      }
    } catch (IOException _) {
      // Closed.
    }
  }

  private static void pass(Socket from, Socket to, long most, AtomicLong counted) {
    byte[] buffer = new byte[8192];
    long left = most;
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      while (left > 0) {
        int count = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (count < 0) {
          return;
        }
        out.write(buffer, 0, count);
        counted.addAndGet(count);
        left -= count;
      }
      to.setSoLinger(true, 0);
    } catch (IOException _) {
      // Either side has gone; so does the other.
    }
  }

  @Override
  public void close() throws IOException {
    listener.close();
  }
}
