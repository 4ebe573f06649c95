package dev.pgmend.cloud.s3;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.stream.Stream;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/// S3Proxy in a process of its own, which checks signatures and keeps objects in a directory.
final class S3Server implements AutoCloseable {
  static final String KEY = "pgmend-key";
  static final String SECRET = "pgmend-secret";

  private final int port;
  private final Process process;
  private final S3Client client;

  S3Server(Path directory) throws IOException, InterruptedException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    Path data = Files.createDirectories(directory.resolve("s3"));
    Path log = directory.resolve("s3proxy.log");
    Path properties =
        Files.writeString(
            directory.resolve("s3proxy.conf"),
            """
            s3proxy.endpoint=http://127.0.0.1:%d
            s3proxy.authorization=aws-v2-or-v4
            s3proxy.identity=%s
            s3proxy.credential=%s
            jclouds.provider=filesystem-nio2
            jclouds.filesystem.basedir=%s
            """
                .formatted(port, KEY, SECRET, data));
    process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-jar",
                System.getProperty("pgmend.s3proxy.jar"),
                "--properties",
                properties.toString())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    await(log);
    client =
        S3Client.builder()
            .endpointOverride(URI.create("http://127.0.0.1:" + port))
            .forcePathStyle(true)
            .region(Region.US_EAST_1)
            .httpClient(UrlConnectionHttpClient.create())
            .credentialsProvider(
                StaticCredentialsProvider.create(AwsBasicCredentials.create(KEY, SECRET)))
            .build();
  }

  int port() {
    return port;
  }

  private void await(Path log) throws IOException, InterruptedException {
    Instant limit = Instant.now().plus(Duration.ofSeconds(60));
    while (true) {
      try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
        return;
      } catch (IOException e) {
        if (!process.isAlive() || Instant.now().isAfter(limit)) {
          process.destroyForcibly();
          throw new AssertionError("S3Proxy does not start: " + Files.readString(log), e);
        }
        Thread.sleep(100);
      }
    }
  }

  void createBucket(String bucket) {
    client.createBucket(request -> request.bucket(bucket));
  }

  /// Uploads a file, or the files of a directory.
  void put(String bucket, String key, Path file) throws IOException {
    if (Files.isDirectory(file)) {
      try (Stream<Path> files = Files.list(file)) {
        for (Path inside : files.toList()) {
          put(bucket, key + "/" + inside.getFileName(), inside);
        }
      }
    } else {
      client.putObject(request -> request.bucket(bucket).key(key), file);
    }
  }

  @Override
  public void close() throws InterruptedException {
    client.close();
    process.destroyForcibly().waitFor();
  }
}
