/* Between the scaler, which knows no deployment, and the deployments: counters become samples,
 * decisions become changes of the number of allocations, and both are logged. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "adaptive.h"
#include "cluster_view.h"
#include "infer.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "inferd/store_shared.h"
#include "scaler.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SETTINGS "xpack.ml.trained_models.adaptive_allocations."

struct inf_scaling {
    struct inf_scaler scaler;
    bool measuring;          /* the deployment was STARTED when it was last looked at */
    struct inf_load counted; /* then */
    int refused;             /* so many allocations had no room, and that was logged */
};

static double seconds(uint64_t ns)
{
    return (double)ns / 1e9;
}

static double setting_s(const struct inf_deployment *deployment, const char *name)
{
    return (double)inf_config_ms(deployment->manager->config, name) / 1000.0;
}

static double cooled_down_s(const struct inf_deployment *deployment, double now_s)
{
    return now_s + setting_s(deployment, SETTINGS "scale_up_cooldown_time");
}

/* ---- measuring ---- */

struct inf_load inf_adaptive_load(const struct inf_deployment *deployment)
{
    const struct inf_counters *counters = &deployment->counters;

    return (struct inf_load){.answered = counters->inference_count,
                             .failed = counters->errors + counters->timeouts + counters->rejections,
                             .pending = deployment->demand.documents,
                             .time_ms = counters->occupied_ms};
}

bool inf_adaptive_has_worked(const struct inf_load *load)
{
    return load->answered > 0 || load->failed > 0 || load->pending > 0;
}

/* Of all nodes. */
static void remember(struct inf_deployment *deployment)
{
    const struct inf_routing *routing = &deployment->routing;
    struct inf_load *counted = &deployment->scaling->counted;

    *counted = inf_adaptive_load(deployment);
    for (size_t i = 0; i < routing->count; i++) {
        counted->answered += routing->entries[i].load.answered;
        counted->failed += routing->entries[i].load.failed;
        counted->pending += routing->entries[i].load.pending;
        counted->time_ms += routing->entries[i].load.time_ms;
    }
}

/* A node that was started again counts from the beginning. */
static int64_t more(int64_t now, int64_t before)
{
    return now > before ? now - before : 0;
}

/* How long the unanswered requests have left, on average. */
static double left_s(const struct inf_deployment *deployment)
{
    const struct inf_demand *demand = &deployment->demand;
    int64_t now_ms = (int64_t)uv_now(deployment->manager->loop);

    if (demand->deadlines == 0)
        return INFINITY;
    return ((double)demand->deadline_sum_ms / (double)demand->deadlines - (double)now_ms) / 1000.0;
}

static void measure(struct inf_deployment *deployment, double now_s)
{
    struct inf_scaling *scaling = deployment->scaling;
    const struct inf_load before = scaling->counted, *now = &scaling->counted;
    struct inf_scaler_sample sample = {.left_s = left_s(deployment)};

    remember(deployment);
    sample.answered = more(now->answered, before.answered);
    sample.busy_s = fmax(now->time_ms - before.time_ms, 0) / 1000.0;
    sample.pending = now->pending;
    sample.documents =
        sample.answered + more(now->failed, before.failed) + now->pending - before.pending;
    if (sample.documents < 0) /* the rest of a failed request counts nowhere */
        sample.documents = 0;
    inf_scaler_add(&scaling->scaler, now_s, &sample);
}

/* ---- changing ---- */

/* A number as text, for the log. */
struct figure {
    char text[32];
};

static const char *figure(struct figure *figure, double value)
{
    snprintf(figure->text, sizeof figure->text, "%.6g", value);
    return figure->text;
}

static void log_change(const struct inf_deployment *deployment, int from,
                       const struct inf_scaler_decision *decision)
{
    const struct inf_scaler *scaler = &deployment->scaling->scaler;
    struct figure f[8];

    inf_log(INF_LOG_INFO, "serving", "deployment scaled",
            (const char *[]){"deployment_id",
                             deployment->id,
                             "from",
                             figure(&f[0], from),
                             "to",
                             figure(&f[1], deployment->number_of_allocations),
                             "wanted",
                             figure(&f[2], decision->allocations),
                             "because_of",
                             inf_scaler_why_name(decision->why),
                             "documents_per_second",
                             figure(&f[3], scaler->rate.value),
                             "inference_ms",
                             figure(&f[4], scaler->time.value * 1000.0),
                             "load_lower",
                             figure(&f[5], decision->load_lower),
                             "load_upper",
                             figure(&f[6], decision->load_upper),
                             "pending",
                             figure(&f[7], (double)scaler->pending),
                             NULL});
}

static void log_refusal(struct inf_deployment *deployment, int wanted, const struct inf_error *err)
{
    struct figure f;

    if (deployment->scaling->refused == wanted)
        return;
    deployment->scaling->refused = wanted;
    inf_log(INF_LOG_WARN, "serving", "there is no room for more allocations of a deployment",
            (const char *[]){"deployment_id", deployment->id, "wanted", figure(&f, wanted),
                             "reason", err->reason, "cause",
                             err->cause_code != INF_ERR_NONE ? err->cause : "", NULL});
}

/* As many of `wanted` as fit. An _update or a _stop that is under way comes first; then it is
 * decided anew with the next look. */
static int scale(struct inf_deployment *deployment, int wanted, struct inf_error *err)
{
    int now = deployment->number_of_allocations;
    int rc = inf_deployment_scale(deployment, wanted, err);

    if (rc != 0 && err->code == INF_ERR_TOO_MANY)
        log_refusal(deployment, wanted, err);
    while (rc != 0 && err->code == INF_ERR_TOO_MANY && --wanted > now)
        rc = inf_deployment_scale(deployment, wanted, err);
    if (rc != 0)
        return -1;
    inf_scaler_changed(&deployment->scaling->scaler);
    deployment->waking = now == 0;
    return 0;
}

static void decide(struct inf_deployment *deployment, double now_s)
{
    struct inf_scaler *scaler = &deployment->scaling->scaler;
    const struct inf_scaler_limits limits = {
        .minimum = deployment->adaptive.minimum,
        .maximum = deployment->adaptive.maximum,
        .scale_to_zero_s = setting_s(deployment, SETTINGS "scale_to_zero_time"),
    };
    int before = deployment->number_of_allocations;
    struct inf_scaler_decision decision;
    struct inf_error err;

    inf_scaler_decide(scaler, now_s, before, &limits, &decision);
    if (decision.why == INF_SCALER_KEEP) {
        deployment->scaling->refused = 0;
        return;
    }
    if (scale(deployment, decision.allocations, &err) != 0)
        return;
    log_change(deployment, before, &decision);
    if (deployment->number_of_allocations > before)
        inf_scaler_cool_down(scaler, cooled_down_s(deployment, now_s));
}

/* ---- from zero ---- */

int inf_adaptive_wake(struct inf_deployment *deployment, struct inf_error *err)
{
    int first = deployment->adaptive.minimum > 1 ? deployment->adaptive.minimum : 1;

    if (scale(deployment, first, err) != 0)
        return err->code == INF_ERR_TOO_MANY ? -1 : 0;
    inf_log(INF_LOG_INFO, "serving", "deployment scaled up from zero for a request",
            (const char *[]){"deployment_id", deployment->id, NULL});
    return 0;
}

/* Requests are held for a deployment without allocations that could not be woken when they came, or
 * that fell asleep on another node at that moment. */
static void try_again(struct inf_deployment *deployment)
{
    struct inf_error err;

    if (deployment->number_of_allocations > 0 ||
        (deployment->held == 0 && !inf_waiters_for(deployment, INF_WAIT_ALLOCATION)))
        return;
    inf_deployment_no_place_error(deployment->id, &err);
    if (!deployment->adaptive.enabled || inf_adaptive_wake(deployment, &err) != 0)
        inf_held_fail(deployment, &err);
}

/* ---- looking ---- */

/* Of the nodes where it answers, the first by its id scales; the master, where it answers nowhere.
 */
static bool scales_here(const struct inf_deployment *deployment)
{
    const struct inf_routing *routing = &deployment->routing;
    const char *own = inf_store_node_id(deployment->manager->store);

    if (!inf_store_is_shared(deployment->manager->store))
        return true;
    for (size_t i = 0; i < routing->count; i++)
        if (routing->entries[i].current > 0)
            return deployment->current > 0 && strcmp(own, routing->entries[i].node_id) < 0;
    return deployment->current > 0 || deployment->manager->nodes.is_master;
}

static void look(struct inf_deployment *deployment, double now_s)
{
    struct inf_scaling *scaling = deployment->scaling;

    if (deployment->state != INF_DEPLOYMENT_STARTED || !scales_here(deployment)) {
        try_again(deployment);
        scaling->measuring = false;
        return;
    }
    if (!scaling->measuring) {
        inf_scaler_start(&scaling->scaler, now_s, cooled_down_s(deployment, now_s));
        remember(deployment);
        scaling->measuring = true;
        return;
    }
    measure(deployment, now_s);
    decide(deployment, now_s);
    try_again(deployment);
}

void inf_adaptive_look(struct inf_manager *manager, uint64_t now_ns)
{
    uint64_t interval_ms = (uint64_t)inf_config_ms(manager->config, "deployment.adaptive_interval");

    if (now_ns - manager->scaled_ns < interval_ms * 1000000)
        return;
    manager->scaled_ns = now_ns;
    inf_cluster_changed(manager);
    /* Backwards, as elsewhere: one that ends leaves the map. */
    for (size_t i = inf_strmap_size(manager->deployments); i > 0; i--) {
        struct inf_deployment *deployment = inf_strmap_at(manager->deployments, i - 1, NULL);
        if (deployment->scaling != NULL)
            look(deployment, seconds(now_ns));
    }
}

/* ---- coming, changing, going ---- */

void inf_adaptive_begin(struct inf_deployment *deployment)
{
    inf_adaptive_changed(deployment);
}

void inf_adaptive_changed(struct inf_deployment *deployment)
{
    if (deployment->adaptive.enabled && deployment->scaling == NULL) {
        deployment->scaling = inf_alloc(1, sizeof *deployment->scaling);
        inf_scaler_init(&deployment->scaling->scaler);
    } else if (!deployment->adaptive.enabled) {
        inf_adaptive_end(deployment);
    }
    try_again(deployment);
}

void inf_adaptive_end(struct inf_deployment *deployment)
{
    free(deployment->scaling);
    deployment->scaling = NULL;
}
