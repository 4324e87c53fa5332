/* rest_cat_models.c - GET /_cat/ml/trained_models: one line a model.
 *
 * The columns are Elasticsearch's. Those about ingest count what a model did in ingest pipelines.
 * Those about data frames name the job that trained it; there is no such job here, and they show
 * what Elasticsearch shows of a model without. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "alias_list.h"
#include "cat_reply.h"
#include "comma_list.h"
#include "inferd/units.h"
#include "model_config.h"
#include "page.h"
#include "references.h"
#include "reply.h"
#include "rest_handlers.h"
#include <stdlib.h>

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

static void add_ingest(struct inf_cat_table *table, const struct inf_app *app,
                       const struct inf_model *model)
{
    const char **names = rest_references_names(app, model->model_id);
    const struct inf_ingest_counts counts = inf_ingest_counts_of(app->ingest, names);

    inf_cat_table_int(table, counts.pipelines);
    inf_cat_table_int(table, counts.count);
    inf_cat_table_int(table, counts.time_ms);
    inf_cat_table_int(table, counts.current);
    inf_cat_table_int(table, counts.failed);
    free(names);
}

static int add_row(struct inf_cat_table *table, const struct inf_app *app,
                   const struct inf_model *model, struct inf_error *err)
{
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
    add_ingest(table, app, model);
    inf_cat_table_text(table, "__none__");
    for (int i = 0; i < DATA_FRAME_COLUMNS; i++)
        inf_cat_table_text(table, NULL);
    inf_json_free(&config);
    return 0;
}

static int add_rows(struct inf_call *call, struct inf_comma_list *ids, struct inf_cat_table *table,
                    struct inf_error *err)
{
    const struct inf_store *store = rest_app(call)->store;
    struct inf_alias_list aliases;
    struct inf_page page;
    int rc = inf_page_init(&page, call, err);

    inf_alias_list_init(&aliases, store);
    for (size_t i = 0; rc == 0 && i < inf_store_model_count(store); i++) {
        const struct inf_model *model = inf_store_model_at(store, i);

        if (inf_alias_list_matches(&aliases, ids, model->model_id) && inf_page_take(&page))
            rc = add_row(table, rest_app(call), model, err);
    }
    inf_alias_list_free(&aliases);
    return rc == 0 ? inf_comma_list_check(ids, inf_call_bool(call, "allow_no_match"), err) : -1;
}

static int fill(struct inf_call *call, const char *wanted, struct inf_cat_table *table,
                struct inf_error *err)
{
    struct inf_comma_list ids;
    int rc;

    inf_comma_list_init(&ids, wanted);
    rc = add_rows(call, &ids, table, err);
    inf_comma_list_free(&ids);
    return rc;
}

static int fill_some(struct inf_call *call, struct inf_cat_table *table, struct inf_error *err)
{
    return fill(call, inf_call_str(call, "model_id"), table, err);
}

static int fill_all(struct inf_call *call, struct inf_cat_table *table, struct inf_error *err)
{
    return fill(call, NULL, table, err);
}

enum inf_outcome rest_cat_models(struct inf_call *call, struct inf_error *err)
{
    return rest_cat_reply(call, columns, fill_some, err);
}

enum inf_outcome rest_cat_models_all(struct inf_call *call, struct inf_error *err)
{
    return rest_cat_reply(call, columns, fill_all, err);
}
