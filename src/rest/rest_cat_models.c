/* rest_cat_models.c - GET /_cat/ml/trained_models: one line a model.
 *
 * The columns are Elasticsearch's. Those about ingest count what a model did in ingest pipelines.
 * Those about data frames name the job that trained it; there is no such job here, and they show
 * what Elasticsearch shows of a model without. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "alias_list.h"
#include "cat_reply.h"
#include "comma_list.h"
#include "inferd/alloc.h"
#include "inferd/units.h"
#include "model_config.h"
#include "page.h"
#include "references.h"
#include "reply.h"
#include "rest_handlers.h"
#include <stdlib.h>
#include <string.h>

static const struct inf_cat_column columns[] = {
    {"id", "modelId", INF_CAT_TEXT, false, "the trained model id"},
    {"created_by", "c,createdBy", INF_CAT_TEXT, true, "who created the model"},
    {"heap_size", "hs,modelHeapSize", INF_CAT_BYTES, false,
     "the estimated heap size to keep the model in memory"},
    {"operations", "o,modelOperations", INF_CAT_NUMBER, false,
     "the estimated number of operations to use the model"},
    {"license", "l", INF_CAT_TEXT, true, "The license level of the model"},
    {"create_time", "ct", INF_CAT_TEXT, false, "The time the model was created"},
    {"version", "v", INF_CAT_TEXT, true, "The version of Elasticsearch when the model was created"},
    {"description", "d", INF_CAT_TEXT, true, "The model description"},
    {"type", "t", INF_CAT_TEXT, false, "The model type"},
    {"ingest.pipelines", "ip,ingestPipelines", INF_CAT_NUMBER, false,
     "The number of pipelines referencing the model"},
    {"ingest.count", "ic,ingestCount", INF_CAT_NUMBER, true,
     "The total number of docs processed by the model"},
    {"ingest.time", "it,ingestTime", INF_CAT_NUMBER, true,
     "The total time spent processing docs with this model"},
    {"ingest.current", "icurr,ingestCurrent", INF_CAT_NUMBER, true,
     "The total documents currently being handled by the model"},
    {"ingest.failed", "if,ingestFailed", INF_CAT_NUMBER, true,
     "The total count of failed ingest attempts with this model"},
    {"data_frame.id", "dfid,dataFrameAnalytics", INF_CAT_TEXT, false,
     "The data frame analytics config id that created the model (if still available)"},
    {"data_frame.create_time", "dft,dataFrameAnalyticsTime", INF_CAT_TEXT, true,
     "The time the data frame analytics config was created"},
    {"data_frame.source_index", "dfsi,dataFrameAnalyticsSrcIndex", INF_CAT_TEXT, true,
     "The source index used to train in the data frame analysis"},
    {"data_frame.analysis", "dfa,dataFrameAnalyticsAnalysis", INF_CAT_TEXT, true,
     "The analysis used by the data frame to build the model"},
    {.name = NULL},
};

enum { DATA_FRAME_COLUMNS = 3 };

/* What another node says, as far as it has been read. */
struct heard {
    const struct cJSON *entry;
};

struct rows {
    struct inf_cat_table *table;
    const struct inf_app *app;
    struct heard *heard; /* one a node that was asked */
    size_t count;
};

static void add_text(struct inf_cat_table *table, const struct cJSON *config, const char *key)
{
    inf_cat_table_text(table, inf_json_string(inf_json_get(config, key)));
}

static int64_t integer(const struct cJSON *config, const char *key)
{
    struct inf_error ignored;
    int64_t value = 0;

    return inf_json_int64(inf_json_get(config, key), &value, &ignored) == 0 ? value : 0;
}

/* The entry of the model in what another node says of all of them, which are in order. */
static const struct cJSON *next_entry(struct heard *heard, const char *model_id)
{
    while (heard->entry != NULL) {
        const char *id = inf_json_string(inf_json_get(heard->entry, "model_id"));
        int order = id != NULL ? strcmp(id, model_id) : -1;

        if (order >= 0)
            return order == 0 ? heard->entry : NULL;
        heard->entry = inf_json_next(heard->entry);
    }
    return NULL;
}

static void add_heard(struct inf_ingest_counts *counts, const struct cJSON *entry)
{
    const struct cJSON *total = inf_json_get_path(entry, "ingest.total");

    counts->count += integer(total, "count");
    counts->time_ms += integer(total, "time_in_millis");
    counts->current += integer(total, "current");
    counts->failed += integer(total, "failed");
}

static void add_ingest(struct rows *rows, const struct inf_model *model)
{
    const char **names = rest_references_names(rows->app, model->model_id);
    struct inf_ingest_counts counts = inf_ingest_counts_of(rows->app->ingest, names);

    for (size_t i = 0; i < rows->count; i++)
        add_heard(&counts, next_entry(&rows->heard[i], model->model_id));
    inf_cat_table_int(rows->table, counts.pipelines);
    inf_cat_table_int(rows->table, counts.count);
    inf_cat_table_int(rows->table, counts.time_ms);
    inf_cat_table_int(rows->table, counts.current);
    inf_cat_table_int(rows->table, counts.failed);
    free(names);
}

static int add_row(struct rows *rows, const struct inf_model *model, struct inf_error *err)
{
    struct inf_cat_table *table = rows->table;
    char text[INF_UNITS_TEXT];
    struct inf_json config;

    if (inf_model_config_open(model->config, &config, err) != 0)
        return -1;
    inf_cat_table_text(table, model->model_id);
    add_text(table, config.root, "created_by");
    inf_cat_table_int(table, model->total_length);
    inf_cat_table_int(table, integer(config.root, "estimated_operations"));
    add_text(table, config.root, "license_level");
    inf_cat_table_text(table, inf_iso8601_print(model->create_time_ms, text));
    add_text(table, config.root, "version");
    add_text(table, config.root, "description");
    add_text(table, config.root, "model_type");
    add_ingest(rows, model);
    inf_cat_table_text(table, "__none__");
    for (int i = 0; i < DATA_FRAME_COLUMNS; i++)
        inf_cat_table_text(table, NULL);
    inf_json_free(&config);
    return 0;
}

static int add_rows(struct inf_call *call, struct inf_comma_list *ids, struct rows *rows,
                    struct inf_error *err)
{
    const struct inf_store *store = rows->app->store;
    struct inf_alias_list aliases;
    struct inf_page page;
    int rc = inf_page_init(&page, call, err);

    inf_alias_list_init(&aliases, store);
    for (size_t i = 0; rc == 0 && i < inf_store_model_count(store); i++) {
        const struct inf_model *model = inf_store_model_at(store, i);

        if (inf_alias_list_matches(&aliases, ids, model->model_id) && inf_page_take(&page))
            rc = add_row(rows, model, err);
    }
    inf_alias_list_free(&aliases);
    return rc == 0 ? inf_comma_list_check(ids, inf_call_bool(call, "allow_no_match"), err) : -1;
}

static int fill(struct inf_call *call, const struct inf_gathered *others,
                struct inf_cat_table *table, struct inf_error *err)
{
    struct rows rows = {.table = table, .app = rest_app(call), .count = others->count};
    struct inf_comma_list ids;
    int rc;

    rows.heard = inf_alloc(others->count + 1, sizeof *rows.heard);
    for (size_t i = 0; i < others->count; i++)
        rows.heard[i].entry =
            inf_json_first(rest_gathered_get(&others->nodes[i], "trained_model_stats"));
    inf_comma_list_init(&ids, inf_call_path_value(call, "model_id"));
    rc = add_rows(call, &ids, &rows, err);
    inf_comma_list_free(&ids);
    free(rows.heard);
    return rc;
}

static enum inf_outcome answer(struct inf_call *call, const struct inf_gathered *others,
                               struct inf_error *err)
{
    return rest_cat_reply(call, columns, fill, others, err);
}

/* All models: which of them the path means is found out here. */
static void print_target(struct inf_call *call, struct inf_buf *out)
{
    (void)call;
    inf_buf_puts(out, "/_ml/trained_models/_stats?size=10000");
}

enum inf_outcome rest_cat_models(struct inf_call *call, struct inf_error *err)
{
    const struct inf_gathering gathering = {
        .timeout_ms = INF_GATHER_MS, .print_target = print_target, .answer = answer};

    return rest_cat_gather(call, &gathering, err);
}
