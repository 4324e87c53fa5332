/* config_yaml.c - the configuration file: a YAML map whose nesting only spells dotted names.
 *
 * libyaml's events are read one by one, because only they carry the line that an error names. Of
 * YAML only maps and plain or quoted scalars mean anything here; lists, aliases, several documents
 * and everything else that would be silently odd is refused. After an error the settings before it
 * have been taken, so the caller drops the configuration. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_value.h"
#include "inferd/alloc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define FILE_MAX_BYTES (1 << 20)
#define DEPTH_MAX 16
#define NAME_MAX_BYTES 256

struct loader {
    struct inf_config *config;
    const char *path;
    yaml_parser_t parser;
    size_t *lines; /* where each setting was set, 0: not yet */
    char name[NAME_MAX_BYTES];
    struct inf_error *err;
};

/* ---- complaints ---- */

static int fail_at(const struct loader *loader, size_t line, const char *what, const char *name)
{
    return inf_error_set(loader->err, INF_ERR_ILLEGAL_ARGUMENT, "%s:%zu: %s [%s]", loader->path,
                         line, what, name);
}

static int fail_yaml(const struct loader *loader)
{
    const yaml_parser_t *parser = &loader->parser;
    return inf_error_set(loader->err, INF_ERR_ILLEGAL_ARGUMENT, "%s:%zu: not valid YAML: %s%s%s",
                         loader->path, parser->problem_mark.line + 1,
                         parser->context ? parser->context : "", parser->context ? ", " : "",
                         parser->problem ? parser->problem : "not enough memory");
}

/* ---- names ---- */

/* Appends "key" or ".key" to the name; the caller cuts it back to the old length. */
static int push_name(struct loader *loader, const yaml_event_t *key)
{
    size_t length = strlen(loader->name);
    const char *text = (const char *)key->data.scalar.value;
    size_t added = key->data.scalar.length;
    size_t line = key->start_mark.line + 1;
    if (added == 0 || strlen(text) != added) {
        return fail_at(loader, line, "a key is empty or holds a NUL character below", loader->name);
    }
    if (length + 1 + added >= sizeof loader->name) {
        return fail_at(loader, line, "the name of a setting is too long below", loader->name);
    }
    if (length > 0) {
        loader->name[length++] = '.';
    }
    memcpy(loader->name + length, text, added + 1);
    return 0;
}

/* "http:" with nothing under it: what is left of a group whose settings are commented out. */
static bool is_group(const char *name)
{
    size_t length = strlen(name);
    for (int i = 0; inf_settings[i].name; i++) {
        if (strncmp(inf_settings[i].name, name, length) == 0 &&
            inf_settings[i].name[length] == '.') {
            return true;
        }
    }
    return false;
}

/* ---- values ---- */

static int set(struct loader *loader, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t line = event->start_mark.line + 1;
    char where[512];
    bool quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    int i = inf_config_find(loader->name);
    if (i < 0 && *text == '\0' && !quoted && is_group(loader->name)) {
        return 0;
    }
    if (i >= 0 && loader->lines[i] > 0) {
        return inf_error_set(loader->err, INF_ERR_ILLEGAL_ARGUMENT,
                             "%s:%zu: setting [%s] is set twice, first in line %zu", loader->path,
                             line, loader->name, loader->lines[i]);
    }
    if (strlen(text) != event->data.scalar.length) {
        return fail_at(loader, line, "a NUL character in the value of setting", loader->name);
    }
    snprintf(where, sizeof where, "%s:%zu: ", loader->path, line);
    if (inf_config_set(loader->config, where, loader->name, text, loader->err)) {
        return -1;
    }
    loader->lines[i] = line;
    return 0;
}

static int read_map(struct loader *loader, int depth);

static int read_value(struct loader *loader, int depth)
{
    yaml_event_t event;
    int result = -1;
    if (!yaml_parser_parse(&loader->parser, &event)) {
        return fail_yaml(loader);
    }
    size_t line = event.start_mark.line + 1;
    if (event.type == YAML_SCALAR_EVENT) {
        result = set(loader, &event);
    } else if (event.type != YAML_MAPPING_START_EVENT) {
        fail_at(loader, line, "a list or an alias cannot be the value of setting", loader->name);
    } else if (inf_config_find(loader->name) >= 0) {
        fail_at(loader, line, "a map cannot be the value of setting", loader->name);
    } else if (depth >= DEPTH_MAX) {
        fail_at(loader, line, "maps are nested too deeply below", loader->name);
    } else {
        result = read_map(loader, depth + 1);
    }
    yaml_event_delete(&event);
    return result;
}

/* The events up to the end of the map whose start was just read. Recursion ends at DEPTH_MAX. */
static int read_map(struct loader *loader, int depth)
{
    size_t length = strlen(loader->name);
    for (;;) {
        yaml_event_t event;
        int failed = 0;
        if (!yaml_parser_parse(&loader->parser, &event)) {
            return fail_yaml(loader);
        }
        bool end = event.type == YAML_MAPPING_END_EVENT;
        if (!end && event.type != YAML_SCALAR_EVENT) {
            failed = fail_at(loader, event.start_mark.line + 1, "a key must be plain text below",
                             loader->name);
        } else if (!end) {
            failed = push_name(loader, &event) || read_value(loader, depth) ? -1 : 0;
        }
        yaml_event_delete(&event);
        loader->name[length] = '\0';
        if (failed || end) {
            return failed;
        }
    }
}

/* ---- the file ---- */

/* What stands at the top of the document: a map, or nothing at all. */
static int read_document(struct loader *loader, const yaml_event_t *event)
{
    if (event->type == YAML_MAPPING_START_EVENT) {
        return read_map(loader, 1);
    }
    if (event->type == YAML_SCALAR_EVENT && event->data.scalar.length == 0) {
        return 0;
    }
    return inf_error_set(loader->err, INF_ERR_ILLEGAL_ARGUMENT,
                         "%s:%zu: the file must hold settings as [name: value]", loader->path,
                         event->start_mark.line + 1);
}

static int read_stream(struct loader *loader)
{
    bool seen_document = false;
    for (;;) {
        yaml_event_t event;
        int failed = 0;
        if (!yaml_parser_parse(&loader->parser, &event)) {
            return fail_yaml(loader);
        }
        yaml_event_type_t type = event.type;
        if (type == YAML_DOCUMENT_START_EVENT) {
            failed = seen_document ? fail_at(loader, event.start_mark.line + 1,
                                             "only one document is allowed in", loader->path)
                                   : 0;
            seen_document = true;
        } else if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_END_EVENT &&
                   type != YAML_STREAM_END_EVENT) {
            failed = read_document(loader, &event);
        }
        yaml_event_delete(&event);
        if (failed || type == YAML_STREAM_END_EVENT) {
            return failed;
        }
    }
}

static int read_file(const char *path, struct inf_buf *content, struct inf_error *err)
{
    char block[8192];
    size_t count;
    FILE *file = fopen(path, "re");
    if (!file) {
        return inf_error_set(err, INF_ERR_IO, "cannot open the configuration file [%s]: %s", path,
                             strerror(errno));
    }
    while ((count = fread(block, 1, sizeof block, file)) > 0) {
        inf_buf_append(content, block, count);
    }
    int failed = ferror(file) ? (errno ? errno : EIO) : 0;
    fclose(file);
    if (failed) {
        return inf_error_set(err, INF_ERR_IO, "cannot read the configuration file [%s]: %s", path,
                             strerror(failed));
    }
    if (content->failed) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "the configuration file [%s] is longer than %d bytes", path,
                             FILE_MAX_BYTES);
    }
    return 0;
}

static int parse_content(struct loader *loader, const struct inf_buf *content)
{
    if (!yaml_parser_initialize(&loader->parser)) {
        return inf_error_set(loader->err, INF_ERR_INTERNAL, "not enough memory to read [%s]",
                             loader->path);
    }
    yaml_parser_set_input_string(&loader->parser, (const unsigned char *)content->data,
                                 content->length);
    int result = read_stream(loader);
    yaml_parser_delete(&loader->parser);
    return result;
}

int inf_config_load(struct inf_config *config, const char *path, struct inf_error *err)
{
    struct inf_buf content;
    struct loader loader = {.config = config, .path = path, .err = err};
    inf_buf_init(&content, FILE_MAX_BYTES);
    loader.lines = inf_alloc(config->count, sizeof *loader.lines);
    int result = read_file(path, &content, err);
    if (result == 0 && content.length > 0) {
        result = parse_content(&loader, &content);
    }
    free(loader.lines);
    inf_buf_free(&content);
    return result;
}
