package dev.pgmend.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Definitions under another name, and the parts of types.
class NewNameTest {
  private static final QualifiedName TO = new QualifiedName("z", "n");

  @Test
  void onlyTheCreatedNameChanges() {
    assertThat(NewName.give("CREATE DOMAIN a.d AS a.d2 CHECK (a.d(VALUE));", TO))
        .isEqualTo("CREATE DOMAIN \"z\".\"n\" AS a.d2 CHECK (a.d(VALUE))");
    assertThat(NewName.give("CREATE OR REPLACE FUNCTION \"A b\".f(x a.f) RETURNS int", TO))
        .isEqualTo("CREATE OR REPLACE FUNCTION \"z\".\"n\"(x a.f) RETURNS int");
    assertThat(NewName.give("CREATE FUNCTION f(x int) RETURNS int", TO))
        .isEqualTo("CREATE FUNCTION \"z\".\"n\"(x int) RETURNS int");
  }

  @Test
  void aRangeTakesItsMultirangeAlong() {
    assertThat(
            NewName.give(
                "CREATE TYPE a.r AS RANGE (subtype = int, multirange_type_name = a.rm, subtype_diff = a.d)",
                TO))
        .isEqualTo(
            "CREATE TYPE \"z\".\"n\" AS RANGE (subtype = int, multirange_type_name = \"z\".\"multirange\", subtype_diff = a.d)");
  }

  @Test
  void whatCreatesNothingIsAnError() {
    assertThatThrownBy(() -> NewName.give("DROP TYPE a.t", TO))
        .isInstanceOf(SqlSyntaxException.class);
    assertThatThrownBy(() -> NewName.give("", TO)).isInstanceOf(SqlSyntaxException.class);
  }

  @Test
  void attributesInOrderWithCollations() {
    Map<String, String> attributes =
        TypeParts.attributes(
            "CREATE TYPE a.c AS (\n\tx numeric(4,2),\n\t\"y z\" text COLLATE pg_catalog.\"C\",\n\tt a.t[]\n);");
    assertThat(List.copyOf(attributes.keySet())).containsExactly("x", "y z", "t");
    assertThat(attributes)
        .containsEntry("y z", "text COLLATE pg_catalog.\"C\"")
        .containsEntry("t", "a.t[]");
  }

  @Test
  void checksOfDomains() {
    String domain =
        "CREATE DOMAIN a.d AS integer DEFAULT 1\n\tCONSTRAINT one CHECK ((VALUE > (0)))\n\tCONSTRAINT \"T w\" CHECK (a.f(VALUE));";
    assertThat(TypeParts.checks(domain))
        .containsExactly(
            Map.entry("one", "CHECK ((VALUE > (0)))"), Map.entry("T w", "CHECK (a.f(VALUE))"));
    assertThat(TypeParts.hasDefault(domain)).isTrue();
    assertThat(TypeParts.hasDefault("CREATE DOMAIN a.d AS text")).isFalse();
  }
}
