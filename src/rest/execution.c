/* execution.c - NDJSON through a pipeline.
 *
 * The lines under way are a ring; whoever is through waits until all before it are. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "execution.h"

#include "inferd/alloc.h"
#include "inferd/http.h"
#include "inferd/io_error.h"
#include "inferd/json_edit.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WRITE_AT_ONCE = 256 * 1024 };
#define RESULT_MAX ((size_t)128 << 20) /* bytes of one line's */

/* A line under way. */
struct slot {
    struct inf_execution *execution;
    struct inf_run *run; /* NULL: through */
    int64_t line;
    bool wrapped; /* it has _source, and so has what comes of it */
    bool done;
    struct inf_buf out;
};

struct inf_execution {
    struct inf_execution_options options;
    int fd;
    uint64_t length;    /* of what is in the file and in out */
    struct inf_buf out; /* for the file */
    struct inf_buf in;
    size_t at, looked; /* in `in`: the next line begins; up to here there is no end of a line */
    int64_t line;      /* the number of the last one */
    struct slot slots[INF_EXECUTION_AT_ONCE];
    size_t first, count;
    bool pumping, full, over, told, failed;
    struct inf_error err;
};

static void pump(struct inf_execution *execution);

static void fail(struct inf_execution *execution, const struct inf_error *err)
{
    if (execution->failed)
        return;
    execution->failed = true;
    execution->err = *err;
}

/* ---- the file ---- */

/* Without a name, so that nothing is left of it whatever happens. */
static int open_file(const char *folder, struct inf_error *err)
{
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

    if (fd < 0)
        return inf_error_set(err, INF_ERR_IO, "cannot make a file in [%s]: %s", folder,
                             strerror(errno));
    return fd;
}

static int write_out(struct inf_execution *execution, struct inf_error *err)
{
    const char *data = execution->out.data;
    size_t left = execution->out.length;

    while (left > 0) {
        ssize_t written = write(execution->fd, data, left);

        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return inf_io_error(err, errno, "keep", "the results");
        data += written;
        left -= (size_t)written;
    }
    inf_buf_clear(&execution->out);
    return 0;
}

static int keep(struct inf_execution *execution, const struct inf_buf *line, struct inf_error *err)
{
    if (line->failed)
        return inf_error_set(err, INF_ERR_CONTENT_TOO_LONG,
                             "the result of a line is longer than [%zu] bytes", line->max);
    execution->length += line->length + 1;
    if (execution->length > (uint64_t)execution->options.max_bytes)
        return inf_error_set(err, INF_ERR_CONTENT_TOO_LONG,
                             "the results are longer than ingest.max_result_size [%lld]",
                             (long long)execution->options.max_bytes);
    inf_buf_append(&execution->out, line->data, line->length);
    inf_buf_append(&execution->out, "\n", 1);
    if (execution->out.failed)
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for the results");
    return execution->out.length >= WRITE_AT_ONCE ? write_out(execution, err) : 0;
}

/* ---- one line's result ---- */

static void write_problem(struct slot *slot, const struct inf_error *err)
{
    struct inf_jsonw w;

    inf_jsonw_init(&w, &slot->out);
    inf_jsonw_begin_object(&w);
    if (err == NULL) {
        inf_jsonw_kv_bool(&w, "dropped", true);
    } else {
        inf_jsonw_key(&w, "error");
        inf_response_error_object(&w, err, NULL);
        inf_jsonw_kv_int(&w, "status", inf_err_status(err->code));
    }
    inf_jsonw_kv_int(&w, "line", slot->line);
    inf_jsonw_end_object(&w);
}

static void write_doc(struct slot *slot, const struct inf_doc *doc)
{
    struct inf_jsonw w;

    inf_jsonw_init(&w, &slot->out);
    if (!slot->wrapped) {
        inf_doc_write_source(doc, &w);
        return;
    }
    inf_jsonw_begin_object(&w);
    inf_doc_write_metadata(doc, &w);
    inf_jsonw_key(&w, "_source");
    inf_doc_write_source(doc, &w);
    inf_jsonw_end_object(&w);
}

static void through(void *arg, const struct inf_error *err, struct inf_doc *doc, bool dropped)
{
    struct slot *slot = arg;

    slot->run = NULL;
    slot->done = true;
    if (err != NULL || dropped)
        write_problem(slot, err);
    else
        write_doc(slot, doc);
    pump(slot->execution);
}

/* What is through at the front of the ring goes to the file. */
static void collect(struct inf_execution *execution)
{
    struct inf_error err;

    while (execution->count > 0 && execution->slots[execution->first].done) {
        struct slot *slot = &execution->slots[execution->first];

        if (!execution->failed && keep(execution, &slot->out, &err) != 0)
            fail(execution, &err);
        inf_buf_free(&slot->out);
        slot->done = false;
        execution->first = (execution->first + 1) % INF_EXECUTION_AT_ONCE;
        execution->count--;
    }
}

/* ---- lines ---- */

/* Takes root, an object: what the run's document consists of. NULL without memory. */
static struct cJSON *make_fields(struct cJSON *root, bool wrapped)
{
    struct cJSON *fields = root, *source = wrapped ? inf_json_find(root, "_source") : NULL;
    int rc = 0;

    if (!wrapped)
        return root;
    fields = inf_json_copy(source);
    for (const struct cJSON *member = inf_json_first(root); fields != NULL && member != NULL;
         member = inf_json_next(member))
        if (inf_doc_is_metadata(inf_json_key(member)))
            rc |= inf_json_set(fields, inf_json_key(member), inf_json_copy(member));
    inf_json_delete(root);
    if (rc == 0)
        return fields;
    inf_json_delete(fields);
    return NULL;
}

static void run_document(struct slot *slot, struct cJSON *root)
{
    const struct inf_execution_options *options = &slot->execution->options;
    struct inf_run_request request = {.ingest = options->ingest,
                                      .pipeline = options->pipeline,
                                      .counts = true,
                                      .client = options->client,
                                      .loop = options->loop,
                                      .done = through,
                                      .arg = slot};
    struct inf_run *run;

    slot->wrapped = inf_json_is_object(inf_json_get(root, "_source"));
    request.fields = make_fields(root, slot->wrapped);
    inf_run_start(&request, &run);
    if (run != NULL)
        slot->run = run;
}

static void refuse_line(struct slot *slot, const struct inf_error *err)
{
    slot->done = true;
    write_problem(slot, err);
}

/* The ring's next place, for the present line. */
static struct slot *take_slot(struct inf_execution *execution)
{
    size_t place = (execution->first + execution->count++) % INF_EXECUTION_AT_ONCE;
    struct slot *slot = &execution->slots[place];

    *slot = (struct slot){.execution = execution, .line = execution->line};
    inf_buf_init(&slot->out, RESULT_MAX);
    return slot;
}

static void start_line(struct slot *slot, const char *text, size_t length)
{
    struct inf_json json;
    struct inf_error err;

    if (inf_json_parse(text, length, NULL, &json, &err) != 0) {
        refuse_line(slot, &err);
    } else if (!inf_json_is_object(json.root)) {
        inf_error_set(&err, INF_ERR_X_CONTENT_PARSE, "a line must be an object, not %s",
                      inf_json_token(json.root));
        refuse_line(slot, &err);
        inf_json_free(&json);
    } else {
        run_document(slot, inf_json_take_root(&json));
    }
}

/* A line without anything in it is answered by one. */
static bool is_blank(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (strchr(" \t\r", text[i]) == NULL)
            return false;
    return true;
}

static void take_line(struct inf_execution *execution, const char *text, size_t length)
{
    struct slot *slot = NULL;

    execution->line++;
    if (execution->line < execution->options.from_line)
        return;
    slot = take_slot(execution);
    if (!is_blank(text, length)) {
        start_line(slot, text, length);
    } else {
        slot->done = true;
        inf_buf_puts(&slot->out, "");
    }
}

/* The next whole line, or at the end what is left. */
static bool next_line(struct inf_execution *execution)
{
    struct inf_buf *in = &execution->in;
    const char *begin = in->data + execution->at;
    const char *end = in->length > execution->looked ? memchr(in->data + execution->looked, '\n',
                                                              in->length - execution->looked)
                                                     : NULL;
    size_t length = end != NULL ? (size_t)(end - begin) : in->length - execution->at;

    execution->looked = in->length;
    if (end == NULL && (!execution->over || length == 0))
        return false;
    execution->at += length + (end != NULL);
    execution->looked = execution->at;
    take_line(execution, begin, length);
    return true;
}

/* What was looked at makes room. */
static void shrink(struct inf_execution *execution)
{
    struct inf_buf *in = &execution->in;

    if (execution->at == 0)
        return;
    if (in->length > execution->at)
        memmove(in->data, in->data + execution->at, in->length - execution->at);
    in->length -= execution->at;
    execution->looked -= execution->at;
    execution->at = 0;
}

static void tell_end(struct inf_execution *execution)
{
    struct inf_error err;

    execution->told = true;
    if (!execution->failed && write_out(execution, &err) != 0)
        fail(execution, &err);
    execution->options.ended(execution->options.arg, execution->failed ? &execution->err : NULL);
}

/* Goes on as far as it can. It may free itself at its end, by its owner. */
static void pump(struct inf_execution *execution)
{
    bool was_full = execution->full;

    if (execution->pumping)
        return;
    execution->pumping = true;
    do
        collect(execution);
    while (!execution->failed && execution->count < INF_EXECUTION_AT_ONCE && next_line(execution));
    execution->pumping = false;
    execution->full = !execution->failed && execution->count == INF_EXECUTION_AT_ONCE;
    if (!execution->full)
        shrink(execution);
    if (execution->over && !execution->told && (execution->count == 0 || execution->failed))
        tell_end(execution);
    else if (was_full && !execution->full && !execution->over)
        execution->options.wanted(execution->options.arg);
}

/* ---- from outside ---- */

int inf_execution_new(const struct inf_execution_options *options, struct inf_execution **ret,
                      struct inf_error *err)
{
    int fd = open_file(options->folder, err);
    struct inf_execution *execution;

    if (fd < 0)
        return -1;
    execution = inf_alloc(1, sizeof *execution);
    execution->options = *options;
    inf_pipeline_ref(options->pipeline);
    execution->fd = fd;
    inf_buf_init(&execution->out, RESULT_MAX + WRITE_AT_ONCE);
    inf_buf_init(&execution->in, 4 * INF_EXECUTION_LINE);
    *ret = execution;
    return 0;
}

void inf_execution_free(struct inf_execution *execution)
{
    if (execution == NULL)
        return;
    for (size_t i = 0; i < INF_EXECUTION_AT_ONCE; i++) {
        if (execution->slots[i].run != NULL)
            inf_run_cancel(execution->slots[i].run);
        inf_buf_free(&execution->slots[i].out);
    }
    if (execution->fd >= 0)
        close(execution->fd);
    inf_buf_free(&execution->in);
    inf_buf_free(&execution->out);
    inf_pipeline_unref(execution->options.pipeline);
    free(execution);
}

int inf_execution_push(struct inf_execution *execution, const char *data, size_t length,
                       bool *ret_full, struct inf_error *err)
{
    struct inf_buf *in = &execution->in;

    if (!execution->failed && inf_buf_append(in, data, length) != 0) {
        inf_error_set(err, in->no_memory ? INF_ERR_MEMORY : INF_ERR_PAYLOAD_TOO_LARGE,
                      in->no_memory ? "not enough memory for line [%lld]"
                                    : "behind line [%lld], more than [%zu] bytes came at once",
                      (long long)execution->line, in->max);
        fail(execution, err);
    }
    pump(execution);
    if (!execution->failed && !execution->full && in->length > INF_EXECUTION_LINE) {
        inf_error_set(err, INF_ERR_PAYLOAD_TOO_LARGE, "line [%lld] is longer than [%zu] bytes",
                      (long long)execution->line + 1, INF_EXECUTION_LINE);
        fail(execution, err);
    }
    *ret_full = execution->full;
    if (!execution->failed)
        return 0;
    *err = execution->err;
    return -1;
}

void inf_execution_end(struct inf_execution *execution)
{
    execution->over = true;
    pump(execution);
}

int inf_execution_take_file(struct inf_execution *execution, uint64_t *ret_length)
{
    int fd = execution->fd;

    *ret_length = execution->length;
    execution->fd = -1;
    return fd;
}
