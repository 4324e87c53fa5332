/* What a user started is started again: the store has the desired state, everything else is
 * recomputed. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"
#include "adaptive.h"
#include "assign.h"
#include "cluster_view.h"
#include "deployment.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "inferd/store_shared.h"
#include <stdlib.h>
#include <string.h>

#define TRIES 32 /* while other nodes are faster */
#define THREADS_MAX 1024
#define CAPACITY_MAX 1000000000

/* ---- into the store ---- */

static void write_bound(struct inf_jsonw *w, const char *key, int bound)
{
    if (bound >= 0)
        inf_jsonw_kv_int(w, key, bound);
}

static char *record_text(const struct inf_deployment *deployment, int allocations,
                         const struct inf_adaptive *adaptive)
{
    struct inf_buf text;
    struct inf_jsonw w;

    inf_buf_init(&text, 4096);
    inf_jsonw_init(&w, &text);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_int(&w, "number_of_allocations", allocations);
    inf_jsonw_kv_int(&w, "threads_per_allocation", deployment->threads_per_allocation);
    inf_jsonw_kv_int(&w, "queue_capacity", (int64_t)deployment->queue.capacity);
    inf_jsonw_kv_string(&w, "cache_size", deployment->cache_size);
    inf_jsonw_kv_string(&w, "priority", deployment->low_priority ? "low" : "normal");
    inf_jsonw_kv_int(&w, "start_time", deployment->start_time_ms);
    inf_precision_write(&deployment->precision, &w);
    if (adaptive->set) {
        inf_jsonw_key(&w, "adaptive_allocations");
        inf_jsonw_begin_object(&w);
        inf_jsonw_kv_bool(&w, "enabled", adaptive->enabled);
        write_bound(&w, "min_number_of_allocations", adaptive->minimum);
        write_bound(&w, "max_number_of_allocations", adaptive->maximum);
        inf_jsonw_end_object(&w);
    }
    inf_jsonw_end_object(&w);
    return inf_buf_take(&text, NULL);
}

void inf_record_write(struct inf_deployment *deployment, int allocations,
                      const struct inf_adaptive *adaptive, bool replace, inf_store_done done,
                      void *arg)
{
    char *text = record_text(deployment, allocations, adaptive);

    deployment->recording++;
    deployment->promised = allocations > deployment->promised ? allocations : deployment->promised;
    deployment->decided = inf_store_deployments_heard(deployment->manager->store);
    inf_manager_hold(deployment->manager);
    inf_store_decide_deployment(deployment->manager->store, deployment->id, deployment->model_id,
                                text, replace, done, arg);
    free(text);
}

bool inf_record_written(struct inf_deployment *deployment)
{
    deployment->recording--;
    if (deployment->recording == 0)
        deployment->promised = 0;
    if (deployment->manager->torn_down) {
        inf_deployment_teardown(deployment);
        return false;
    }
    /* What another node has written meanwhile was not listened to. */
    if (deployment->recording == 0 && deployment->begun &&
        inf_store_is_shared(deployment->manager->store))
        inf_record_read_again(deployment);
    return true;
}

bool inf_record_is_outdated(struct inf_deployment *deployment, const struct inf_error *err)
{
    bool outdated = err != NULL && err->code == INF_ERR_CONFLICT &&
                    inf_store_deployments_heard(deployment->manager->store) != deployment->decided;

    deployment->tries = outdated ? deployment->tries + 1 : 0;
    return outdated && deployment->tries < TRIES;
}

/* ---- and back ---- */

static int read_int(const struct cJSON *object, const char *key, int64_t *ret,
                    struct inf_error *err)
{
    return inf_json_int64(inf_json_get(object, key), ret, err);
}

/* What another version has written, or a hand: nothing that would harm the planner or the queue. */
static int read_bounded(const struct cJSON *object, const char *key, int64_t least, int64_t most,
                        int64_t *ret, struct inf_error *err)
{
    if (read_int(object, key, ret, err) != 0)
        return -1;
    if (*ret >= least && *ret <= most)
        return 0;
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                         "[%s] must be from [%lld] to [%lld], and is [%lld]", key, (long long)least,
                         (long long)most, (long long)*ret);
}

static int read_bound(const struct cJSON *object, const char *key)
{
    int64_t bound = -1;
    struct inf_error ignored;

    return read_bounded(object, key, 0, INT32_MAX, &bound, &ignored) == 0 ? (int)bound : -1;
}

static struct inf_adaptive read_adaptive(const struct cJSON *record)
{
    const struct cJSON *settings = inf_json_get(record, "adaptive_allocations");

    return (struct inf_adaptive){.set = settings != NULL,
                                 .enabled = inf_json_true(inf_json_get(settings, "enabled")),
                                 .minimum = read_bound(settings, "min_number_of_allocations"),
                                 .maximum = read_bound(settings, "max_number_of_allocations")};
}

/* One of these texts, or none. */
static int check_word(const struct cJSON *record, const char *key, const char *const *words,
                      struct inf_error *err)
{
    const char *word = inf_json_string(inf_json_get(record, key));

    for (; word != NULL && *words != NULL; words++)
        if (strcmp(word, *words) == 0)
            return 0;
    return word == NULL ? 0
                        : inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                                        "[%s] with value [%.64s] is not known to this version of "
                                        "inferd",
                                        key, word);
}

static int check_words(const struct cJSON *record, struct inf_error *err)
{
    static const char *const priorities[] = {"normal", "low", NULL};
    const char *const precisions[] = {inf_precision_name(INF_PRECISION_FP32),
                                      inf_precision_name(INF_PRECISION_INT8),
                                      inf_precision_name(INF_PRECISION_BF16), NULL};

    return check_word(record, "priority", priorities, err) != 0 ||
                   check_word(record, "precision", precisions, err) != 0
               ? -1
               : 0;
}

/* was_serving: requests wait for it as after a crash of its worker. */
static int restore(struct inf_manager *manager, const struct inf_stored_deployment *stored,
                   const struct cJSON *record, bool was_serving, struct inf_error *err)
{
    const struct inf_model *model = inf_store_model(manager->store, stored->model_id);
    const char *priority = inf_json_string(inf_json_get(record, "priority"));
    struct inf_deployment_params params = {.deployment_id = stored->deployment_id,
                                           .model_id = stored->model_id};
    struct inf_deployment *deployment = NULL;
    int64_t allocations = 0, threads = 0, capacity = 0, start_time = 0;

    if (model == NULL)
        return inf_error_set(err, INF_ERR_NOT_FOUND, "No known trained model with model_id [%s]",
                             stored->model_id);
    if (read_bounded(record, "number_of_allocations", 0, INT32_MAX, &allocations, err) != 0 ||
        read_bounded(record, "threads_per_allocation", 1, THREADS_MAX, &threads, err) != 0 ||
        read_bounded(record, "queue_capacity", 1, CAPACITY_MAX, &capacity, err) != 0 ||
        read_bounded(record, "start_time", 0, INT64_MAX, &start_time, err) != 0 ||
        check_words(record, err) != 0)
        return -1;
    params.number_of_allocations = (int)allocations;
    params.threads_per_allocation = (int)threads;
    params.queue_capacity = (int)capacity;
    params.cache_size = inf_json_string(inf_json_get(record, "cache_size"));
    params.low_priority = priority != NULL && strcmp(priority, "low") == 0;
    params.adaptive = read_adaptive(record);
    inf_precision_read(record, &params.precision);
    deployment = inf_deployment_new(manager, &params, model);
    deployment->start_time_ms = start_time;
    deployment->serving = was_serving;
    inf_strmap_put(manager->deployments, deployment->id, deployment);
    inf_cluster_read_plan(deployment);
    inf_deployment_begin(deployment);
    return 0;
}

/* -1: there is none. The record is the caller's after 0. */
static int read_stored(const struct inf_deployment *deployment, struct inf_json *record,
                       int64_t *ret_allocations)
{
    const struct inf_stored_deployment *stored =
        inf_store_deployment(deployment->manager->store, deployment->id);
    struct inf_error ignored;

    *record = (struct inf_json){0};
    if (stored == NULL ||
        inf_json_parse_own(stored->params, strlen(stored->params), NULL, record, &ignored) != 0)
        return -1;
    if (read_bounded(record->root, "number_of_allocations", 0, INT32_MAX, ret_allocations,
                     &ignored) == 0)
        return 0;
    inf_json_free(record);
    return -1;
}

void inf_record_read_again(struct inf_deployment *deployment)
{
    struct inf_json record;
    int64_t allocations;

    if (read_stored(deployment, &record, &allocations) != 0)
        return;
    deployment->number_of_allocations = (int)allocations;
    deployment->adaptive = read_adaptive(record.root);
    inf_adaptive_changed(deployment);
    inf_assign_soon(deployment->manager);
    inf_json_free(&record);
}

int inf_record_promised(const struct inf_deployment *deployment)
{
    bool is_ending =
        deployment->state == INF_DEPLOYMENT_STOPPING || deployment->state == INF_DEPLOYMENT_FAILED;
    int most = is_ending ? -1 : deployment->number_of_allocations;
    struct inf_json record;
    int64_t stored;

    if (deployment->recording > 0 && !is_ending && deployment->promised > most)
        most = deployment->promised;
    /* What another node has written is not in force here as long as that is so. */
    if ((is_ending ? deployment->recordless : deployment->recording > 0) &&
        read_stored(deployment, &record, &stored) == 0) {
        most = stored > most ? (int)stored : most;
        inf_json_free(&record);
    }
    return most;
}

/* true: it has begun. */
static bool restore_one(struct inf_manager *manager, const struct inf_stored_deployment *stored,
                        bool was_serving, enum inf_log_level level)
{
    struct inf_json record = {0};
    struct inf_error err;
    int rc = inf_json_parse_own(stored->params, strlen(stored->params), NULL, &record, &err);

    if (rc == 0)
        rc = restore(manager, stored, record.root, was_serving, &err);
    if (rc != 0)
        inf_log(
            level, "serving", "a recorded deployment cannot be started again",
            (const char *[]){"deployment_id", stored->deployment_id, "reason", err.reason, NULL});
    inf_json_free(&record);
    return rc == 0;
}

void inf_record_restore_all(struct inf_manager *manager)
{
    for (size_t i = 0; i < inf_store_deployment_count(manager->store); i++)
        restore_one(manager, inf_store_deployment_at(manager->store, i), true, INF_LOG_ERROR);
    inf_assign(manager);
}

void inf_manager_adopt(struct inf_manager *manager)
{
    bool any = false;

    for (size_t i = 0; i < inf_store_deployment_count(manager->store); i++) {
        const struct inf_stored_deployment *stored = inf_store_deployment_at(manager->store, i);

        any |= inf_strmap_get(manager->deployments, stored->deployment_id) == NULL &&
               restore_one(manager, stored, false, INF_LOG_DEBUG);
    }
    if (any)
        inf_assign_soon(manager);
}
