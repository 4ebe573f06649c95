package dev.pgmend.cli;

import dev.pgmend.sql.QualifiedName;
import java.io.Writer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultPrettyPrinter;

/// Output for machines: one JSON object, indented, streamed. docs/json.md describes what is in it.
final class Json {
  private static final JsonFactory FACTORY =
      JsonFactory.builder().disable(StreamWriteFeature.AUTO_CLOSE_TARGET).build();

  private static final ObjectWriteContext INDENTED =
      new ObjectWriteContext.Base() {
        @Override
        public PrettyPrinter getPrettyPrinter() {
          return new DefaultPrettyPrinter();
        }

        @Override
        public boolean hasPrettyPrinter() {
          return true;
        }
      };

  private final JsonGenerator generator;

  private Json(JsonGenerator generator) {
    this.generator = generator;
  }

  /// Writes one object and leaves the writer open.
  static void write(Writer out, Consumer<Json> content) {
    try (JsonGenerator generator = FACTORY.createGenerator(INDENTED, out)) {
      generator.writeStartObject();
      content.accept(new Json(generator));
      generator.writeEndObject();
      generator.writeRaw(System.lineSeparator());
    }
  }

  Json text(String key, @Nullable String value) {
    if (value == null) {
      generator.writeNullProperty(key);
    } else {
      generator.writeStringProperty(key, value);
    }
    return this;
  }

  Json number(String key, long value) {
    generator.writeNumberProperty(key, value);
    return this;
  }

  Json flag(String key, boolean value) {
    generator.writeBooleanProperty(key, value);
    return this;
  }

  Json nothing(String key) {
    generator.writeNullProperty(key);
    return this;
  }

  Json object(String key, Consumer<Json> content) {
    generator.writeObjectPropertyStart(key);
    content.accept(this);
    generator.writeEndObject();
    return this;
  }

  /// Writes an array of objects.
  <T> Json objects(String key, Iterable<T> elements, Consumer<T> element) {
    generator.writeArrayPropertyStart(key);
    for (T each : elements) {
      generator.writeStartObject();
      element.accept(each);
      generator.writeEndObject();
    }
    generator.writeEndArray();
    return this;
  }

  Json texts(String key, Iterable<String> elements) {
    generator.writeArrayPropertyStart(key);
    elements.forEach(generator::writeString);
    generator.writeEndArray();
    return this;
  }

  Json numbers(String key, Iterable<Integer> elements) {
    generator.writeArrayPropertyStart(key);
    elements.forEach(generator::writeNumber);
    generator.writeEndArray();
    return this;
  }

  /// Writes an object of a schema and a name, or null.
  Json name(String key, @Nullable QualifiedName name) {
    return name == null ? nothing(key) : object(key, json -> json.name(name));
  }

  /// Writes a schema and a name into the current object.
  Json name(QualifiedName name) {
    return text("schema", name.schema()).text("name", name.name());
  }
}
