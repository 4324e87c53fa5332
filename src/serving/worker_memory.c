/* The zygote reads the figures, since it has the descriptors for it (src/engine/usage.h); here is
 * what follows from them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "worker_memory.h"
#include "assign.h"
#include "deployment.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "inferd/units.h"
#include "memory.h"
#include "memory_limit.h"
#include <stdio.h>
#include <stdlib.h>

#define MB (INT64_C(1024) * 1024)
#define ENGINE_TEXT 128

/* What a process asks for and does not use: stacks, and the heap's reserves. */
#define UNUSED (256 * MB)
#define UNUSED_OF_THREAD (16 * MB)
/* Address space is mapped files and reserved ranges, too; this bounds the tables that map it. */
#define ADDRESS_FACTOR 4
#define ADDRESS_ROOM (8192 * MB)

struct load {
    int allocations, threads;
};

/* What may run in the worker by the plan, or still does. */
static struct load load_of(const struct inf_worker *worker)
{
    const struct inf_manager *manager = worker->manager;
    struct load load = {0, 0};

    for (size_t i = 0; i < inf_strmap_size(manager->deployments); i++) {
        const struct inf_deployment *deployment = inf_strmap_at(manager->deployments, i, NULL);
        int open = 0;

        if (deployment->worker != worker)
            continue;
        for (const struct inf_allocation *each = deployment->allocations; each != NULL;
             each = each->next)
            open++;
        if (open < deployment->assigned)
            open = deployment->assigned;
        load.allocations += open;
        load.threads += open * deployment->threads_per_allocation;
    }
    if (worker->probe != NULL && inf_probe_threads(worker->probe) > 0) {
        load.allocations++;
        load.threads += inf_probe_threads(worker->probe);
    }
    return load;
}

static int64_t model_bytes(const struct inf_worker *worker)
{
    const struct inf_model *model = inf_store_model(worker->manager->store, worker->model_id);

    return model != NULL ? model->total_length : 0;
}

/* Of a process of the worker's model. */
static int64_t limit_of(const struct inf_worker *worker, struct inf_measured measured,
                        int allocations)
{
    const struct inf_manager *manager = worker->manager;
    const struct inf_memory_limit facts = {
        .setting = inf_config_bytes(manager->config, "engine.memory_limit"),
        .node_bytes = inf_assign_memory_limit(manager),
        .model_bytes = model_bytes(worker),
        .measured = measured,
        .allocations = allocations,
        .processors = manager->processors,
        .positions = worker->runtime->config->tokenization.max_sequence_length};

    return inf_memory_limit(&facts);
}

static int64_t kernel_limit_of(int64_t limit, int threads)
{
    return limit + UNUSED + UNUSED_OF_THREAD * (threads + 1);
}

static int64_t address_limit(void)
{
    return ADDRESS_FACTOR * inf_node_memory() + ADDRESS_ROOM;
}

static void compute_limits(struct inf_worker *worker)
{
    struct load load = load_of(worker);

    worker->memory.limit = limit_of(worker, worker->memory.measured, load.allocations);
    worker->memory.kernel_limit = kernel_limit_of(worker->memory.limit, load.threads);
}

/* What is known is of packed weights. */
void inf_worker_memory_of_module(const struct inf_worker *worker, struct inf_frame_spawn *request)
{
    request->memory_limit = kernel_limit_of(limit_of(worker, INF_MEASURED_NONE, 1), 1);
    request->address_limit = address_limit();
}

bool inf_worker_memory_fits_module(const struct inf_worker *worker)
{
    const struct inf_manager *manager = worker->manager;
    int64_t wanted = inf_memory_estimate(worker->model_id, model_bytes(worker), 0, 0, 1);

    return manager->memory_used + INF_ASSIGN_OVERHEAD + wanted <= inf_assign_memory_limit(manager);
}

/* What figures were measured with. A packed model takes other memory than its module. */
static void write_engine(const struct inf_manager *manager, char ret[ENGINE_TEXT])
{
    snprintf(ret, ENGINE_TEXT, "%s, encoder %s", inf_zygote_version(manager->zygote),
             inf_config_string(manager->config, "engine.encoder"));
}

struct inf_measured inf_worker_memory_recorded(const struct inf_manager *manager,
                                               const char *model_id)
{
    char engine[ENGINE_TEXT];

    write_engine(manager, engine);
    return inf_measured_load(manager->store, model_id, engine);
}

void inf_worker_memory_begin(struct inf_worker *worker, struct inf_frame_spawn *request)
{
    struct inf_worker_memory *memory = &worker->memory;
    /* What is kept is of the model in float32, and was of packed weights until they were disproven.
     */
    struct inf_measured recorded =
        worker->precision.type != INF_PRECISION_FP32 || worker->check.is_disproven
            ? INF_MEASURED_NONE
            : inf_worker_memory_recorded(worker->manager, worker->model_id);

    memory->recorded = recorded;
    memory->measured = recorded;
    memory->resident = memory->own = 0;
    memory->recording = 0; /* those of an earlier process are not waited for */
    memory->watching = false;
    compute_limits(worker);
    request->memory_limit = memory->kernel_limit;
    request->address_limit = address_limit();
}

void inf_worker_memory_end(struct inf_worker *worker)
{
    worker->memory.resident = worker->memory.own = worker->memory.limit = 0;
}

void inf_worker_memory_adjust(struct inf_worker *worker)
{
    int64_t before = worker->memory.kernel_limit;

    if (!worker->alive)
        return;
    compute_limits(worker);
    if (worker->memory.kernel_limit != before)
        inf_zygote_limit(worker->manager->zygote, worker->number, worker->memory.kernel_limit);
}

void inf_worker_memory_ask(struct inf_worker *worker, enum inf_memory_occasion occasion)
{
    struct inf_frame_measure ask = {.occasion = (uint32_t)occasion,
                                    .allocations = (uint32_t)load_of(worker).allocations};

    inf_zygote_measure(worker->manager->zygote, worker->number, &ask);
}

/* Whose figures a record has; the worker may be gone when it is kept. */
struct record {
    struct inf_manager *manager;
    uint64_t number;
};

static void recorded(void *arg)
{
    struct record *record = arg;
    struct inf_manager *manager = record->manager;
    struct inf_worker *worker = inf_worker_find(manager, record->number);

    free(record);
    if (worker != NULL && --worker->memory.recording == 0 && worker->probe != NULL)
        inf_probe_recorded(worker->probe);
    inf_manager_let_go(manager);
}

static void record(struct inf_worker *worker)
{
    struct record *record = inf_alloc(1, sizeof *record);
    char engine[ENGINE_TEXT];

    write_engine(worker->manager, engine);
    *record = (struct record){worker->manager, worker->number};
    worker->memory.recorded = worker->memory.measured;
    worker->memory.recording++;
    inf_manager_hold(worker->manager);
    inf_measured_save(worker->manager->store, worker->model_id, engine, &worker->memory.measured,
                      recorded, record);
}

/* Only what happens at the same moment of every start is learned from: a limit that followed what a
 * model takes later on would follow a leak. */
static void learn(struct inf_worker *worker, const struct inf_frame_measured *seen)
{
    struct inf_worker_memory *memory = &worker->memory;
    struct inf_measured now = INF_MEASURED_NONE;
    int64_t more = seen->own_bytes - memory->measured.base;

    if (seen->asked.occasion == INF_MEMORY_LOADED) {
        now.base = seen->own_bytes;
    } else if (seen->asked.occasion == INF_MEMORY_WARMED && seen->asked.allocations > 0) {
        now.per_allocation = more > 0 ? more / seen->asked.allocations : 0;
        now.peak = seen->own_peak_bytes;
    }
    inf_measured_raise(&memory->measured, &now);
    if (!inf_measured_known(&memory->measured) ||
        !inf_measured_grew(&memory->recorded, &memory->measured))
        return;
    if (worker->precision.type == INF_PRECISION_FP32)
        record(worker);
    inf_worker_memory_adjust(worker);
}

static void end_if_over(struct inf_worker *worker)
{
    const struct inf_worker_memory *memory = &worker->memory;
    char reason[INF_DEATH_HOW], own[INF_UNITS_TEXT], limit[INF_UNITS_TEXT];

    if (memory->limit == 0 || memory->own <= memory->limit)
        return;
    snprintf(reason, sizeof reason, "it took [%lld (%s)] of memory, and its limit is [%lld (%s)]",
             (long long)memory->own, inf_bytes_print(memory->own, own), (long long)memory->limit,
             inf_bytes_print(memory->limit, limit));
    inf_worker_condemn(worker, reason);
}

void inf_worker_memory_seen(struct inf_worker *worker, const struct inf_frame_measured *seen)
{
    if (seen->asked.occasion == INF_MEMORY_WATCH)
        worker->memory.watching = false;
    if (seen->resident_bytes <= 0)
        return;
    worker->memory.resident = seen->resident_bytes;
    worker->memory.own = seen->own_bytes;
    learn(worker, seen);
    end_if_over(worker);
}

void inf_worker_memory_watch(struct inf_manager *manager)
{
    for (struct inf_worker *worker = manager->workers; worker != NULL; worker = worker->next) {
        if (!worker->alive || worker->number == 0 || worker->state == INF_WORKER_ENDING)
            continue;
        inf_worker_memory_adjust(worker);
        if (!worker->memory.watching)
            inf_worker_memory_ask(worker, INF_MEMORY_WATCH);
        worker->memory.watching = true;
    }
}
