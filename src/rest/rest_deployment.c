/* rest_deployment.c - _start and _stop of deployments.
 *
 * The rules between parameters are here, the rules of one parameter are in the table, and whatever
 * depends on the state of the node is the manager's. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/fields.h"
#include "reply.h"
#include "rest_handlers.h"
#include <limits.h>
#include <string.h>

#define RESPONSE_MAX 65536

/* Order of the complaints about a start, between those of the table. */
enum {
    ORDER_MINIMUM = 5,
    ORDER_MAXIMUM = 6,
    ORDER_BOUNDS = 7,
    ORDER_LOW_ALLOCATIONS = 12,
    ORDER_LOW_THREADS = 13
};

/* ---- _start ---- */

/* The parameter, or what it was called in 7.x and what clients with compatible-with=8 may still
 * send. */
static int64_t int_or_old_name(const struct inf_call *call, const char *name, const char *old_name)
{
    bool old = !inf_call_has(call, name) && inf_call_has(call, old_name);

    return inf_call_int(call, old ? old_name : name);
}

static int64_t allocations(const struct inf_call *call)
{
    return int_or_old_name(call, "number_of_allocations", "model_threads");
}

static int64_t threads(const struct inf_call *call)
{
    return int_or_old_name(call, "threads_per_allocation", "inference_threads");
}

static bool low_priority(const struct inf_call *call)
{
    return strcmp(inf_call_str(call, "priority"), "low") == 0;
}

/* adaptive_allocations as given; null and absent bounds are -1. */
struct adaptive {
    bool enabled;
    int minimum, maximum;
};

static int parse_adaptive(const struct inf_call *call, struct adaptive *ret, struct inf_error *err)
{
    static const char *const members[] = {"enabled", "min_number_of_allocations",
                                          "max_number_of_allocations", NULL};
    const struct inf_fields fields = {.doc = inf_call_body(call),
                                      .path = "adaptive_allocations",
                                      .parser = "autoscaling_settings",
                                      .known = members};
    const struct cJSON *settings = inf_call_json(call, "adaptive_allocations");

    *ret = (struct adaptive){.minimum = -1, .maximum = -1};
    for (const struct cJSON *member = inf_json_first(settings); member != NULL;
         member = inf_json_next(member)) {
        const char *key = inf_json_key(member);
        bool minimum = strcmp(key, "min_number_of_allocations") == 0;
        int rc = 0;

        if (strcmp(key, "enabled") == 0)
            rc = inf_fields_bool(&fields, member, &ret->enabled, err);
        else if (!minimum && strcmp(key, "max_number_of_allocations") != 0)
            rc = inf_fields_unknown(&fields, key, err);
        else if (!inf_json_is_null(member))
            rc = inf_fields_int(&fields, member, minimum ? &ret->minimum : &ret->maximum, err);
        if (rc != 0)
            return -1;
    }
    return 0;
}

static void check_adaptive(const struct adaptive *adaptive, struct inf_validation *validation)
{
    if (adaptive->minimum < -1)
        inf_validation_add(validation, ORDER_MINIMUM,
                           "[min_number_of_allocations] must be a non-negative integer or null");
    if (adaptive->maximum < -1 || adaptive->maximum == 0)
        inf_validation_add(validation, ORDER_MAXIMUM,
                           "[max_number_of_allocations] must be a positive integer or null");
    if (adaptive->minimum > 0 && adaptive->maximum > 0 && adaptive->minimum > adaptive->maximum)
        inf_validation_add(validation, ORDER_BOUNDS,
                           "[min_number_of_allocations] must not be larger than "
                           "[max_number_of_allocations]");
}

void rest_deployment_check(struct inf_call *call, struct inf_validation *validation)
{
    struct adaptive adaptive;
    struct inf_error later; /* a malformed object is the handler's to report */

    if (parse_adaptive(call, &adaptive, &later) == 0)
        check_adaptive(&adaptive, validation);
    if (!low_priority(call))
        return;
    if (allocations(call) > 1)
        inf_validation_add(validation, ORDER_LOW_ALLOCATIONS,
                           "[number_of_allocations] must be 1 when [priority] is low");
    if (threads(call) > 1)
        inf_validation_add(validation, ORDER_LOW_THREADS,
                           "[threads_per_allocation] must be 1 when [priority] is low");
}

static int refuse_adaptive(const struct inf_call *call, struct inf_error *err)
{
    struct adaptive adaptive;

    if (parse_adaptive(call, &adaptive, err) != 0)
        return -1;
    if (!adaptive.enabled)
        return 0;
    return inf_error_set(
        err, INF_ERR_BAD_REQUEST,
        "[adaptive_allocations] with [enabled] set to [true] is not supported; set a "
        "fixed [number_of_allocations] instead");
}

static void started(void *arg, const struct inf_error *failed,
                    const struct inf_deployment *deployment)
{
    struct rest_pending *pending = arg;
    struct inf_call *call = rest_pending_call(pending);

    if (call != NULL && failed != NULL) {
        inf_call_fail(call, failed);
    } else if (call != NULL) {
        struct inf_buf body;
        struct inf_jsonw w;
        struct inf_error err;

        inf_buf_init(&body, RESPONSE_MAX);
        inf_jsonw_init(&w, &body);
        inf_jsonw_begin_object(&w);
        inf_jsonw_key(&w, "assignment");
        inf_deployment_write_assignment(deployment, &w);
        inf_jsonw_end_object(&w);
        if (rest_reply(call, &body, &err) == INF_FAILED)
            inf_call_fail(call, &err);
    }
    rest_pending_end(pending);
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
    int64_t number_of_allocations = allocations(call);
    struct inf_deployment_params params = {
        .model_id = model_id,
        .deployment_id = deployment_id != NULL ? deployment_id : model_id,
        .number_of_allocations =
            number_of_allocations > INT_MAX ? INT_MAX : (int)number_of_allocations,
        .threads_per_allocation = (int)threads(call),
        .queue_capacity = (int)inf_call_int(call, "queue_capacity"),
        .cache_size = inf_call_str(call, "cache_size"),
        .low_priority = low_priority(call),
    };
    struct rest_pending *pending;

    if (rest_check_body_id(call, "model_id", err) != 0 || refuse_adaptive(call, err) != 0)
        return INF_FAILED;
    pending = rest_pending_new(call, NULL, NULL);
    rest_pending_begin(pending);
    inf_manager_deploy(rest_app(call)->manager, &params, awaited(call),
                       inf_call_int(call, "timeout"), started, pending);
    return rest_pending_outcome(pending);
}

/* ---- _stop ---- */

static void stopped(void *arg, const struct inf_error *failed,
                    const struct inf_deployment *deployment)
{
    struct rest_pending *pending = arg;
    struct inf_call *call = rest_pending_call(pending);

    (void)deployment; /* it is gone */
    if (call != NULL && failed != NULL) {
        inf_call_fail(call, failed);
    } else if (call != NULL) {
        struct inf_buf body;
        struct inf_jsonw w;

        inf_buf_init(&body, RESPONSE_MAX);
        inf_jsonw_init(&w, &body);
        inf_jsonw_begin_object(&w);
        inf_jsonw_kv_bool(&w, "stopped", true);
        inf_jsonw_end_object(&w);
        inf_call_reply(call, 200, &body);
    }
    rest_pending_end(pending);
}

enum inf_outcome rest_deployment_stop(struct inf_call *call, struct inf_error *err)
{
    const struct inf_undeploy_options options = {
        .allow_no_match = inf_call_bool(call, "allow_no_match"),
        .force = inf_call_bool(call, "force"),
        .finish_pending_work = inf_call_bool(call, "finish_pending_work"),
    };
    struct rest_pending *pending;

    if (rest_check_body_id(call, "id", err) != 0)
        return INF_FAILED;
    pending = rest_pending_new(call, NULL, NULL);
    rest_pending_begin(pending);
    inf_manager_undeploy(rest_app(call)->manager, inf_call_str(call, "model_id"), &options, stopped,
                         pending);
    return rest_pending_outcome(pending);
}
