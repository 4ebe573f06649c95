/// pg_dump archives, read natively: header, table of contents, entries and their data streams.
///
/// [dev.pgmend.archive.Archive] opens one. The table of contents is read in two steps, the bytes
/// (`TocReader`) and then the text (`TocDecoder`), for one of its entries tells the encoding. Data
/// comes from blocks of the file (`CustomMembers`, `BlockMap`) or from files of a directory
/// (`DirectoryMembers`), is decompressed (`dev.pgmend.codec`) and, if it is rows, checked and made
/// UTF-8 (`CopyText`). Nothing in an archive is trusted, and no SQL of it is run here.
@NullMarked
package dev.pgmend.archive;

import org.jspecify.annotations.NullMarked;
