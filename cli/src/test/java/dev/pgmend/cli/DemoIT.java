package dev.pgmend.cli;

import static dev.pgmend.cli.Program.pgmend;
import static org.assertj.core.api.Assertions.assertThat;

import dev.pgmend.cli.Program.Run;
import org.junit.jupiter.api.Test;

/// The packaged program, as a user runs it.
class DemoIT {
  @Test
  void wrecksMendsAndTakesBack() throws Exception {
    Run demo = pgmend("demo", "--undo");
    assertThat(demo.output())
        .contains("DROP TABLE shop.orders CASCADE")
        .contains("proved: ")
        .contains("* Is everything back?")
        .contains("no difference in ")
        .contains("nothing of pgmend is left in the database")
        .contains("* Done in ")
        .doesNotContain("DIFFERENT")
        .doesNotContain("Exception")
        .doesNotContain("\tat ");
    assertThat(demo.output().lines()).hasSizeLessThan(65);
    assertThat(demo.exitCode()).isZero();
  }

  @Test
  void leavesTheServerRunningOnlyUntilEnter() throws Exception {
    Run demo = pgmend("demo", "--keep");
    assertThat(demo.output()).contains("The server runs until you press Enter").contains("  psql ");
    assertThat(demo.exitCode()).isZero();
  }

  @Test
  void inspectsAnArchive() throws Exception {
    String archive = "cli/src/main/resources/dev/pgmend/cli/demo/shop-demo.dump";
    assertThat(pgmend("inspect", archive).output())
        .contains("custom format, version 1.14")
        .contains("dependents: 2 views, 1 materialized view, 4 foreign keys");
    assertThat(pgmend("inspect", archive, "orders").output())
        .contains("    policy orders_of_own_region")
        .contains("    foreign key payments_order_fk of shop.payments");
    Run missing = pgmend("inspect", archive, "oders");
    assertThat(missing.exitCode()).isEqualTo(2);
    assertThat(missing.output()).contains("Did you mean");
    assertThat(pgmend("inspect", "pom.xml").exitCode()).isEqualTo(3);
  }
}
