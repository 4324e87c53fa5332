/* dry_run_report.h - what a dry run found out, as JSON.
 *
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_DRY_RUN_REPORT_H
#define INFERD_SERVING_DRY_RUN_REPORT_H

#include "assign.h"
#include "preview.h"
#include "probe.h"

#define INF_DRY_RUN_REPORT_MAX (1 << 20) /* bytes */

struct inf_dry_run_facts {
    const struct inf_manager *manager;
    const struct inf_deployment_params *params; /* as asked for */
    const struct inf_model *model;              /* NULL: there is none of that name */
    const struct inf_deployment *newcomer;      /* in no map; NULL without a model */
    struct inf_error refusal;                   /* of the _start; code NONE: it would succeed */
    bool tried;                                 /* the model was, with this outcome: */
    enum inf_probe_outcome outcome;
    const char *text;
};

/* Appends the whole answer. */
void inf_dry_run_write(const struct inf_dry_run_facts *facts, struct inf_buf *out);

/* ---- dry_run_advice.c ---- */
/* The elements of "advice": what to change, one sentence each. preview may be NULL. */
void inf_dry_run_advise(const struct inf_dry_run_facts *facts, const struct inf_preview *preview,
                        struct inf_jsonw *w);
/* The operation that libtorch does not know, from its text about a model that does not load;
 * 0 when it is about something else, else its length, and *ret_name where it begins. */
size_t inf_dry_run_unknown_operation(const char *text, const char **ret_name);

#endif
