package dev.pgmend;

import static com.tngtech.archunit.core.domain.JavaCall.Predicates.target;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.type;
import static com.tngtech.archunit.core.domain.properties.HasName.Predicates.name;
import static com.tngtech.archunit.core.domain.properties.HasOwner.Predicates.With.owner;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaPackage;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/// The shape of the library, as rules with their reasons.
class ArchitectureTest {
  private static final JavaClasses CORE =
      new ClassFileImporter()
          .importUrl(PgmendException.class.getProtectionDomain().getCodeSource().getLocation());

  @Test
  void packagesDependOnEachOtherInOneDirectionOnly() {
    slices().matching("dev.pgmend.(*)..").should().beFreeOfCycles().check(CORE);
  }

  @Test
  void readingAndPlanningArePure() {
    noClasses()
        .that()
        .resideInAnyPackage(
            "dev.pgmend.archive..",
            "dev.pgmend.codec..",
            "dev.pgmend.content..",
            "dev.pgmend.script..",
            "dev.pgmend.sql..",
            "dev.pgmend.closure..",
            "dev.pgmend.inspect..",
            "dev.pgmend.plan..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("java.sql..", "javax.sql..", "org.postgresql..")
        .because("an archive is read and a restore is planned without a server, and tested so")
        .check(CORE);
  }

  @Test
  void onlyPostgresUsesTheDriver() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.pgmend.postgres..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("org.postgresql..")
        .because("what the driver does better than java.sql has one place")
        .check(CORE);
  }

  @Test
  void neitherPrintsNorExits() {
    noClasses()
        .should()
        .accessField(System.class, "out")
        .orShould()
        .accessField(System.class, "err")
        .orShould()
        .callMethodWhere(
            target(name("printStackTrace")).and(target(owner(assignableToThrowable()))))
        .orShould()
        .callMethod(System.class, "exit", int.class)
        .orShould()
        .callMethodWhere(target(owner(type(Runtime.class))).and(target(name("exit"))))
        .because("only the command line prints and decides on the exit code")
        .check(CORE);
  }

  @Test
  void everyPackageIsNullMarked() {
    Set<JavaPackage> packages =
        CORE.stream().map(JavaClass::getPackage).collect(Collectors.toSet());
    assertThat(packages)
        .isNotEmpty()
        .allSatisfy(p -> assertThat(p.isAnnotatedWith(NullMarked.class)).as(p.getName()).isTrue());
  }

  private static DescribedPredicate<JavaClass> assignableToThrowable() {
    return JavaClass.Predicates.assignableTo(Throwable.class);
  }
}
