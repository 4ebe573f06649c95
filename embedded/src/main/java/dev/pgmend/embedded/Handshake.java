package dev.pgmend.embedded;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/// Asks a server on loopback for a session, as a driver would, and hangs up at once: proof that it serves.
///
/// ```
/// startup = length:int32 196608:int32 ("user" "postgres" "database" "postgres") "\0"   // C strings
/// answer  = 'R' (authentication) | 'E' (refused, for instance still starting up)
/// ```
final class Handshake {
  private static final int PROTOCOL_3_0 = 196608;
  private static final int TIMEOUT_MILLIS = 5_000;

  private Handshake() {}

  static boolean succeeds(int port) {
    try (var socket = new Socket()) {
      socket.setSoTimeout(TIMEOUT_MILLIS);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MILLIS);
      socket.getOutputStream().write(startup());
      return socket.getInputStream().read() == 'R';
    } catch (IOException e) {
      return false;
    }
  }

  private static byte[] startup() throws IOException {
    String parameters = "user\0%1$s\0database\0postgres\0\0".formatted(EmbeddedServer.SUPERUSER);
    byte[] body = parameters.getBytes(StandardCharsets.UTF_8);
    var bytes = new ByteArrayOutputStream();
    var out = new DataOutputStream(bytes);
    out.writeInt(8 + body.length);
    out.writeInt(PROTOCOL_3_0);
    out.write(body);
    return bytes.toByteArray();
  }
}
