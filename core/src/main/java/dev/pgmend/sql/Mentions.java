package dev.pgmend.sql;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Everything in a statement that could be the name of a relation, apart from the head's names.
final class Mentions {
  private final Statement statement;
  private final List<NameSite> heads;
  private final Set<QualifiedName> names = new LinkedHashSet<>();

  private Mentions(Statement statement, List<NameSite> heads) {
    this.statement = statement;
    this.heads = heads;
  }

  static Set<QualifiedName> of(Statement statement, List<NameSite> heads) {
    Mentions mentions = new Mentions(statement, heads);
    for (int at = 0; at < statement.tokens().size(); at++) {
      mentions.collect(at);
    }
    return mentions.names;
  }

  private void collect(int at) {
    Token token = statement.tokens().get(at);
    if (isHead(token)) {
      return;
    }
    String namespace = statement.namespace();
    if (RegclassLiteral.loosely(this::token, at)) {
      QualifiedName.find(typeName(token.value()), namespace).ifPresent(names::add);
    }
    if (!token.isName() || follows(at, ".")) {
      return;
    }
    Token dot = token(at + 1);
    Token name = token(at + 2);
    if (dot != null && dot.is(".") && name != null && name.isName()) {
      names.add(new QualifiedName(token.value(), name.value()));
    }
    if (namespace != null) {
      names.add(new QualifiedName(namespace, token.value()));
    }
  }

  /// {@return the text without the brackets of an array type}
  private static String typeName(String text) {
    return text.endsWith("[]") ? text.substring(0, text.length() - 2) : text;
  }

  private boolean isHead(Token token) {
    return heads.stream()
        .anyMatch(site -> site.start() <= token.start() && token.end() <= site.end());
  }

  private boolean follows(int at, String punctuation) {
    Token before = token(at - 1);
    Token name = token(at - 2);
    return before != null && before.is(punctuation) && name != null && name.isName();
  }

  private @Nullable Token token(int at) {
    List<Token> tokens = statement.tokens();
    return at >= 0 && at < tokens.size() ? tokens.get(at) : null;
  }
}
