package dev.pgmend.cloud.s3;

import java.io.FilterInputStream;
import java.io.IOException;
import software.amazon.awssdk.core.ResponseInputStream;
import software.amazon.awssdk.core.exception.SdkException;

/// The body of an answer. Closed early, it gives up the connection instead of reading the rest.
final class AbortingInputStream extends FilterInputStream {
  private final ResponseInputStream<?> body;
  private long left;

  AbortingInputStream(ResponseInputStream<?> body, long length) {
    super(body);
    this.body = body;
    this.left = length;
  }

  @Override
  public int read() throws IOException {
    byte[] single = new byte[1];
    return read(single, 0, 1) < 0 ? -1 : single[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    try {
      int count = super.read(bytes, offset, length);
      left -= Math.max(0, count);
      return count;
    } catch (SdkException e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  @Override
  public void close() throws IOException {
    if (left > 0) {
      body.abort();
    } else {
      body.close();
    }
  }
}
