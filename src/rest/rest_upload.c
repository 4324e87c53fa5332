/* rest_upload.c - PUT definition part: the body goes from the socket to a file while it arrives.
 *
 * The part's file belongs to the call until the body is whole and right; only then is it committed.
 * A client that leaves, or a body that turns out bad, takes its file with it. The part that makes
 * the definition whole is answered when it was vetted and, in a cluster that has a store of
 * definitions, when that has it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "inferd/vetting.h"
#include "part_reader.h"
#include "reply.h"
#include "rest_handlers.h"
#include <stdlib.h>
#include <string.h>

#define PARTS_MAX 10000

struct upload {
    struct inf_part_reader *reader;
    struct inf_part_writer *writer; /* NULL once the store has taken it */
    struct inf_part_fields fields;
    const struct inf_app *app;
    char *model_id;
};

static void free_upload(void *data)
{
    struct upload *upload = data;

    inf_part_reader_free(upload->reader);
    inf_store_part_abort(upload->writer);
    free(upload->model_id);
    free(upload);
}

static int write_part(void *arg, const void *data, size_t length, struct inf_error *err)
{
    struct upload *upload = arg;

    return inf_store_part_write(upload->writer, data, length, err);
}

int rest_upload_open(struct inf_call *call, struct inf_error *err)
{
    struct inf_store *store = rest_app(call)->store;
    struct upload *upload = inf_alloc(1, sizeof *upload);

    rest_pending_new(call, upload, free_upload);
    upload->reader = inf_part_reader_new(write_part, upload);
    upload->app = rest_app(call);
    upload->model_id = inf_strdup(inf_call_str(call, "model_id"));
    inf_manager_need_engine(upload->app->manager); /* it gets ready while the parts come */
    return inf_store_part_begin(store, inf_call_str(call, "model_id"),
                                (int)inf_call_int(call, "part"), &upload->writer, err);
}

int rest_upload_data(struct inf_call *call, const char *data, size_t length, struct inf_error *err)
{
    struct upload *upload = rest_pending_data(inf_call_state(call));

    return inf_part_reader_feed(upload->reader, data, length, err);
}

/* The members that are only known at the end of the stream; the table has checked the rest. */
static void check_fields(struct inf_call *call, struct inf_validation *validation)
{
    const struct upload *upload = rest_pending_data(inf_call_state(call));
    const struct inf_part_fields *fields = &upload->fields;
    const struct {
        bool broken;
        const char *text;
    } rules[] = {
        {fields->total_parts <= 0, "[total_parts] must be greater than 0"},
        {fields->total_parts > PARTS_MAX, "[total_parts] must be less than or equal to 10000"},
        {fields->total_definition_length <= 0, "[total_definition_length] must be greater than 0"},
        {inf_call_int(call, "part") >= fields->total_parts, "[part] must be less than total_parts"},
    };

    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++)
        if (rules[i].broken)
            inf_validation_add(validation, (int)i, "%s", rules[i].text);
}

/* The definition is on disk whatever comes of this. That it could not be vetted now, or that the
 * client has left, is no matter: a model that was not vetted does not run. */
static void vetted(void *arg, const struct inf_error *err)
{
    rest_pending_acknowledge(arg, err != NULL && err->code == INF_ERR_BAD_REQUEST ? err : NULL);
}

/* In a cluster it is also in the store by now. */
static void completed(void *arg, const struct inf_error *err)
{
    struct rest_pending *pending = arg;
    const struct upload *upload = rest_pending_data(pending);
    const struct inf_model *model =
        err == NULL ? inf_store_model(upload->app->store, upload->model_id) : NULL;

    if (model != NULL && model->fully_defined)
        inf_manager_vet(upload->app->manager, upload->model_id, vetted, pending);
    else
        rest_pending_acknowledge(pending, err);
}

static void stored(void *arg, const struct inf_error *err)
{
    const struct upload *upload = rest_pending_data(arg);

    if (err == NULL && upload->app->definitions != NULL)
        inf_definitions_complete(upload->app->definitions, upload->model_id, completed, arg);
    else
        completed(arg, err);
}

enum inf_outcome rest_upload_end(struct inf_call *call, struct inf_error *err)
{
    struct rest_pending *pending = inf_call_state(call);
    struct upload *upload = rest_pending_data(pending);
    struct inf_part_writer *writer = upload->writer;

    if (inf_part_reader_end(upload->reader, &upload->fields, err) != 0 ||
        inf_call_validate(call, check_fields, err) != 0)
        return INF_FAILED;
    upload->writer = NULL;
    rest_pending_begin(pending);
    inf_store_part_commit(writer, upload->fields.total_definition_length,
                          (int)upload->fields.total_parts, stored, pending);
    return rest_pending_outcome(pending);
}
