import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;

/// Writes a jar anew whose class files are older than Java 6 in the form of today: the JVM keeps only such classes in its cache of
/// classes that are loaded and linked ahead. Nothing else in them changes. Run by `./pgmend` when it has built.
class NewerClasses {
  private static final int FIRST_WITH_STACK_MAPS = ClassFile.JAVA_6_VERSION;

  public static void main(String[] arguments) throws IOException {
    Path jar = Path.of(arguments[0]);
    Path fresh = jar.resolveSibling(jar.getFileName() + ".new");
    boolean older = false;
    try (JarFile in = new JarFile(jar.toFile());
        URLClassLoader classes = new URLClassLoader(new URL[] {jar.toUri().toURL()});
        JarOutputStream out = new JarOutputStream(Files.newOutputStream(fresh))) {
      ClassFile files =
          ClassFile.of(
              StackMapsOption.GENERATE_STACK_MAPS,
              ClassHierarchyResolverOption.of(
                  ClassHierarchyResolver.ofResourceParsing(classes)
                      .orElse(ClassHierarchyResolver.defaultResolver())));
      for (JarEntry entry : List.copyOf(in.stream().toList())) {
        out.putNextEntry(new JarEntry(entry.getName()));
        byte[] bytes = in.getInputStream(entry).readAllBytes();
        if (entry.getName().endsWith(".class") && version(bytes) < FIRST_WITH_STACK_MAPS) {
          older = true;
          bytes =
              files.transformClass(
                  files.parse(bytes),
                  ClassTransform.transformingMethodBodies((code, element) -> code.with(element))
                      .andThen(
                          (built, element) -> {
                            if (element instanceof ClassFileVersion) {
                              built.withVersion(ClassFile.JAVA_25_VERSION, 0);
                            } else {
                              built.with(element);
                            }
                          }));
        }
        out.write(bytes);
        out.closeEntry();
      }
    }
    if (older) {
      Files.move(fresh, jar, StandardCopyOption.REPLACE_EXISTING);
    } else {
      Files.delete(fresh);
    }
  }

  private static int version(byte[] bytes) {
    return (bytes[6] & 0xff) << 8 | bytes[7] & 0xff;
  }
}
