/* row_text.c - rows to texts, and back. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "row_text.h"

#include "inferd/alloc.h"
#include "inferd/hex.h"
#include "inferd/units.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX ((size_t)256 << 20)

struct kind {
    const char *name; /* in the database and in keys, so that the order of the enum is free */
    bool of_this_machine;
};

static const struct kind kinds[INF_OBJECT_KINDS] = {
    [INF_OBJECT_ALIAS] = {"alias", false},
    [INF_OBJECT_SETTING] = {"setting", false},
    [INF_OBJECT_MEMORY] = {"memory", false},
    [INF_OBJECT_VETTING] = {"vetting", false},
    [INF_OBJECT_APPROVAL] = {"approval", false},
    [INF_OBJECT_USER] = {"user", false},
    [INF_OBJECT_ROLE] = {"role", false},
    [INF_OBJECT_API_KEY] = {"api_key", false},
    [INF_OBJECT_PIPELINE] = {"pipeline", false},
    [INF_OBJECT_ENDPOINT] = {"endpoint", false},
    [INF_OBJECT_ASSIGNMENT] = {"assignment", false},
    [INF_OBJECT_PROOF] = {"proof", true},
    [INF_OBJECT_COST] = {"cost", true},
    [INF_OBJECT_FIT] = {"fit", true},
};

const char *inf_object_kind_name(enum inf_object_kind kind)
{
    return kinds[kind].name;
}

bool inf_object_kind_find(const char *name, size_t length, enum inf_object_kind *ret)
{
    for (size_t i = 0; i < INF_OBJECT_KINDS; i++)
        if (strlen(kinds[i].name) == length && memcmp(kinds[i].name, name, length) == 0) {
            *ret = (enum inf_object_kind)i;
            return true;
        }
    return false;
}

bool inf_object_kind_is_shared(enum inf_object_kind kind)
{
    return !kinds[kind].of_this_machine;
}

bool inf_row_is_plan(const char *key)
{
    static const char folder[] = "object/assignment/";

    return strncmp(key, folder, sizeof folder - 1) == 0;
}

/* ---- writing ---- */

static void begin(struct inf_buf *text, struct inf_jsonw *w)
{
    inf_buf_init(text, TEXT_MAX);
    inf_jsonw_init(w, text);
    inf_jsonw_begin_object(w);
}

/* text NULL: deleted. The key is printed of its parts. */
static void add(struct inf_etcd_pairs *to, struct inf_buf *text, const char *folder, const char *id,
                const char *last)
{
    struct inf_buf key;

    inf_buf_init(&key, TEXT_MAX);
    inf_buf_printf(&key, "%s/%s%s%s", folder, id, last != NULL ? "/" : "",
                   last != NULL ? last : "");
    if (text != NULL)
        inf_buf_puts(text, "}");
    if (key.failed || (text != NULL && text->failed))
        inf_alloc_failed();
    inf_etcd_pairs_add(to, key.data, text != NULL ? text->data : NULL);
    inf_buf_free(&key);
    if (text != NULL)
        inf_buf_free(text);
}

static void write_sha256(struct inf_jsonw *w, const char *key,
                         const uint8_t sha256[INF_SHA256_SIZE])
{
    char text[INF_SHA256_TEXT];

    inf_jsonw_kv_string(w, key, inf_sha256_print(sha256, text));
}

void inf_row_add_model(struct inf_etcd_pairs *to, const struct inf_model_row *row)
{
    struct inf_buf text;
    struct inf_jsonw w;

    begin(&text, &w);
    inf_jsonw_kv_string(&w, "config", row->config);
    inf_jsonw_kv_int(&w, "create_time", row->create_time_ms);
    if (row->assembled) {
        inf_jsonw_kv_int(&w, "definition_length", row->definition_length);
        write_sha256(&w, "definition_sha256", row->sha256);
    }
    if (row->has_vocabulary)
        write_sha256(&w, "vocabulary_sha256", row->vocabulary_sha256);
    add(to, &text, "model", row->model_id, NULL);
}

void inf_row_add_part(struct inf_etcd_pairs *to, const char *model_id,
                      const struct inf_part_row *row)
{
    struct inf_buf text;
    struct inf_jsonw w;
    char number[16];

    begin(&text, &w);
    inf_jsonw_kv_int(&w, "total_parts", row->total_parts);
    inf_jsonw_kv_int(&w, "total_length", row->total_length);
    inf_jsonw_kv_int(&w, "length", row->length);
    write_sha256(&w, "sha256", row->sha256);
    snprintf(number, sizeof number, "%d", row->part);
    add(to, &text, "part", model_id, number);
}

void inf_row_add_deployment(struct inf_etcd_pairs *to, const struct inf_stored_deployment *row)
{
    struct inf_buf text;
    struct inf_jsonw w;

    begin(&text, &w);
    inf_jsonw_kv_string(&w, "model_id", row->model_id);
    inf_jsonw_kv_string(&w, "params", row->params);
    add(to, &text, "deployment", row->deployment_id, NULL);
}

void inf_row_add_object(struct inf_etcd_pairs *to, enum inf_object_kind kind,
                        const struct inf_object *row)
{
    struct inf_buf text;
    struct inf_jsonw w;

    begin(&text, &w);
    if (row->model_id != NULL)
        inf_jsonw_kv_string(&w, "model_id", row->model_id);
    inf_jsonw_kv_string(&w, "text", row->text);
    add(to, &text, "object", kinds[kind].name, row->id);
}

void inf_row_add_deleted_model(struct inf_etcd_pairs *to, const char *model_id)
{
    add(to, NULL, "model", model_id, NULL);
}

void inf_row_add_deleted_parts(struct inf_etcd_pairs *to, const char *model_id)
{
    add(to, NULL, "part", model_id, "");
}

void inf_row_add_deleted_deployment(struct inf_etcd_pairs *to, const char *deployment_id)
{
    add(to, NULL, "deployment", deployment_id, NULL);
}

void inf_row_add_deleted_object(struct inf_etcd_pairs *to, enum inf_object_kind kind,
                                const char *id)
{
    add(to, NULL, "object", kinds[kind].name, id);
}

/* ---- reading ---- */

static bool read_text(const struct cJSON *root, const char *name, const char **ret)
{
    *ret = inf_json_string(inf_json_get(root, name));
    return *ret != NULL;
}

static bool read_number(const struct cJSON *root, const char *name, int64_t most, int64_t *ret)
{
    struct inf_error ignored;

    return inf_json_int64(inf_json_get(root, name), ret, &ignored) == 0 && *ret >= 0 &&
           *ret <= most;
}

static bool read_sha256(const struct cJSON *root, const char *name, uint8_t ret[INF_SHA256_SIZE])
{
    const char *text;

    return read_text(root, name, &text) && inf_sha256_spelled_well(text) &&
           inf_hex_read(text, INF_SHA256_SIZE, ret) == 0;
}

static bool read_model(struct inf_row *row, char *id)
{
    const struct cJSON *root = row->json.root;
    struct inf_model_row *model = &row->model;

    row->type = INF_ROW_MODEL;
    row->model_id = model->model_id = id;
    if (row->deleted)
        return true;
    model->assembled = read_sha256(root, "definition_sha256", model->sha256);
    model->has_vocabulary = read_sha256(root, "vocabulary_sha256", model->vocabulary_sha256);
    return read_text(root, "config", &model->config) &&
           read_number(root, "create_time", INT64_MAX, &model->create_time_ms) &&
           (!model->assembled ||
            read_number(root, "definition_length", INT64_MAX, &model->definition_length));
}

static bool read_part(struct inf_row *row, char *id)
{
    const struct cJSON *root = row->json.root;
    struct inf_part_row *part = &row->part;
    char *slash = strrchr(id, '/');
    int64_t number, total;

    row->type = INF_ROW_PART;
    row->model_id = id;
    if (slash == NULL || inf_int_parse(slash + 1, &number) != 0 || number < 0 || number > INT_MAX)
        return false;
    *slash = '\0';
    part->part = (int)number;
    if (row->deleted)
        return true;
    if (!read_number(root, "total_parts", INT_MAX, &total) ||
        !read_number(root, "total_length", INT64_MAX, &part->total_length) ||
        !read_number(root, "length", INT64_MAX, &part->length) ||
        !read_sha256(root, "sha256", part->sha256))
        return false;
    part->total_parts = (int)total;
    return true;
}

static bool read_deployment(struct inf_row *row, char *id)
{
    row->type = INF_ROW_DEPLOYMENT;
    row->deployment.deployment_id = id;
    return row->deleted || (read_text(row->json.root, "model_id", &row->deployment.model_id) &&
                            read_text(row->json.root, "params", &row->deployment.params));
}

static bool is_document(const char *text)
{
    struct inf_json json;
    struct inf_error ignored;
    bool is;

    if (inf_json_parse_own(text, strlen(text), NULL, &json, &ignored) != 0)
        return false;
    is = inf_json_is_object(json.root);
    inf_json_free(&json);
    return is;
}

/* What is used as it is, without anybody who would see that it cannot be. */
static bool makes_sense(const struct inf_row *row)
{
    if (row->kind == INF_OBJECT_ALIAS)
        return row->object.model_id != NULL;
    return row->kind != INF_OBJECT_ROLE || is_document(row->object.text);
}

static bool read_object(struct inf_row *row, char *path)
{
    char *slash = strchr(path, '/');

    row->type = INF_ROW_OBJECT;
    if (slash == NULL || !inf_object_kind_find(path, (size_t)(slash - path), &row->kind) ||
        !inf_object_kind_is_shared(row->kind))
        return false;
    row->object.id = slash + 1;
    if (row->deleted)
        return true;
    (void)read_text(row->json.root, "model_id", &row->object.model_id);
    return read_text(row->json.root, "text", &row->object.text) && makes_sense(row);
}

int inf_row_read(const struct inf_etcd_pair *pair, struct inf_row *ret, struct inf_error *err)
{
    static const struct {
        const char *folder;
        bool (*read)(struct inf_row *row, char *rest);
    } types[] = {{"model/", read_model},
                 {"part/", read_part},
                 {"deployment/", read_deployment},
                 {"object/", read_object}};

    *ret = (struct inf_row){.deleted = pair->value == NULL, .key = inf_strdup(pair->key)};
    if (!ret->deleted && inf_json_parse_own(pair->value, pair->length, NULL, &ret->json, err) != 0)
        return inf_error_set(err, INF_ERR_IO, "the value of [%.256s] in etcd is no JSON",
                             pair->key);
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        size_t length = strlen(types[i].folder);

        if (strncmp(ret->key, types[i].folder, length) == 0 && ret->key[length] != '\0' &&
            types[i].read(ret, ret->key + length))
            return 0;
    }
    return inf_error_set(err, INF_ERR_IO,
                         "what etcd has as [%.256s] is nothing that this version of inferd knows",
                         pair->key);
}

void inf_row_fini(struct inf_row *row)
{
    inf_json_free(&row->json);
    free(row->key);
    *row = (struct inf_row){0};
}
