package dev.pgmend.sql;

import dev.pgmend.sql.NameSite.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Reads names in a statement's head and notes where they stand.
final class HeadSites {
  private final Cursor cursor;
  private final List<NameSite> sites = new ArrayList<>();

  HeadSites(Cursor cursor) {
    this.cursor = cursor;
  }

  List<NameSite> noted() {
    return List.copyOf(sites);
  }

  /// Reads a relation's name.
  QualifiedName relation() {
    return site(Role.RELATION);
  }

  QualifiedName site(Role role) {
    int start = cursor.position();
    QualifiedName name = cursor.qualifiedName();
    addSite(start, cursor.position(), name, role);
    return name;
  }

  /// Notes and returns the relation in `s.t.c`, whose parts have just been read from the start position on.
  QualifiedName ofParts(int start, List<String> parts) {
    int end = cursor.position();
    QualifiedName relation = cursor.qualifiedName(parts.subList(0, parts.size() - 1), start);
    addSite(start, end - 2, relation, Role.RELATION);
    return relation;
  }

  /// Notes the unqualified name of an index of that table.
  void indexName(int at, QualifiedName table) {
    QualifiedName index = new QualifiedName(table.schema(), cursor.token(at).value());
    addSite(at, at + 1, index, Role.INDEX);
  }

  private void addSite(int from, int to, QualifiedName name, Role role) {
    int start = cursor.token(from).start();
    int end = cursor.token(to - 1).end();
    sites.add(new NameSite(start, end, name, role));
  }

  /// Notes the regclass strings in the column defaults of a column list.
  void defaults(int from, int to) {
    int end = cursor.position();
    cursor.moveTo(from + 1);
    boolean inDefault = false;
    int start = from;
    while (cursor.skipTo(Set.of("default", ",", ")", "constraint", "check", "generated"))
        && cursor.position() < to - 1) {
      if (inDefault) {
        regclassLiterals(start, cursor.position());
      }
      start = cursor.position();
      inDefault = cursor.next().isWord("default");
    }
    if (inDefault) {
      regclassLiterals(start, to);
    }
    cursor.moveTo(end);
  }

  /// Notes the regclass strings between two positions.
  void regclassLiterals(int from, int to) {
    for (int at = from; at < to - 2; at++) {
      int literal = at;
      boolean cast = RegclassLiteral.at(i -> i < to ? cursor.token(i) : null, at);
      if (cast) {
        QualifiedName.find(cursor.token(at).value(), cursor.namespace())
            .ifPresent(name -> addSite(literal, literal + 1, name, Role.REGCLASS));
      }
    }
  }
}
