/* rest_execute.c - POST _execute: a stream of documents through a pipeline, enriched and in order.
 *
 * The body is read as fast as the documents are done, no faster. HTTP as libmicrohttpd speaks it
 * has no answer while a request is still coming, so the results lie in a file until the end. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "execution.h"
#include "gate.h"
#include "reply.h"
#include "rest_handlers.h"
#include <stdio.h>
#include <string.h>

enum { FOLDER_TEXT = 4200 };

static void go_on(void *arg)
{
    inf_call_go_on(arg);
}

static void ended(void *arg, const struct inf_error *err)
{
    struct inf_call *call = arg;
    uint64_t length;
    int fd;

    if (err != NULL) {
        inf_call_fail(call, err);
        return;
    }
    fd = inf_execution_take_file(inf_call_state(call), &length);
    inf_call_reply_file(call, 200, "application/x-ndjson", fd, length);
}

static void free_execution(void *state)
{
    inf_execution_free(state);
}

/* Where the documents go, if anywhere else than into the answer. What inferd may do there, the
 * caller may not do by reading pipelines alone. */
static int choose_receiver(struct inf_call *call, struct inf_execution_options *options,
                           struct inf_error *err)
{
    const struct inf_app *app = rest_app(call);
    const char *index = inf_call_str(call, "index");

    if (!inf_call_bool(call, "forward"))
        return inf_call_has(call, "index") || inf_call_has(call, "op_type")
                   ? inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                                   "[index] and [op_type] are for [forward=true] only")
                   : 0;
    if (app->security != NULL &&
        inf_security_authorize(rest_caller(call), INF_PRIV_MANAGE_PIPELINE,
                               "cluster:admin/inferd/pipeline/forward", err) != 0)
        return -1;
    if (app->forward == NULL)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "there is nobody to forward documents to: the setting "
                             "[ingest.forward.url] is empty");
    options->forward = app->forward;
    options->index = index;
    options->create = strcmp(inf_call_str(call, "op_type"), "create") == 0;
    return index != NULL ? inf_forward_check_index(app->forward, index, err) : 0;
}

int rest_execute_open(struct inf_call *call, struct inf_error *err)
{
    const struct inf_app *app = rest_app(call);
    const char *id = inf_call_str(call, "id");
    char folder[FOLDER_TEXT];
    struct inf_execution_options options = {
        .loop = app->loop,
        .ingest = app->ingest,
        .pipeline = inf_ingest_find(app->ingest, id),
        .client = inf_call_client(call),
        .from_line = inf_call_int(call, "from_line"),
        .max_bytes = inf_config_bytes(app->config, "ingest.max_result_size"),
        .folder = folder,
        .wanted = go_on,
        .ended = ended,
        .arg = call};
    struct inf_execution *execution;

    if (options.pipeline == NULL)
        return inf_error_set(err, INF_ERR_NOT_FOUND, "pipeline [%s] is missing", id);
    if (choose_receiver(call, &options, err) != 0)
        return -1;
    snprintf(folder, sizeof folder, "%s/tmp", inf_config_string(app->config, "path.data"));
    if (inf_execution_new(&options, &execution, err) != 0)
        return -1;
    inf_call_set_state(call, execution, free_execution);
    return 0;
}

int rest_execute_data(struct inf_call *call, const char *data, size_t length, struct inf_error *err)
{
    bool full;

    if (inf_execution_push(inf_call_state(call), data, length, &full, err) != 0)
        return -1;
    if (full)
        inf_call_pause(call);
    return 0;
}

static void gone(struct inf_call *call)
{
    (void)call; /* the state goes with the call, and what runs with the state */
}

enum inf_outcome rest_execute_end(struct inf_call *call, struct inf_error *err)
{
    (void)err;
    inf_call_on_gone(call, gone);
    inf_execution_end(inf_call_state(call));
    return INF_LATER;
}
