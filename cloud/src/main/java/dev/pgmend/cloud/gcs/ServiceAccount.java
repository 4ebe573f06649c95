package dev.pgmend.cloud.gcs;

import dev.pgmend.cloud.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;

/// A service account proves who it is by a JSON web token that its private key signs.
final class ServiceAccount {
  private static final String READ = "https://www.googleapis.com/auth/devstorage.read_only";
  private static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
  private static final long SECONDS = 3600;

  private ServiceAccount() {}

  /// {@return what is exchanged for a token}
  /// @throws IllegalArgumentException if the credentials have no key that can sign
  static String assertion(JsonObject credentials, String tokens) {
    long now = Instant.now().getEpochSecond();
    String header =
        "{\"alg\":\"RS256\",\"typ\":\"JWT\",\"kid\":%s}"
            .formatted(quote(credentials.find("private_key_id").orElse("")));
    String claims =
        "{\"iss\":%s,\"scope\":\"%s\",\"aud\":%s,\"iat\":%d,\"exp\":%d}"
            .formatted(
                quote(credentials.text("client_email")), READ, quote(tokens), now, now + SECONDS);
    String signed = encode(header) + "." + encode(claims);
    try {
      Signature signature = Signature.getInstance("SHA256withRSA");
      signature.initSign(key(credentials.text("private_key")));
      signature.update(signed.getBytes(StandardCharsets.US_ASCII));
      return signed + "." + BASE64.encodeToString(signature.sign());
    } catch (GeneralSecurityException _) {
      throw new IllegalArgumentException("its private key cannot be used");
    }
  }

  private static PrivateKey key(String pem) throws GeneralSecurityException {
    String base64 = pem.replaceAll("-----(BEGIN|END) PRIVATE KEY-----|\\s", "");
    return KeyFactory.getInstance("RSA")
        .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
  }

  private static String encode(String text) {
    return BASE64.encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String quote(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}
