/* settings_tree.c - dotted names to nested objects and back. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "settings_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A name longer than any setting's is cut here, and then is no setting's. */
#define NAME_BYTES 1024
#define VALUE_BYTES ((size_t)64 << 10)

/* ---- writing ---- */

static void write_flat(const struct inf_strmap *values, struct inf_jsonw *w)
{
    const char *name;

    for (size_t i = 0; i < inf_strmap_size(values); i++) {
        const char *text = inf_strmap_at(values, i, &name);

        inf_jsonw_kv_string(w, name, text);
    }
}

static const char *name_at(const struct inf_strmap *values, size_t i)
{
    const char *name;

    inf_strmap_at(values, i, &name);
    return name;
}

/* Is what stands before the dot at `length` a setting of its own? */
static bool is_setting(const struct inf_strmap *values, const char *name, size_t length)
{
    char parent[NAME_BYTES];

    if (length >= sizeof parent)
        return true;
    memcpy(parent, name, length);
    parent[length] = '\0';
    return inf_strmap_get(values, parent) != NULL;
}

/* Writes the members of one object: the names from i on that share the first `depth` bytes. The map
 * is sorted, so those of a deeper object stand together. Returns the first name that is not here.
 */
static size_t write_members(const struct inf_strmap *values, size_t i, size_t depth,
                            struct inf_jsonw *w)
{
    const char *first = name_at(values, i);
    size_t count = inf_strmap_size(values);

    while (i < count && strncmp(name_at(values, i), first, depth) == 0) {
        const char *name = name_at(values, i), *text = inf_strmap_at(values, i, NULL);
        size_t length = depth + strcspn(name + depth, ".");
        char key[NAME_BYTES];

        if (name[length] == '\0' || is_setting(values, name, length)) {
            inf_jsonw_kv_string(w, name + depth, text);
            i++;
            continue;
        }
        memcpy(key, name + depth, length - depth);
        key[length - depth] = '\0';
        inf_jsonw_key(w, key);
        inf_jsonw_begin_object(w);
        i = write_members(values, i, length + 1, w);
        inf_jsonw_end_object(w);
    }
    return i;
}

static struct inf_strmap *without_resets(const struct inf_strmap *values)
{
    struct inf_strmap *set = inf_strmap_new();
    const char *name;

    for (size_t i = 0; i < inf_strmap_size(values); i++) {
        void *text = inf_strmap_at(values, i, &name);

        if (text != NULL)
            inf_strmap_put(set, name, text);
    }
    return set;
}

void inf_settings_tree_write(const struct inf_strmap *values, bool flat, struct inf_jsonw *w)
{
    struct inf_strmap *set = without_resets(values);

    inf_jsonw_begin_object(w);
    if (flat)
        write_flat(set, w);
    else if (inf_strmap_size(set) > 0)
        write_members(set, 0, 0, w);
    inf_jsonw_end_object(w);
    inf_strmap_free(set);
}

void inf_settings_tree_write_start(const struct inf_config *config, bool layered_too, bool flat,
                                   struct inf_jsonw *w)
{
    struct inf_strmap *values = inf_strmap_new();

    for (const struct inf_setting *setting = inf_settings; setting->name != NULL; setting++) {
        struct inf_buf text;

        if (!layered_too && inf_config_is_layered(config, setting->name))
            continue;
        inf_buf_init(&text, VALUE_BYTES);
        inf_buf_puts(&text, "");
        inf_config_start_value(config, setting->name, &text);
        inf_strmap_put(values, setting->name, inf_buf_take(&text, NULL));
    }
    inf_settings_tree_write(values, flat, w);
    for (size_t i = 0; i < inf_strmap_size(values); i++)
        free(inf_strmap_at(values, i, NULL));
    inf_strmap_free(values);
}

/* ---- reading ---- */

struct reader {
    inf_settings_visit visit;
    void *arg;
    char name[NAME_BYTES];
};

static int read_leaf(struct reader *reader, const struct cJSON *value, struct inf_error *err)
{
    struct inf_jsonw w;
    struct inf_buf text;
    int rc;

    if (inf_json_is_null(value))
        return reader->visit(reader->arg, reader->name, NULL, err);
    if (inf_json_is_string(value))
        return reader->visit(reader->arg, reader->name, inf_json_string(value), err);
    if (inf_json_is_array(value))
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "setting [%s] takes one value, not a list", reader->name);
    inf_buf_init(&text, VALUE_BYTES);
    inf_jsonw_init(&w, &text);
    inf_jsonw_value(&w, value);
    rc = reader->visit(reader->arg, reader->name, text.data, err);
    inf_buf_free(&text);
    return rc;
}

static int read_object(struct reader *reader, const struct cJSON *object, struct inf_error *err)
{
    size_t length = strlen(reader->name);
    int rc = 0;

    for (const struct cJSON *member = inf_json_first(object); rc == 0 && member != NULL;
         member = inf_json_next(member)) {
        size_t room = sizeof reader->name - length;
        const char *key = inf_json_key(member);

        snprintf(reader->name + length, room, "%s%s", length > 0 ? "." : "", key);
        rc = inf_json_is_object(member) ? read_object(reader, member, err)
                                        : read_leaf(reader, member, err);
    }
    reader->name[length] = '\0';
    return rc;
}

int inf_settings_tree_read(const struct cJSON *object, inf_settings_visit visit, void *arg,
                           struct inf_error *err)
{
    struct reader reader = {.visit = visit, .arg = arg, .name = ""};

    return read_object(&reader, object, err);
}
