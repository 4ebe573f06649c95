package dev.pgmend.sql;

import org.jspecify.annotations.Nullable;

/// A constraint in a CREATE TABLE: its name, if it has one, and its text after the name, for example `CHECK ((c > 0))`.
public record TableConstraint(@Nullable String name, String text) {}
