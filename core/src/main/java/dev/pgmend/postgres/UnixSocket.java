package dev.pgmend.postgres;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ClosedSelectorException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.jspecify.annotations.Nullable;

/// What the driver needs of a socket, on a Unix socket: the JDK has channels for these, but no [Socket]. The address that the driver
/// names is not looked at. Reading and writing at the same time is fine; several readers are not.
final class UnixSocket extends Socket {
  private final UnixDomainSocketAddress address;
  private final Input input = new Input();
  private final Output output = new Output();
  private @Nullable SocketChannel channel;
  private @Nullable Selector readable;
  private @Nullable Selector writable;
  private volatile int timeout;
  private volatile boolean closed;

  UnixSocket(UnixDomainSocketAddress address) {
    this.address = address;
  }

  @Override
  public void connect(SocketAddress endpoint) throws IOException {
    connect(endpoint, 0);
  }

  @Override
  public void connect(SocketAddress endpoint, int milliseconds) throws IOException {
    SocketChannel opened = SocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      opened.connect(address);
      // Never blocking: a channel that blocks cannot be read with a timeout.
      opened.configureBlocking(false);
      Selector reading = Selector.open();
      opened.register(reading, SelectionKey.OP_READ);
      Selector writing = Selector.open();
      opened.register(writing, SelectionKey.OP_WRITE);
      readable = reading;
      writable = writing;
      channel = opened;
    } catch (IOException e) {
      opened.close();
      throw e;
    }
  }

  private SocketChannel channel() throws SocketException {
    SocketChannel open = channel;
    if (open == null || closed) {
      throw new SocketException("socket is closed");
    }
    return open;
  }

  @Override
  public boolean isConnected() {
    return channel != null;
  }

  @Override
  public boolean isClosed() {
    return closed;
  }

  @Override
  public boolean isInputShutdown() {
    return closed;
  }

  @Override
  public boolean isOutputShutdown() {
    return closed;
  }

  @Override
  public InputStream getInputStream() {
    return input;
  }

  @Override
  public OutputStream getOutputStream() {
    return output;
  }

  @Override
  public void setSoTimeout(int milliseconds) {
    timeout = milliseconds;
  }

  @Override
  public int getSoTimeout() {
    return timeout;
  }

  // What follows is of TCP, and the driver sets it wherever it connects.

  @Override
  public void setTcpNoDelay(boolean on) {}

  @Override
  public boolean getTcpNoDelay() {
    return true;
  }

  @Override
  public void setKeepAlive(boolean on) {}

  @Override
  public boolean getKeepAlive() {
    return false;
  }

  @Override
  public void setSendBufferSize(int size) {}

  @Override
  public int getSendBufferSize() {
    return 1 << 16;
  }

  @Override
  public void setReceiveBufferSize(int size) {}

  @Override
  public int getReceiveBufferSize() {
    return 1 << 16;
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    SocketChannel open = channel;
    if (open != null) {
      open.close();
    }
    if (readable != null) {
      readable.close();
    }
    if (writable != null) {
      writable.close();
    }
  }

  @Override
  public String toString() {
    return "UnixSocket[%s]".formatted(address);
  }

  private final class Input extends InputStream {
    private final byte[] one = new byte[1];

    @Override
    public int read() throws IOException {
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
      long start = System.nanoTime();
      while (true) {
        try {
          int count = channel().read(buffer);
          if (count != 0) {
            return count;
          }
          await(start);
        } catch (ClosedChannelException | ClosedSelectorException e) {
          throw closed(e);
        }
      }
    }

    private void await(long start) throws IOException {
      Selector selector = readable;
      if (selector == null) {
        throw new SocketException("socket is not connected");
      }
      int allowed = timeout;
      long left = allowed - (System.nanoTime() - start) / 1_000_000;
      if (allowed > 0 && left <= 0) {
        throw new SocketTimeoutException("Read timed out");
      }
      selector.select(allowed > 0 ? left : 0);
      selector.selectedKeys().clear();
      if (Thread.currentThread().isInterrupted()) {
        throw new SocketException("interrupted");
      }
    }
  }

  private final class Output extends OutputStream {
    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      ByteBuffer buffer = ByteBuffer.wrap(bytes, offset, length);
      while (buffer.hasRemaining()) {
        try {
          Selector selector = writable;
          if (channel().write(buffer) == 0 && selector != null) {
            selector.select();
            selector.selectedKeys().clear();
          }
        } catch (ClosedChannelException | ClosedSelectorException e) {
          throw closed(e);
        }
      }
    }
  }

  private static SocketException closed(Exception cause) {
    SocketException failure = new SocketException("socket closed");
    failure.initCause(cause);
    return failure;
  }
}
