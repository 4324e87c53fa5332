/* run_each.c - foreach: the elements of a list, or the members of an object, one after the other as
 * _ingest._value. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "run.h"
#include <stdlib.h>
#include <string.h>

struct inf_each {
    const char *field;                 /* the settings' */
    struct cJSON *from;                /* a copy, whose elements are taken out from the front */
    struct cJSON *made;                /* what has come of them */
    char *key;                         /* of the member that is in work; NULL in a list */
    struct cJSON *old_value, *old_key; /* of a foreach outside, or NULL */
    bool restored;                     /* they are where they were */
};

static struct cJSON *take_out(struct inf_run *run, const char *name)
{
    struct cJSON *member = inf_json_find(run->doc.ingest, name);

    return member != NULL ? inf_json_detach(run->doc.ingest, member) : NULL;
}

/* Shows the next element; false without memory. */
static bool show(struct inf_run *run, struct inf_each *each)
{
    struct cJSON *element = inf_json_begin(each->from);
    struct cJSON *copy;

    if (inf_json_key(element) != NULL)
        each->key = inf_strdup(inf_json_key(element));
    copy = inf_json_copy(element);
    inf_json_delete(inf_json_detach(each->from, element));
    if (inf_json_set(run->doc.ingest, "_value", copy) != 0)
        return false;
    return each->key == NULL ||
           inf_json_set(run->doc.ingest, "_key", inf_json_new_string(each->key)) == 0;
}

/* Takes the element that is through. */
static bool collect(struct inf_run *run, struct inf_each *each)
{
    const struct cJSON *value = inf_json_find(run->doc.ingest, "_value");
    struct cJSON *copy = value != NULL ? inf_json_copy(value) : inf_json_new_null();
    const struct cJSON *key = inf_json_find(run->doc.ingest, "_key");
    int rc;

    if (each->key == NULL)
        rc = inf_json_push(each->made, copy);
    else
        rc = inf_json_set(each->made, inf_json_is_string(key) ? inf_json_string(key) : each->key,
                          copy);
    free(each->key);
    each->key = NULL;
    return rc == 0;
}

static void give_back(struct inf_run *run, const char *name, struct cJSON **old)
{
    inf_json_delete(take_out(run, name));
    if (*old != NULL)
        inf_json_set(run->doc.ingest, name, *old);
    *old = NULL;
}

/* What a foreach outside shows comes back before the field is set, which may be that. */
int inf_each_next(struct inf_run *run, struct inf_each *each, struct inf_error *err)
{
    struct cJSON *made = each->made;

    if (!collect(run, each))
        return inf_doc_no_memory(err);
    if (inf_json_begin(each->from) != NULL)
        return show(run, each) ? 1 : inf_doc_no_memory(err);
    each->made = NULL;
    each->restored = true;
    give_back(run, "_value", &each->old_value);
    give_back(run, "_key", &each->old_key);
    return inf_doc_set(&run->doc, each->field, made, err);
}

void inf_each_end(struct inf_run *run, struct inf_each *each)
{
    if (each == NULL)
        return;
    if (!each->restored) {
        give_back(run, "_value", &each->old_value);
        give_back(run, "_key", &each->old_key);
    }
    inf_json_delete(each->from);
    inf_json_delete(each->made);
    free(each->key);
    free(each);
}

enum inf_step inf_run_enter_each(struct inf_run *run, const char *field,
                                 const struct inf_processors *list, struct inf_error *err)
{
    struct cJSON *value = inf_doc_get(&run->doc, field, err);
    struct inf_frame *frame;
    struct inf_each *each;

    if (value == NULL)
        return INF_STEP_FAILED;
    if (!inf_json_is_array(value) && !inf_json_is_object(value)) {
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "field [%s] of type [%s] cannot be cast to a list or a map", field,
                      inf_doc_type(value));
        return INF_STEP_FAILED;
    }
    if (inf_json_begin(value) == NULL)
        return INF_STEP_DONE;
    frame = inf_run_push(run, INF_FRAME_EACH, list, run->top->pipeline, err);
    if (frame == NULL)
        return INF_STEP_FAILED;
    each = inf_alloc(1, sizeof *each);
    frame->each = each;
    each->field = field;
    each->old_value = take_out(run, "_value");
    each->old_key = take_out(run, "_key");
    each->from = inf_json_copy(value);
    each->made = inf_json_is_array(value) ? inf_json_new_array() : inf_json_new_object();
    if (each->from != NULL && each->made != NULL && show(run, each))
        return INF_STEP_ENTER;
    run->top = frame->below; /* as if it had never been entered */
    run->depth--;
    inf_each_end(run, each);
    inf_pipeline_unref(frame->pipeline);
    free(frame);
    inf_doc_no_memory(err);
    return INF_STEP_FAILED;
}
