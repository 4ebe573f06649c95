package dev.pgmend.sql;

import org.jspecify.annotations.Nullable;

/// A column in a CREATE TABLE. The type and the expressions are text as written; the type is empty in a typed table. The
/// collation is SQL text, usually qualified. A generated column has a generation expression, without the parentheses around
/// it, and is virtual unless it is stored.
public record ColumnDefinition(
    String name,
    String type,
    @Nullable String collation,
    @Nullable String defaultExpression,
    @Nullable String generatedExpression,
    boolean virtual,
    boolean notNull) {}
