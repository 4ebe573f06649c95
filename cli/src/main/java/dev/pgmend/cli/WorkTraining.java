package dev.pgmend.cli;

import dev.pgmend.archive.Archive;
import dev.pgmend.postgres.Session;
import dev.pgmend.restore.WholeArchive;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/// What the JVM watches while it writes the cache that commands which talk to servers start faster with: accidents on the demo's own server,
/// and how they are put right. Run by `./pgmend` when such a command is first run after a build, in a directory and with an environment of its
/// own; prints only which commands failed that should not. Not for users.
///
/// Commands come several times over, and one table is large enough for the JVM to learn which code is worth compiling.
public final class WorkTraining {
  private static final int TIMES = 2;
  private static final int ROWS = 100_000;

  private final DemoServer server;
  private final Path directory;
  private final String shop;
  private final List<String> failed = new ArrayList<>();

  private WorkTraining(DemoServer server, Path directory) {
    this.server = server;
    this.directory = directory;
    this.shop = server.archive().toString();
  }

  /// @param arguments an empty directory for files, which are left there
  public static void main(String[] arguments) throws IOException {
    PrintStream err = System.err;
    System.setOut(new PrintStream(OutputStream.nullOutputStream()));
    System.setErr(new PrintStream(OutputStream.nullOutputStream()));
    int status = 0;
    try {
      train(Path.of(arguments[0])).forEach(err::println);
    } catch (RuntimeException e) {
      err.println(e);
      status = 1;
    }
    System.exit(status);
  }

  /// {@return the commands that failed that should not}
  ///
  /// @param directory for files, which are left there
  static List<String> train(Path directory) throws IOException {
    // Whoever interrupts this waits for the server's end only, not for that of a command.
    Signals.finished();
    try (DemoServer server = DemoServer.start()) {
      return new WorkTraining(server, directory).run();
    }
  }

  private List<String> run() throws IOException {
    try (Session session = server.session();
        Archive archive = Archive.open(server.archive())) {
      new WholeArchive(archive, session).restore();
      session.execute("ANALYZE");
      for (int i = 0; i < TIMES; i++) {
        rowsAreLost(session);
        tableIsLost(session);
      }
      tableIsExchanged();
      large(session);
      live(session);
    }
    progress();
    return failed;
  }

  private void rowsAreLost(Session session) throws IOException {
    session.execute("DELETE FROM shop.order_items WHERE order_id % 7 = 0");
    session.execute("UPDATE shop.order_items SET quantity = quantity + 1 WHERE order_id % 5 = 0");
    pgmend("plan", "order_items", "--from", shop);
    pgmend("plan", "order_items", "--from", shop, "--rows", "exact", "--count", "-v");
    pgmend("plan", "order_items", "--from", shop, "--rows", "exact", "--json");
    pgmend("diff", "order_items", "--from", shop);
    pgmend("restore", "order_items", "--from", shop, "--rows", "missing", "--yes");
    pgmend("restore", "order_items", "--from", shop, "--rows", "exact", "--yes");
    pgmend("status");
    pgmend("undo");
    pgmend("restore", "order_items", "--from", shop, "--rows", "exact", "--yes", "--json");
    pgmend("clean");
    Main.run("rows", shop, "orders", "--limit", "5");
  }

  private void tableIsLost(Session session) {
    session.execute("DROP TABLE shop.orders CASCADE");
    pgmend("assess", "--from", shop);
    pgmend("plan", "orders", "--from", shop);
    pgmend("restore", "orders", "--from", shop, "--yes");
    pgmend("status");
    pgmend("undo");
    pgmend("restore", "orders", "--from", shop, "--yes");
    pgmend("clean");
  }

  private void tableIsExchanged() {
    pgmend("restore", "payments", "--from", shop, "--mode", "swap", "--yes");
    pgmend("clean");
  }

  /// A table whose rows take a while to read, hash, send and compare.
  private void large(Session session) throws IOException {
    Path script = directory.resolve("large.sql.gz");
    writeScript(script);
    Path custom = directory.resolve("large.dump");
    Main.run("extract", script.toString(), "large", "-o", custom.toString());
    pgmend("restore", "large", "--from", script.toString(), "--yes");
    session.execute("DELETE FROM public.large WHERE id % 100 = 0");
    pgmend("restore", "large", "--from", custom.toString(), "--rows", "exact", "--yes");
    session.execute("DROP TABLE public.large");
    pgmend("restore", "large", "--from", custom.toString(), "--verify", "counts", "--yes");
    pgmend("clean");
  }

  private static void writeScript(Path file) throws IOException {
    try (OutputStream gzip = new GZIPOutputStream(Files.newOutputStream(file), 1 << 16);
        PrintWriter out = new PrintWriter(gzip, false, StandardCharsets.UTF_8)) {
      out.print(
          """
          --
          -- PostgreSQL database dump
          --

          -- Dumped from database version 18.0
          -- Dumped by pg_dump version 18.0

          SET statement_timeout = 0;
          SET client_encoding = 'UTF8';
          SET standard_conforming_strings = on;
          SELECT pg_catalog.set_config('search_path', '', false);

          --
          -- Name: large; Type: TABLE; Schema: public; Owner: postgres
          --

          CREATE TABLE public.large (
              id integer NOT NULL,
              customer bigint NOT NULL,
              placed timestamp with time zone NOT NULL,
              total numeric(10,2),
              note text
          );


          ALTER TABLE public.large OWNER TO postgres;

          --
          -- Data for Name: large; Type: TABLE DATA; Schema: public; Owner: postgres
          --

          COPY public.large (id, customer, placed, total, note) FROM stdin;
          """);
      for (int i = 0; i < ROWS; i++) {
        out.printf(
            "%d\t%d\t2026-01-%02d 12:00:00+00\t%d.50\t%s\n",
            i, i * 7919L % 100_003, i % 28 + 1, i % 1000, i % 10 == 0 ? "\\N" : "a note\\tof " + i);
      }
      out.print(
          """
          \\.


          --
          -- Name: large large_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
          --

          ALTER TABLE ONLY public.large
              ADD CONSTRAINT large_pkey PRIMARY KEY (id);


          --
          -- PostgreSQL database dump complete
          --

          """);
    }
  }

  /// A live source. Its definitions take a pg_dump as new as the server, which most machines do not have; what comes in its place says
  /// the same, but for the identities of tables, of which rows would be read.
  private void live(Session session) throws IOException {
    session.execute("CREATE DATABASE source");
    String source = server.uri("source");
    Path program = Files.createDirectory(directory.resolve("bin")).resolve("pg_dump");
    Files.writeString(
        program,
        """
        #!/bin/sh
        [ "$1" = --version ] && echo 'pg_dump (PostgreSQL) 18.0' || exec cat '%s'
        """
            .formatted(shop));
    Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rwxr-xr-x"));
    String bin = String.valueOf(program.getParent());
    pgmend("assess", "--no-rows", "--from", source, "--pg-bin", bin);
    Main.run("plan", "orders", "--from", source, "--to", server.uri(), "--pg-bin", bin);
  }

  /// What is drawn on terminals.
  private void progress() {
    try (TerminalProgress progress =
        TerminalProgress.start(new PrintWriter(Writer.nullWriter()), server.target())) {
      progress.phase("load");
      progress.stop();
    }
  }

  /// Runs a command on the demo's database.
  private void pgmend(String... words) {
    List<String> command = new ArrayList<>(List.of(words));
    command.addAll(List.of("--to", server.uri()));
    int status = Main.run(command.toArray(String[]::new));
    if (status != 0) {
      failed.add("%s: exit code %d".formatted(String.join(" ", words), status));
    }
  }
}
