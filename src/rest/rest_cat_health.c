/* rest_cat_health.c - GET /_cat/health: the cluster's health in one line. There are no shards. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cat_reply.h"
#include "node_view.h"
#include "reply.h"
#include "rest_handlers.h"
#include <time.h>

/* The first columns are there only with ?ts, which is the default. */
enum { TIME_COLUMNS = 2, NODE_COUNTS = 2, SHARD_COUNTS = 7 };

static const struct inf_cat_column columns[] = {
    {"epoch", "t,time", INF_CAT_NUMBER, false, "seconds since 1970-01-01 00:00:00"},
    {"timestamp", "ts,hms,hhmmss", INF_CAT_TEXT, false, "time in HH:MM:SS, UTC"},
    {"cluster", "cl", INF_CAT_TEXT, false, "name of the cluster"},
    {"status", "st", INF_CAT_TEXT, false, "colour of the health"},
    {"node.total", "nt,nodeTotal", INF_CAT_NUMBER, false, "number of nodes"},
    {"node.data", "nd,nodeData", INF_CAT_NUMBER, false, "number of data nodes"},
    {"shards", "sh,shards.total,shardsTotal", INF_CAT_NUMBER, false, "none"},
    {"pri", "p,shards.primary,shardsPrimary", INF_CAT_NUMBER, false, "none"},
    {"relo", "r,shards.relocating,shardsRelocating", INF_CAT_NUMBER, false, "none"},
    {"init", "i,shards.initializing,shardsInitializing", INF_CAT_NUMBER, false, "none"},
    {"unassign", "u,shards.unassigned,shardsUnassigned", INF_CAT_NUMBER, false, "none"},
    {"unassign.pri", "up,shards.unassigned.primary", INF_CAT_NUMBER, false, "none"},
    {"pending_tasks", "pt,pendingTasks", INF_CAT_NUMBER, false, "none"},
    {"max_task_wait_time", "mtwt,maxTaskWaitTime", INF_CAT_TEXT, false, "none"},
    {"active_shards_percent", "asp,activeShardsPercent", INF_CAT_TEXT, false,
     "100%: no shard is missing"},
    {.name = NULL},
};

static void add_time(struct inf_cat_table *table)
{
    time_t now = time(NULL);
    char text[16];
    struct tm parts;

    gmtime_r(&now, &parts);
    strftime(text, sizeof text, "%H:%M:%S", &parts);
    inf_cat_table_int(table, now);
    inf_cat_table_text(table, text);
}

static int fill_health(struct inf_call *call, const struct inf_gathered *others,
                       struct inf_cat_table *table, struct inf_error *err)
{
    (void)others;
    (void)err;
    if (inf_call_bool(call, "ts"))
        add_time(table);
    inf_cat_table_text(table, inf_config_string(rest_app(call)->config, "cluster.name"));
    inf_cat_table_text(table, "green");
    for (int i = 0; i < NODE_COUNTS; i++)
        inf_cat_table_int(table, (int64_t)inf_nodes_count(rest_app(call)));
    for (int i = 0; i < SHARD_COUNTS; i++)
        inf_cat_table_int(table, 0);
    inf_cat_table_text(table, "-");
    inf_cat_table_text(table, "100.0%");
    return 0;
}

enum inf_outcome rest_cat_health(struct inf_call *call, struct inf_error *err)
{
    return rest_cat_reply(call, columns + (inf_call_bool(call, "ts") ? 0 : TIME_COLUMNS),
                          fill_health, NULL, err);
}
