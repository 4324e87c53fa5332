/* counts.c - what pipelines and their processors have done, as _stats and _nodes/stats show it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "pipeline.h"
#include <stdio.h>

static void write_members(const struct inf_counts *counts, struct inf_jsonw *w)
{
    inf_jsonw_kv_int(w, "count", counts->count);
    inf_jsonw_kv_int(w, "time_in_millis", (int64_t)(counts->time_ns / 1000000));
    inf_jsonw_kv_int(w, "current", counts->current);
    inf_jsonw_kv_int(w, "failed", counts->failed);
}

static void write_object(const struct inf_counts *counts, struct inf_jsonw *w)
{
    inf_jsonw_begin_object(w);
    write_members(counts, w);
    inf_jsonw_end_object(w);
}

static void write_processor(const struct inf_processor *processor, struct inf_jsonw *w)
{
    char key[256];

    snprintf(key, sizeof key, "%s%s%s", processor->row->name, processor->tag != NULL ? ":" : "",
             processor->tag != NULL ? processor->tag : "");
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, key);
    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "type", processor->row->name);
    inf_jsonw_key(w, "stats");
    write_object(&processor->counts, w);
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
}

static void write_pipeline(const struct inf_pipeline *pipeline, struct inf_jsonw *w)
{
    inf_jsonw_begin_object(w);
    write_members(&pipeline->counts, w);
    inf_jsonw_kv_int(w, "ingested_as_first_pipeline_in_bytes", pipeline->bytes_in);
    inf_jsonw_kv_int(w, "produced_as_first_pipeline_in_bytes", pipeline->bytes_out);
    inf_jsonw_key(w, "processors");
    inf_jsonw_begin_array(w);
    for (size_t i = 0; i < pipeline->processors.count; i++)
        write_processor(pipeline->processors.items[i], w);
    inf_jsonw_end_array(w);
    inf_jsonw_end_object(w);
}

static bool is_meant(const struct inf_pipeline *pipeline, const char *const *ids)
{
    if (ids == NULL)
        return true;
    for (; *ids != NULL; ids++)
        if (inf_pipeline_uses(pipeline, *ids))
            return true;
    return false;
}

static struct inf_counts sum(const struct inf_ingest *ingest, const char *const *ids)
{
    struct inf_counts total = {0};

    for (size_t i = 0; i < inf_ingest_count(ingest); i++) {
        const struct inf_pipeline *pipeline = inf_ingest_at(ingest, i);

        if (!is_meant(pipeline, ids))
            continue;
        total.count += pipeline->counts.count;
        total.failed += pipeline->counts.failed;
        total.current += pipeline->counts.current;
        total.time_ns += pipeline->counts.time_ns;
    }
    return total;
}

void inf_ingest_write_counts(const struct inf_ingest *ingest, const char *const *ids,
                             struct inf_jsonw *w)
{
    struct inf_counts total = ids != NULL ? sum(ingest, ids) : ingest->counts;

    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "total");
    write_object(&total, w);
    inf_jsonw_key(w, "pipelines");
    inf_jsonw_begin_object(w);
    for (size_t i = 0; i < inf_ingest_count(ingest); i++) {
        const struct inf_pipeline *pipeline = inf_ingest_at(ingest, i);

        if (!is_meant(pipeline, ids))
            continue;
        inf_jsonw_key(w, pipeline->id);
        write_pipeline(pipeline, w);
    }
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
}

struct inf_ingest_counts inf_ingest_counts_of(const struct inf_ingest *ingest,
                                              const char *const *ids)
{
    const struct inf_counts total = sum(ingest, ids);

    return (struct inf_ingest_counts){.pipelines = inf_ingest_users(ingest, ids),
                                      .count = total.count,
                                      .time_ms = (int64_t)(total.time_ns / 1000000),
                                      .current = total.current,
                                      .failed = total.failed};
}

int inf_ingest_users(const struct inf_ingest *ingest, const char *const *ids)
{
    int count = 0;

    for (size_t i = 0; i < inf_ingest_count(ingest); i++)
        count += is_meant(inf_ingest_at(ingest, i), ids);
    return count;
}
