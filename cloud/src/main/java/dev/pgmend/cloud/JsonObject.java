package dev.pgmend.cloud;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.json.JsonFactory;

/// An object of a small JSON text: an answer of a server, or a file with credentials.
public record JsonObject(Map<String, Object> members) {
  private static final JsonFactory FACTORY = JsonFactory.builder().build();

  /// {@return the object that the text is}
  /// @throws IllegalArgumentException if it is none; the message has nothing of the text
  public static JsonObject parse(String text) {
    try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), text)) {
      if (parser.nextToken() == JsonToken.START_OBJECT) {
        return new JsonObject(object(parser));
      }
    } catch (JacksonException e) {
      throw new IllegalArgumentException("not a JSON object at " + e.getLocation().getCharOffset());
    }
    throw new IllegalArgumentException("not a JSON object");
  }

  /// {@return a member that is a text or a number}
  public Optional<String> find(String name) {
    return members.get(name) instanceof String text ? Optional.of(text) : Optional.empty();
  }

  /// {@return a member that is a text or a number}
  /// @throws IllegalArgumentException if there is none
  public String text(String name) {
    return find(name).orElseThrow(() -> new IllegalArgumentException("has no \"" + name + "\""));
  }

  /// {@return the objects in a member that is an array; none if there is no such member}
  @SuppressWarnings("unchecked")
  public List<JsonObject> objects(String name) {
    List<JsonObject> objects = new ArrayList<>();
    if (members.get(name) instanceof List<?> items) {
      for (Object item : items) {
        if (item instanceof Map<?, ?> members) {
          objects.add(new JsonObject((Map<String, Object>) members));
        }
      }
    }
    return objects;
  }

  private static Map<String, Object> object(JsonParser parser) {
    Map<String, Object> members = new LinkedHashMap<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      Object value = value(parser, parser.nextToken());
      if (value != null) {
        members.put(name, value);
      }
    }
    return members;
  }

  private static List<Object> array(JsonParser parser) {
    List<Object> items = new ArrayList<>();
    for (JsonToken token = parser.nextToken();
        token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      Object value = value(parser, token);
      if (value != null) {
        items.add(value);
      }
    }
    return items;
  }

  private static @Nullable Object value(JsonParser parser, JsonToken token) {
    return switch (token) {
      case START_OBJECT -> object(parser);
      case START_ARRAY -> array(parser);
      case VALUE_NULL -> null;
      default -> parser.getString();
    };
  }
}
