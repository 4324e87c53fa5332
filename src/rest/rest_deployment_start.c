/* rest_deployment_start.c - _start of a deployment.
 *
 * The rules between parameters are here, the rules of one parameter are in the table, and whatever
 * depends on the state of the node is the manager's. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "reply.h"
#include "rest_adaptive.h"
#include "rest_dry_run.h"
#include "rest_handlers.h"
#include <stdlib.h>
#include <string.h>

#define FLOOR_MAX 32 /* characters of a number */

/* Order of the complaints about a start, after those of the table. */
enum { ORDER_LOW_ALLOCATIONS = 12, ORDER_LOW_THREADS = 13 };

/* The name that a parameter was given by: its own, or what it was called in 7.x and what clients
 * with compatible-with=8 may still send. */
static const char *name_given(const struct inf_call *call, const char *name, const char *old_name)
{
    return !inf_call_has(call, name) && inf_call_has(call, old_name) ? old_name : name;
}

static const char *allocations_name(const struct inf_call *call)
{
    return name_given(call, "number_of_allocations", "model_threads");
}

/* As given; else the lower bound of the adaptive ones; else 1. */
static int allocations(const struct inf_call *call, const struct inf_adaptive *adaptive)
{
    const char *name = allocations_name(call);

    if (!inf_call_has(call, name) && adaptive->minimum >= 1)
        return adaptive->minimum;
    return rest_deployment_count(inf_call_int(call, name));
}

static int64_t threads(const struct inf_call *call)
{
    return inf_call_int(call, name_given(call, "threads_per_allocation", "inference_threads"));
}

static bool low_priority(const struct inf_call *call)
{
    return strcmp(inf_call_str(call, "priority"), "low") == 0;
}

void rest_deployment_check(struct inf_call *call, struct inf_validation *validation)
{
    struct inf_deployment_update given;
    struct inf_error later; /* a malformed object is the handler's to report */

    if (rest_adaptive_parse(call, &given, &later) == 0)
        rest_adaptive_check(&given, inf_call_has(call, allocations_name(call)), validation);
    if (!low_priority(call))
        return;
    if (allocations(call, &given.adaptive) > 1)
        inf_validation_add(validation, ORDER_LOW_ALLOCATIONS,
                           "[number_of_allocations] must be 1 when [priority] is low");
    if (threads(call) > 1)
        inf_validation_add(validation, ORDER_LOW_THREADS,
                           "[threads_per_allocation] must be 1 when [priority] is low");
}

/* -1: no floor. A number that Elasticsearch's own double fields would take. */
static int read_floor(const struct inf_call *call, double *ret, struct inf_error *err)
{
    const char *text = inf_call_str(call, "min_cosine");
    char *end = NULL;

    *ret = -1;
    if (text == NULL)
        return 0;
    if (text[0] >= '0' && text[0] <= '9' && strlen(text) <= FLOOR_MAX &&
        strpbrk(text, "xXpP") == NULL)
        *ret = strtod(text, &end);
    if (end == NULL || *end != '\0' || !(*ret >= 0 && *ret <= 1))
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "[min_cosine] must be a number from 0 to 1, was [%.64s]", text);
    return 0;
}

static int read_precision(const struct inf_call *call, struct inf_precision *ret,
                          struct inf_error *err)
{
    ret->type = inf_precision_find(inf_call_str(call, "precision"));
    if (read_floor(call, &ret->min_cosine, err) != 0)
        return -1;
    if (inf_call_has(call, "min_cosine") && ret->type == INF_PRECISION_FP32)
        return inf_error_set(
            err, INF_ERR_ILLEGAL_ARGUMENT,
            "[min_cosine] is for [precision] int8 or bf16, and [precision] is fp32");
    return 0;
}

static enum inf_allocation_state awaited(const struct inf_call *call)
{
    const char *state = inf_call_str(call, "wait_for");

    if (strcmp(state, "starting") == 0)
        return INF_ALLOCATION_STARTING;
    return strcmp(state, "started") == 0 ? INF_ALLOCATION_STARTED : INF_ALLOCATION_FULLY;
}

enum inf_outcome rest_deployment_start(struct inf_call *call, struct inf_error *err)
{
    const char *model_id = inf_call_str(call, "model_id");
    const char *deployment_id = inf_call_str(call, "deployment_id"); /* the query's, see routes.c */
    struct inf_deployment_params params = {
        .model_id = model_id,
        .deployment_id = deployment_id != NULL ? deployment_id : model_id,
        .threads_per_allocation = (int)threads(call),
        .queue_capacity = (int)inf_call_int(call, "queue_capacity"),
        .cache_size = inf_call_str(call, "cache_size"),
        .low_priority = low_priority(call),
    };
    struct inf_deployment_update given;
    struct rest_pending *pending;

    if (rest_check_body_id(call, "model_id", err) != 0 ||
        read_precision(call, &params.precision, err) != 0 ||
        rest_adaptive_parse(call, &given, err) != 0)
        return INF_FAILED;
    params.adaptive = given.adaptive;
    params.number_of_allocations = allocations(call, &given.adaptive);
    if (inf_call_bool(call, "dry_run"))
        return rest_dry_run(call, &params);
    pending = rest_pending_new(call, NULL, NULL);
    rest_pending_begin(pending);
    inf_manager_deploy(rest_app(call)->manager, &params, awaited(call),
                       inf_call_int(call, "timeout"), rest_deployment_answer, pending);
    return rest_pending_outcome(pending);
}
