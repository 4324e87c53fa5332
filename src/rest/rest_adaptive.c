/* rest_adaptive.c - "adaptive_allocations" of a body, and what else _start and _update have in
 * common.
 *
 * Only the body has it, and every member may be null; what null means is the command's to say. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rest_adaptive.h"
#include "inferd/fields.h"
#include "reply.h"
#include <limits.h>
#include <string.h>

#define RESPONSE_MAX 65536

/* Order of the complaints, between those of the table. */
enum { ORDER_NUMBERED = 3, ORDER_MINIMUM = 5, ORDER_MAXIMUM = 6, ORDER_BOUNDS = 7 };

static int parse_bound(const struct inf_fields *fields, const struct cJSON *member, int *ret,
                       bool *ret_has, struct inf_error *err)
{
    *ret_has = true;
    return inf_json_is_null(member) ? 0 : inf_fields_int(fields, member, ret, err);
}

static int parse_member(const struct inf_fields *fields, const struct cJSON *member,
                        struct inf_deployment_update *ret, struct inf_error *err)
{
    struct inf_adaptive *adaptive = &ret->adaptive;
    const char *key = inf_json_key(member);

    if (strcmp(key, "min_number_of_allocations") == 0)
        return parse_bound(fields, member, &adaptive->minimum, &ret->has_minimum, err);
    if (strcmp(key, "max_number_of_allocations") == 0)
        return parse_bound(fields, member, &adaptive->maximum, &ret->has_maximum, err);
    if (strcmp(key, "enabled") != 0)
        return inf_fields_unknown(fields, key, err);
    if (inf_json_is_null(member))
        return 0;
    ret->has_enabled = true;
    return inf_fields_bool(fields, member, &adaptive->enabled, err);
}

int rest_adaptive_parse(const struct inf_call *call, struct inf_deployment_update *ret,
                        struct inf_error *err)
{
    static const char *const members[] = {"enabled", "min_number_of_allocations",
                                          "max_number_of_allocations", NULL};
    const struct inf_fields fields = {.doc = inf_call_body(call),
                                      .path = "adaptive_allocations",
                                      .parser = "autoscaling_settings",
                                      .known = members};
    const struct cJSON *settings = inf_call_json(call, "adaptive_allocations");

    *ret =
        (struct inf_deployment_update){.has_adaptive = inf_call_has(call, "adaptive_allocations"),
                                       .adaptive = {.minimum = -1, .maximum = -1}};
    ret->adaptive.set = inf_json_is_object(settings);
    ret->removes_adaptive = ret->has_adaptive && !ret->adaptive.set;
    if (!ret->adaptive.set)
        return 0;
    for (const struct cJSON *member = inf_json_first(settings); member != NULL;
         member = inf_json_next(member))
        if (parse_member(&fields, member, ret, err) != 0)
            return -1;
    return 0;
}

void rest_adaptive_check(const struct inf_deployment_update *update, bool numbered,
                         struct inf_validation *validation)
{
    const struct inf_adaptive *adaptive = &update->adaptive;

    if (numbered && adaptive->enabled)
        inf_validation_add(
            validation, ORDER_NUMBERED,
            "[number_of_allocations] cannot be set if adaptive allocations is enabled");
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

void rest_deployment_answer(void *arg, const struct inf_error *failed,
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

int rest_deployment_count(int64_t number)
{
    return number > INT_MAX ? INT_MAX : (int)number;
}
