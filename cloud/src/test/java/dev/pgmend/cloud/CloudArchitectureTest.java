package dev.pgmend.cloud;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import dev.pgmend.PgmendException;
import dev.pgmend.content.Storage;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Test;

class CloudArchitectureTest {
  private static final JavaClasses CLOUD = classesBeside(RangedSource.class);
  private static final JavaClasses CORE = classesBeside(PgmendException.class);

  @Test
  void onlyS3KnowsTheSdk() {
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.pgmend.cloud.s3..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("software.amazon..")
        .because(
            "the other stores are read with java.net.http, and must not wait for the SDK to load")
        .check(CLOUD);
  }

  @Test
  void whatIsAskedWhetherItReadsALocationDoesNotLoadTheSdk() {
    noClasses()
        .that()
        .haveSimpleNameEndingWith("Storage")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("software.amazon..")
        .check(CLOUD);
  }

  @Test
  void coreDoesNotKnowCloud() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.pgmend.cloud..", "software.amazon..")
        .check(CORE);
    noClasses()
        .that()
        .resideOutsideOfPackage("dev.pgmend.checks..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("java.net.http..")
        .because("the user's own probes are all that core asks of web servers")
        .check(CORE);
  }

  @Test
  void cloudKnowsOfCoreHowBytesAreReadAndNoMore() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.pgmend.archive..",
            "dev.pgmend.plan..",
            "dev.pgmend.postgres..",
            "dev.pgmend.run..",
            "java.sql..")
        .check(CLOUD);
  }

  @Test
  void storesDoNotKnowEachOther() {
    SlicesRuleDefinition.slices()
        .matching("dev.pgmend.cloud.(s3|gcs|azure)..")
        .should()
        .notDependOnEachOther()
        .check(CLOUD);
    SlicesRuleDefinition.slices()
        .matching("dev.pgmend.(cloud.*)..")
        .should()
        .beFreeOfCycles()
        .check(CLOUD);
  }

  @Test
  void everyStorageIsFound() {
    assertThat(ServiceLoader.load(Storage.class))
        .extracting(storage -> storage.getClass().getSimpleName())
        .containsExactly("S3Storage", "GcsStorage", "AzureStorage", "HttpStorage");
  }

  private static JavaClasses classesBeside(Class<?> type) {
    return new ClassFileImporter()
        .importUrl(type.getProtectionDomain().getCodeSource().getLocation());
  }
}
