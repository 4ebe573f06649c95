/// PostgreSQL's SQL as text: a lexer, identifiers, and the rewriting that moves a definition to staging.
@NullMarked
package dev.pgmend.sql;

import org.jspecify.annotations.NullMarked;
