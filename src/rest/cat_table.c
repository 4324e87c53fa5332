/* cat_table.c - the cells of a table, which of its columns are shown, and the order of its rows.
 *
 * Columns are chosen as in Elasticsearch: in the order they are asked for, each once, and under the
 * name they were asked by, so that a script which asks for `hs` finds `hs` in its JSON. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cat_table.h"

#include "comma_list.h"
#include "inferd/alloc.h"
#include "inferd/strmap.h"
#include "inferd/units.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES 64
#define CELL_BYTES 64

struct cell {
    char *text; /* NULL: no value */
    double number;
};

struct shown {
    size_t column;
    char name[NAME_BYTES]; /* the column's, or the alias it was asked by */
};

struct sort_key {
    size_t column;
    bool descending;
};

struct row {
    size_t number; /* before sorting; keeps equal rows in their order */
    const struct cell *cells;
    const struct inf_cat_table *table;
};

struct inf_cat_table {
    const struct inf_cat_column *columns;
    const struct inf_cat_options *options;
    size_t column_count;
    struct cell *cells;
    size_t cell_count, cell_room;
    struct shown *shown;
    size_t shown_count;
    struct row *rows; /* in the order they are shown; NULL before inf_cat_table_sort */
    size_t row_count;
    struct sort_key *keys;
    size_t key_count;
};

/* ---- columns ---- */

static bool has_alias(const struct inf_cat_column *column, const char *pattern, bool wildcard)
{
    struct inf_comma_list aliases;
    bool found = false;

    inf_comma_list_init(&aliases, column->aliases);
    for (size_t i = 0; i < aliases.count && !found; i++)
        found = wildcard ? inf_wildcard_match(pattern, aliases.items[i]) != 0
                         : strcmp(pattern, aliases.items[i]) == 0;
    inf_comma_list_free(&aliases);
    return found;
}

/* The column of that name or alias; column_count when there is none. */
static size_t find_column(const struct inf_cat_table *table, const char *name)
{
    size_t i = 0;

    while (i < table->column_count && strcmp(table->columns[i].name, name) != 0)
        i++;
    if (i < table->column_count)
        return i;
    for (i = 0; i < table->column_count && !has_alias(&table->columns[i], name, false);)
        i++;
    return i;
}

static void show(struct inf_cat_table *table, size_t column, const char *name)
{
    struct shown *shown = &table->shown[table->shown_count];

    for (size_t i = 0; i < table->shown_count; i++)
        if (strcmp(table->shown[i].name, name) == 0)
            return;
    shown->column = column;
    snprintf(shown->name, sizeof shown->name, "%s", name);
    table->shown_count++;
}

static void show_matching(struct inf_cat_table *table, const char *pattern)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (inf_wildcard_match(pattern, table->columns[i].name) ||
            has_alias(&table->columns[i], pattern, true))
            show(table, i, table->columns[i].name);
}

static void choose_columns(struct inf_cat_table *table)
{
    struct inf_comma_list names;

    inf_comma_list_init(&names, table->options->columns);
    /* A wildcard shows each column at most once. */
    table->shown = inf_alloc(names.count + table->column_count, sizeof *table->shown);
    for (size_t i = 0; i < names.count; i++) {
        size_t column = find_column(table, names.items[i]);

        if (strchr(names.items[i], '*') != NULL)
            show_matching(table, names.items[i]);
        else if (column < table->column_count)
            show(table, column, names.items[i]);
    }
    for (size_t i = 0; names.count == 0 && i < table->column_count; i++)
        if (!table->columns[i].hidden)
            show(table, i, table->columns[i].name);
    inf_comma_list_free(&names);
}

struct inf_cat_table *inf_cat_table_new(const struct inf_cat_column *columns,
                                        const struct inf_cat_options *options)
{
    struct inf_cat_table *table = inf_alloc(1, sizeof *table);

    table->columns = columns;
    table->options = options;
    while (columns[table->column_count].name != NULL)
        table->column_count++;
    choose_columns(table);
    return table;
}

void inf_cat_table_free(struct inf_cat_table *table)
{
    if (table == NULL)
        return;
    for (size_t i = 0; i < table->cell_count; i++)
        free(table->cells[i].text);
    free(table->cells);
    free(table->shown);
    free(table->rows);
    free(table->keys);
    free(table);
}

/* ---- cells ---- */

static struct cell *add_cell(struct inf_cat_table *table)
{
    if (table->cell_count == table->cell_room) {
        table->cell_room = table->cell_room > 0 ? 2 * table->cell_room : 16 * table->column_count;
        table->cells = inf_realloc(table->cells, table->cell_room, sizeof *table->cells);
    }
    table->cells[table->cell_count] = (struct cell){0};
    return &table->cells[table->cell_count++];
}

void inf_cat_table_text(struct inf_cat_table *table, const char *text)
{
    add_cell(table)->text = text != NULL ? inf_strdup(text) : NULL;
}

static int64_t unit_bytes(const char *unit)
{
    static const char letters[] = "bkmgtp";
    const char *at = strchr(letters, unit[0] | 0x20);

    return at != NULL ? INT64_C(1) << (10 * (at - letters)) : 1;
}

void inf_cat_table_int(struct inf_cat_table *table, int64_t value)
{
    const char *unit = table->options->byte_unit;
    enum inf_cat_type type = table->columns[table->cell_count % table->column_count].type;
    struct cell *cell = add_cell(table);
    char text[CELL_BYTES];

    if (type == INF_CAT_BYTES && unit == NULL)
        inf_bytes_print(value, text);
    else
        snprintf(text, sizeof text, "%lld",
                 (long long)(type == INF_CAT_BYTES ? value / unit_bytes(unit) : value));
    cell->text = inf_strdup(text);
    cell->number = (double)value;
}

void inf_cat_table_decimal(struct inf_cat_table *table, double value, int places)
{
    struct cell *cell = add_cell(table);
    char text[CELL_BYTES];

    snprintf(text, sizeof text, "%.*f", places, value);
    cell->text = inf_strdup(text);
    cell->number = value;
}

/* ---- order ---- */

static int read_keys(struct inf_cat_table *table, const struct inf_comma_list *names,
                     struct inf_error *err)
{
    for (size_t i = 0; i < names->count; i++) {
        struct sort_key *key = &table->keys[table->key_count++];
        char name[NAME_BYTES];
        const char *order = strrchr(names->items[i], ':');
        bool ordered = order != NULL && (strcmp(order, ":desc") == 0 || strcmp(order, ":asc") == 0);
        size_t length = ordered ? (size_t)(order - names->items[i]) : strlen(names->items[i]);

        snprintf(name, sizeof name, "%.*s", (int)length, names->items[i]);
        key->column = find_column(table, name);
        key->descending = ordered && strcmp(order, ":desc") == 0;
        if (key->column == table->column_count)
            return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                                 "Unable to sort by unknown sort key `%s`", name);
    }
    return 0;
}

/* Cells without a value come first. */
static int compare_cells(const struct cell *a, const struct cell *b, bool by_number)
{
    if (a->text == NULL || b->text == NULL)
        return (a->text != NULL) - (b->text != NULL);
    return by_number ? (a->number > b->number) - (a->number < b->number) : strcmp(a->text, b->text);
}

static int compare_rows(const void *left, const void *right)
{
    const struct row *a = left, *b = right;
    const struct inf_cat_table *table = a->table;

    for (size_t i = 0; i < table->key_count; i++) {
        const struct sort_key *key = &table->keys[i];
        int order = compare_cells(&a->cells[key->column], &b->cells[key->column],
                                  table->columns[key->column].type != INF_CAT_TEXT);

        if (order != 0)
            return key->descending ? -order : order;
    }
    return (a->number > b->number) - (a->number < b->number);
}

int inf_cat_table_sort(struct inf_cat_table *table, struct inf_error *err)
{
    struct inf_comma_list names;
    int rc;

    table->row_count = table->cell_count / table->column_count;
    table->rows = inf_alloc(table->row_count + 1, sizeof *table->rows);
    for (size_t i = 0; i < table->row_count; i++)
        table->rows[i] = (struct row){i, &table->cells[i * table->column_count], table};
    inf_comma_list_init(&names, table->options->sort);
    table->keys = inf_alloc(names.count + 1, sizeof *table->keys);
    rc = read_keys(table, &names, err);
    inf_comma_list_free(&names);
    if (rc == 0 && table->key_count > 0)
        qsort(table->rows, table->row_count, sizeof *table->rows, compare_rows);
    return rc;
}

/* ---- writing ---- */

/* Characters, not bytes, are what takes room on a terminal. */
static size_t width_of(const char *text)
{
    size_t width = 0;

    for (; *text != '\0'; text++)
        width += ((unsigned char)*text & 0xC0) != 0x80;
    return width;
}

/* A line break inside a cell, of a description maybe, must not look like a row. */
static void write_plain(struct inf_buf *out, const char *text)
{
    for (; *text != '\0'; text++)
        inf_buf_append(out, (unsigned char)*text < ' ' ? " " : text, 1);
}

static void write_padded(struct inf_buf *out, const char *text, size_t width, bool right, bool last)
{
    size_t used = width_of(text);

    for (size_t i = used; right && i < width; i++)
        inf_buf_append(out, " ", 1);
    write_plain(out, text);
    for (size_t i = used; !right && !last && i < width; i++)
        inf_buf_append(out, " ", 1);
}

static const char *cell_text(const struct row *row, const struct shown *shown)
{
    const char *text = row->cells[shown->column].text;

    return text != NULL ? text : "";
}

static size_t *measure(const struct inf_cat_table *table)
{
    size_t *widths = inf_alloc(table->shown_count + 1, sizeof *widths);

    for (size_t i = 0; i < table->shown_count; i++) {
        widths[i] = table->options->header ? width_of(table->shown[i].name) : 0;
        for (size_t row = 0; row < table->row_count; row++) {
            size_t width = width_of(cell_text(&table->rows[row], &table->shown[i]));

            widths[i] = width > widths[i] ? width : widths[i];
        }
    }
    return widths;
}

/* One line; row == NULL is the header. */
static void write_line(const struct inf_cat_table *table, const struct row *row,
                       const size_t *widths, struct inf_buf *out)
{
    for (size_t i = 0; i < table->shown_count; i++) {
        const struct shown *shown = &table->shown[i];

        write_padded(out, row != NULL ? cell_text(row, shown) : shown->name, widths[i],
                     table->columns[shown->column].type != INF_CAT_TEXT,
                     i + 1 == table->shown_count);
        if (i + 1 < table->shown_count)
            inf_buf_append(out, " ", 1);
    }
    inf_buf_append(out, "\n", 1);
}

void inf_cat_table_write_text(const struct inf_cat_table *table, struct inf_buf *out)
{
    size_t *widths = measure(table);

    if (table->options->header)
        write_line(table, NULL, widths, out);
    for (size_t i = 0; i < table->row_count; i++)
        write_line(table, &table->rows[i], widths, out);
    free(widths);
}

void inf_cat_table_write_json(const struct inf_cat_table *table, struct inf_jsonw *w)
{
    inf_jsonw_begin_array(w);
    for (size_t row = 0; row < table->row_count; row++) {
        inf_jsonw_begin_object(w);
        for (size_t i = 0; i < table->shown_count; i++) {
            const char *text = table->rows[row].cells[table->shown[i].column].text;

            inf_jsonw_key(w, table->shown[i].name);
            if (text != NULL)
                inf_jsonw_string(w, text);
            else
                inf_jsonw_null(w);
        }
        inf_jsonw_end_object(w);
    }
    inf_jsonw_end_array(w);
}

void inf_cat_columns_write(const struct inf_cat_column *columns, struct inf_buf *out)
{
    size_t names = 0, aliases = 0;

    for (const struct inf_cat_column *column = columns; column->name != NULL; column++) {
        names = width_of(column->name) > names ? width_of(column->name) : names;
        if (column->aliases != NULL && width_of(column->aliases) > aliases)
            aliases = width_of(column->aliases);
    }
    for (const struct inf_cat_column *column = columns; column->name != NULL; column++) {
        write_padded(out, column->name, names, false, false);
        inf_buf_puts(out, " | ");
        write_padded(out, column->aliases != NULL ? column->aliases : "", aliases, false, false);
        inf_buf_printf(out, " | %s\n", column->doc);
    }
}
