package dev.pgmend.content;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Where the classes that read other places than the file system come from: the class path, or the jars of the directory that the property
/// `pgmend.storages` names. What is not on the class path costs nothing when the program starts.
final class Libraries {
  private Libraries() {}

  private static final class Holder {
    static final ClassLoader LOADER = find();
  }

  /// {@return the same loader each time}
  static ClassLoader loader() {
    return Holder.LOADER;
  }

  private static ClassLoader find() {
    ClassLoader own = Libraries.class.getClassLoader();
    String directory = System.getProperty("pgmend.storages", "");
    if (directory.isEmpty() || !Files.isDirectory(Path.of(directory))) {
      return own;
    }
    List<URL> jars = new ArrayList<>();
    try (DirectoryStream<Path> found = Files.newDirectoryStream(Path.of(directory), "*.jar")) {
      for (Path jar : found) {
        jars.add(url(jar));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    ClassLoader loader = new URLClassLoader("pgmend-storages", jars.toArray(URL[]::new), own);
    // The SDK looks for its HTTP client, and for the parts of its chain of credentials, there.
    Thread.currentThread().setContextClassLoader(loader);
    return loader;
  }

  private static URL url(Path jar) {
    try {
      return jar.toUri().toURL();
    } catch (MalformedURLException e) {
      throw new UncheckedIOException(e);
    }
  }
}
