/* proc_end.c - fail, drop, and script, which is refused. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"
#include "template.h"
#include <stdlib.h>

/* ---- fail ---- */

struct failing {
    char *message;
};

static int make_fail(void *settings, struct inf_reader *reader, struct inf_error *err)
{
    struct failing *failing = settings;

    return inf_reader_copy(reader, "message", true, &failing->message, err);
}

static void destroy_fail(void *settings)
{
    struct failing *failing = settings;

    free(failing->message);
}

static int run_fail(const void *settings, struct inf_doc *doc, struct inf_error *err)
{
    const struct failing *failing = settings;
    struct inf_buf text;

    inf_buf_init(&text, INF_TEMPLATE_MAX);
    if (inf_template_render(failing->message, doc, &text, err) == 0)
        inf_error_set(err, INF_ERR_FAIL_PROCESSOR, "%s", text.length > 0 ? text.data : "");
    inf_buf_free(&text);
    return -1;
}

const struct inf_processor_row inf_processor_fail = {.name = "fail",
                                                     .size = sizeof(struct failing),
                                                     .make = make_fail,
                                                     .destroy = destroy_fail,
                                                     .run = run_fail};

/* ---- drop ---- */

static enum inf_step start_drop(const void *settings, struct inf_run *run, struct inf_error *err)
{
    (void)settings;
    (void)run;
    (void)err;
    return INF_STEP_DROP;
}

const struct inf_processor_row inf_processor_drop = {.name = "drop", .start = start_drop};

/* ---- script ---- */

static int make_script(void *settings, struct inf_reader *reader, struct inf_error *err)
{
    (void)settings;
    return inf_reader_fail(reader, NULL, err,
                           "processor [script] is not served: this server runs no scripts. What "
                           "set, convert, gsub and the other processors do, with [if], needs none");
}

const struct inf_processor_row inf_processor_script = {
    .name = "script", .make = make_script, .start = start_drop};
