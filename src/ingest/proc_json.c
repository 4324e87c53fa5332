/* proc_json.c - json: a text that is JSON becomes what it says. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "processor.h"
#include <stdlib.h>
#include <string.h>

struct json {
    char *field, *target;
    bool add_to_root, merges;
};

static int read_strategy(struct json *json, struct inf_reader *reader, struct inf_error *err)
{
    const char *strategy = NULL;

    if (inf_reader_optional(reader, "add_to_root_conflict_strategy", &strategy, err) != 0)
        return -1;
    if (strategy == NULL || strcmp(strategy, "replace") == 0)
        return 0;
    json->merges = strcmp(strategy, "merge") == 0;
    return json->merges ? 0
                        : inf_reader_fail(reader, "add_to_root_conflict_strategy", err,
                                          "conflict strategy [%s] not supported, cannot convert "
                                          "field.",
                                          strategy);
}

static int make(void *settings, struct inf_reader *reader, struct inf_error *err)
{
    struct json *json = settings;

    if (inf_reader_copy(reader, "field", true, &json->field, err) != 0 ||
        inf_reader_copy(reader, "target_field", false, &json->target, err) != 0 ||
        inf_reader_bool(reader, "add_to_root", &json->add_to_root, err) != 0 ||
        read_strategy(json, reader, err) != 0)
        return -1;
    if (json->add_to_root && json->target != NULL)
        return inf_reader_fail(reader, "target_field", err,
                               "Cannot set a target field while also setting `add_to_root` to "
                               "true");
    if (json->target == NULL)
        json->target = inf_strdup(json->field);
    return 0;
}

static void destroy(void *settings)
{
    struct json *json = settings;

    free(json->field);
    free(json->target);
}

/* The members of `from` into `into`, objects into objects. Recursion is bounded by the reader's
 * depth. */
static int merge(struct cJSON *into, struct cJSON *from)
{
    struct cJSON *member;

    while ((member = inf_json_begin(from)) != NULL) {
        struct cJSON *old = inf_json_find(into, inf_json_key(member));
        int rc;

        if (inf_json_is_object(old) && inf_json_is_object(member)) {
            rc = merge(old, member);
            inf_json_delete(inf_json_detach(from, member));
        } else {
            rc = inf_json_set(into, inf_json_key(member), inf_json_copy(member));
            inf_json_delete(inf_json_detach(from, member));
        }
        if (rc != 0)
            return -1;
    }
    return 0;
}

/* Takes value, an object. */
static int add_to_root(const struct json *json, struct inf_doc *doc, struct cJSON *value,
                       struct inf_error *err)
{
    struct cJSON *member;
    int rc = 0;

    if (json->merges) {
        rc = merge(doc->fields, value) == 0 ? 0 : inf_doc_no_memory(err);
    } else {
        while (rc == 0 && (member = inf_json_begin(value)) != NULL) {
            struct cJSON *copy = inf_json_copy(member);

            rc = inf_json_set(doc->fields, inf_json_key(member), copy) == 0
                     ? 0
                     : inf_doc_no_memory(err);
            inf_json_delete(inf_json_detach(value, member));
        }
    }
    inf_json_delete(value);
    return rc;
}

static int run(const void *settings, struct inf_doc *doc, struct inf_error *err)
{
    const struct json *json = settings;
    const char *text = inf_doc_string(doc, json->field, err);
    struct inf_json parsed;
    struct cJSON *value;

    if (text == NULL)
        return -1;
    if (inf_json_parse(text, strlen(text), NULL, &parsed, err) != 0)
        return inf_error_wrap(err, INF_ERR_ILLEGAL_ARGUMENT, "%s", err->reason);
    value = inf_json_take_root(&parsed);
    if (!json->add_to_root)
        return inf_doc_set(doc, json->target, value, err);
    if (inf_json_is_object(value))
        return add_to_root(json, doc, value, err);
    inf_json_delete(value);
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                         "cannot add non-map fields to root of document");
}

const struct inf_processor_row inf_processor_json = {
    .name = "json", .size = sizeof(struct json), .make = make, .destroy = destroy, .run = run};
