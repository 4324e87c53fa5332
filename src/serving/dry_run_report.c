/* The report: whether it would start, the arithmetic, what is missing, why not, what to do. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "dry_run_report.h"
#include "deployment.h"
#include "describe_memory.h"
#include "memory.h"

static void write_figures(const char *name, int64_t available, int64_t unused, int64_t needed,
                          struct inf_jsonw *w)
{
    inf_jsonw_key(w, name);
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_int(w, "available", available);
    inf_jsonw_kv_int(w, "free", unused);
    inf_jsonw_kv_int(w, "needed", needed);
    inf_jsonw_end_object(w);
}

static void write_nodes(const struct inf_preview *preview, struct inf_jsonw *w)
{
    inf_jsonw_key(w, "nodes");
    inf_jsonw_begin_array(w);
    for (size_t i = 0; i < preview->count; i++) {
        const struct inf_preview_node *node = &preview->nodes[i];

        inf_jsonw_begin_object(w);
        inf_jsonw_kv_string(w, "id", node->id);
        inf_jsonw_kv_string(w, "name", node->name);
        inf_jsonw_kv_int(w, "allocations", node->allocations);
        write_figures("processors", node->processors, node->processors_free,
                      preview->processors_needed, w);
        write_figures("memory_bytes", node->memory, node->memory_free, node->memory_needed, w);
        inf_jsonw_end_object(w);
    }
    inf_jsonw_end_array(w);
}

static void write_memory(const struct inf_dry_run_facts *facts, struct inf_jsonw *w)
{
    const struct inf_deployment *newcomer = facts->newcomer;
    struct inf_measured measured = inf_describe_measured_of(facts->manager, newcomer->model_id);

    inf_jsonw_key(w, "memory");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_int(w, "required_native_memory_bytes",
                     inf_memory_estimate(
                         newcomer->model_id, newcomer->model_bytes, newcomer->per_deployment_bytes,
                         newcomer->per_allocation_bytes, newcomer->number_of_allocations));
    inf_describe_measured(&measured, NULL, w);
    inf_jsonw_end_object(w);
}

/* ---- what is missing ---- */

static void write_missing_definition(const struct inf_dry_run_facts *facts, struct inf_jsonw *w)
{
    const struct inf_model *model = facts->model;
    int part = inf_store_first_missing_part(facts->manager->store, model->model_id);

    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "what", "definition");
    inf_jsonw_kv_int(w, "parts_stored", model->parts_stored);
    inf_jsonw_kv_int(w, "bytes_stored", model->stored_length);
    if (model->total_parts > 0) {
        inf_jsonw_kv_int(w, "parts", model->total_parts);
        inf_jsonw_kv_int(w, "bytes", model->total_length);
    }
    if (part >= 0)
        inf_jsonw_kv_int(w, "first_missing_part", part);
    inf_jsonw_end_object(w);
}

static void write_missing_operation(const char *text, struct inf_jsonw *w)
{
    const char *name = NULL;
    size_t length = inf_dry_run_unknown_operation(text, &name);

    if (length == 0)
        return;
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "what", "operation");
    inf_jsonw_key(w, "name");
    inf_jsonw_string_n(w, name, length);
    inf_jsonw_end_object(w);
}

static void write_missing(const struct inf_dry_run_facts *facts, struct inf_jsonw *w)
{
    inf_jsonw_key(w, "missing");
    inf_jsonw_begin_array(w);
    if (!facts->model->fully_defined)
        write_missing_definition(facts, w);
    if (!facts->model->has_vocabulary) {
        inf_jsonw_begin_object(w);
        inf_jsonw_kv_string(w, "what", "vocabulary");
        inf_jsonw_end_object(w);
    }
    if (facts->refusal.code != INF_ERR_NONE)
        write_missing_operation(facts->refusal.reason, w);
    if (facts->tried && facts->outcome == INF_PROBE_FAILED)
        write_missing_operation(facts->text, w);
    inf_jsonw_end_array(w);
}

/* ---- the whole ---- */

static void write_refusal(const struct inf_error *err, struct inf_jsonw *w)
{
    inf_jsonw_key(w, "reason");
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_int(w, "status", inf_err_status(err->code));
    inf_jsonw_kv_string(w, "type", inf_err_type(err->code));
    inf_jsonw_kv_string(w, "reason", err->reason);
    if (err->cause_code != INF_ERR_NONE) {
        inf_jsonw_key(w, "caused_by");
        inf_jsonw_begin_object(w);
        inf_jsonw_kv_string(w, "type", inf_err_type(err->cause_code));
        inf_jsonw_kv_string(w, "reason", err->cause);
        inf_jsonw_end_object(w);
    }
    inf_jsonw_end_object(w);
}

static void write_evicted(void *arg, const char *deployment_id)
{
    inf_jsonw_string(arg, deployment_id);
}

/* Everything that needs a model; *preview is the caller's to end. */
static void write_newcomer(const struct inf_dry_run_facts *facts, struct inf_preview *preview,
                           struct inf_jsonw *w)
{
    inf_jsonw_key(w, "assignment");
    inf_jsonw_begin_object(w);
    inf_describe_task_parameters(facts->newcomer, w);
    inf_jsonw_end_object(w);
    inf_jsonw_key(w, "would_evict");
    inf_jsonw_begin_array(w);
    inf_preview_make(facts->manager, facts->newcomer, write_evicted, w, preview);
    inf_jsonw_end_array(w);
    write_nodes(preview, w);
    write_memory(facts, w);
    write_missing(facts, w);
}

void inf_dry_run_write(const struct inf_dry_run_facts *facts, struct inf_buf *out)
{
    struct inf_preview preview = {0};
    struct inf_jsonw w;

    inf_jsonw_init(&w, out);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_bool(&w, "dry_run", true);
    inf_jsonw_kv_bool(&w, "would_start", facts->refusal.code == INF_ERR_NONE);
    if (facts->newcomer != NULL)
        write_newcomer(facts, &preview, &w);
    if (facts->refusal.code != INF_ERR_NONE)
        write_refusal(&facts->refusal, &w);
    inf_jsonw_key(&w, "advice");
    inf_jsonw_begin_array(&w);
    inf_dry_run_advise(facts, facts->newcomer != NULL ? &preview : NULL, &w);
    inf_jsonw_end_array(&w);
    inf_jsonw_end_object(&w);
    inf_preview_fini(&preview);
}
