/* cat_table.h - a table for people at a terminal: columns to choose, rows to sort, aligned text.
 *
 * The _cat endpoints fill one and send it as text, or as JSON where every cell is a string.
 *
 * Thread: any (pure). Owns: the cells' texts. Bound: the caller bounds the rows. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_CAT_TABLE_H
#define INFERD_REST_CAT_TABLE_H

#include "inferd/json.h"
#include <stdbool.h>

/* Numbers and sizes stand at the right and are sorted by their value. */
enum inf_cat_type { INF_CAT_TEXT, INF_CAT_NUMBER, INF_CAT_BYTES };

struct inf_cat_column {
    const char *name;    /* NULL ends the list */
    const char *aliases; /* "hs,heapSize"; the first is listed first in the help */
    enum inf_cat_type type;
    bool hidden; /* shown only when asked for */
    const char *doc;
};

/* What the client asked for; everything may be NULL. Borrowed as long as the table lives. */
struct inf_cat_options {
    const char *columns;   /* "id,heap*": names, aliases, wildcards; unknown ones are left out */
    const char *sort;      /* "heap_size:desc,id" */
    const char *byte_unit; /* "kb": sizes are whole numbers of it; NULL: "1.2kb" */
    bool header;           /* a line of names above the text */
};

struct inf_cat_table;

struct inf_cat_table *inf_cat_table_new(const struct inf_cat_column *columns,
                                        const struct inf_cat_options *options);
void inf_cat_table_free(struct inf_cat_table *table); /* NULL is fine */

/* The next cell, row by row in the order of the columns. NULL is a cell without a value. */
void inf_cat_table_text(struct inf_cat_table *table, const char *text);
void inf_cat_table_int(struct inf_cat_table *table, int64_t value); /* NUMBER or BYTES */
void inf_cat_table_decimal(struct inf_cat_table *table, double value, int places);

/* Sorts the rows. ILLEGAL_ARGUMENT "Unable to sort by unknown sort key `x`". Every row has to be
 * complete. */
int inf_cat_table_sort(struct inf_cat_table *table, struct inf_error *err);

void inf_cat_table_write_text(const struct inf_cat_table *table, struct inf_buf *out);
/* [{"id":"m","heap_size":"1kb"},..]; a cell without a value is null. */
void inf_cat_table_write_json(const struct inf_cat_table *table, struct inf_jsonw *w);

/* ?help: name, aliases and text of every column. */
void inf_cat_columns_write(const struct inf_cat_column *columns, struct inf_buf *out);

#endif
