package dev.pgmend.extract;

import dev.pgmend.archive.Archive;
import dev.pgmend.archive.Entry;
import dev.pgmend.archive.Toc;
import dev.pgmend.closure.Entries;
import dev.pgmend.restore.OwnerChange;
import dev.pgmend.sql.Sql;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Writes an extraction as pg_dump writes a plain script: psql runs it, and pgmend reads it.
final class ScriptWriter {
  private static final Set<String> STORED = Set.of("TABLE", "MATERIALIZED VIEW", "INDEX");

  private final Extraction extraction;
  private final EntryText text;
  private final RowCopier rows;
  private final OutputStream out;
  private final Charset charset;
  private String tablespace = "";
  private String accessMethod = "";
  private String searchPath = "";

  ScriptWriter(Extraction extraction, RowCopier rows, OutputStream out) {
    this.extraction = extraction;
    this.text = new EntryText(extraction);
    this.rows = rows;
    this.out = out;
    this.charset = Encodings.of(extraction.archive().toc());
  }

  void write() throws IOException {
    Archive archive = extraction.archive();
    comment(" PostgreSQL database dump");
    put("\n-- Dumped from database version %s\n".formatted(line(archive.header().serverVersion())));
    put("-- Dumped by pg_dump version %s\n".formatted(line(archive.header().dumpVersion())));
    put("-- Extracted by pgmend\n\n");
    put("SET statement_timeout = 0;\nSET lock_timeout = 0;\n");
    put("SET idle_in_transaction_session_timeout = 0;\n");
    put("SET client_encoding = '%s';\n".formatted(Encodings.name(archive.toc())));
    put("SET standard_conforming_strings = on;\n");
    if (qualified(archive.toc())) {
      put("SELECT pg_catalog.set_config('search_path', '', false);\n");
    }
    put("SET check_function_bodies = false;\nSET xmloption = content;\n");
    put("SET client_min_messages = warning;\nSET row_security = off;\n\n");
    for (Entry entry : inOrder()) {
      entry(entry);
    }
    comment(" PostgreSQL database dump complete");
    put("\n");
  }

  static boolean qualified(Toc toc) {
    return toc.entries().stream().anyMatch(entry -> entry.desc().equals("SEARCHPATH"));
  }

  private List<Entry> inOrder() {
    Map<Integer, Integer> position = new HashMap<>();
    List<Entry> entries = new ArrayList<>(extraction.entries());
    entries.forEach(entry -> position.put(entry.dumpId(), position.size()));
    entries.sort(Entries.restoreOrder(position));
    return entries;
  }

  private void entry(Entry entry) throws IOException {
    boolean data = entry.desc().equals("TABLE DATA");
    String definition = text.definition(entry);
    comment(
        "%s %s; Type: %s; Schema: %s; Owner: %s"
            .formatted(
                data ? " Data for Name:" : " Name:",
                line(entry.tag()),
                line(entry.desc()),
                orHyphen(entry.namespace()),
                orHyphen(entry.owner())));
    put("\n");
    settings(entry);
    if (data) {
      put(text.copy(entry));
      rows.copy(entry, out);
      put("\\.\n\n\n");
      return;
    }
    // Every database has this schema.
    if (!definition.isEmpty() && !(entry.desc().equals("SCHEMA") && entry.tag().equals("public"))) {
      put(definition + "\n\n");
    }
    if (!entry.owner().isEmpty()) {
      String owner = OwnerChange.of(entry).orElse("");
      put(owner.isEmpty() ? "" : "\n" + owner + ";\n\n");
    }
  }

  private void settings(Entry entry) throws IOException {
    if (STORED.contains(entry.desc()) && !entry.tablespace().equals(tablespace)) {
      tablespace = entry.tablespace();
      put(
          "SET default_tablespace = %s;\n\n"
              .formatted(tablespace.isEmpty() ? "''" : Sql.quote(tablespace)));
    }
    if (!entry.tableAccessMethod().isEmpty() && !entry.tableAccessMethod().equals(accessMethod)) {
      accessMethod = entry.tableAccessMethod();
      put("SET default_table_access_method = %s;\n\n".formatted(Sql.quote(accessMethod)));
    }
    if (!qualified(extraction.archive().toc())
        && !entry.namespace().isEmpty()
        && !entry.namespace().equals(searchPath)) {
      searchPath = entry.namespace();
      put("SET search_path = %s, pg_catalog;\n\n".formatted(Sql.quote(searchPath)));
    }
  }

  private static String orHyphen(String name) {
    return name.isEmpty() ? "-" : line(name);
  }

  /// What comes from the backup must not end a comment.
  private static String line(String name) {
    return name.replace('\n', ' ').replace('\r', ' ');
  }

  private void comment(String line) throws IOException {
    put("--\n--" + line + "\n--\n");
  }

  private void put(String sql) throws IOException {
    out.write(sql.getBytes(charset));
  }
}
