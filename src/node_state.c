/* node_state.c - what keeps something of the store beside it is told when another node changes it.
 *
 * Most of the daemon reads the store afresh. Three parts do not: what security remembers of
 * credentials, pipelines as they were compiled, and settings in force. Deployments run. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "node_state.h"

#include "inferd/alloc.h"
#include "inferd/http_client.h"
#include "inferd/log.h"
#include "inferd/serving_cluster.h"
#include "inferd/store_shared.h"
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define RECORD_MS 500
#define LEAVING_MS 50 /* how often it is looked whether all has gone elsewhere */
#define SOON_MS 5
#define CONNECT_MS 2000 /* the first try of a connection, and a second one */

struct inf_node_state {
    struct inf_app *app;
    struct inf_etcd_settings etcd; /* zeroed: the node is alone */
    struct inf_http_trust trust;   /* in other nodes */
    struct inf_definitions *definitions;
    uv_timer_t timer;
    struct inf_errands errands;
    uv_timer_t soon;   /* the record is renewed then */
    uv_timer_t again;  /* all nodes are looked at then */
    bool engine_known; /* the record has its version */
    bool patient;
    uint64_t patient_until_ms; /* by uv_now */
    uint64_t leave_until_ms;
    void (*left)(void *arg); /* not NULL: the node is leaving */
    void *left_arg;
};

static void on_object(const struct inf_app *app, const struct inf_store_news *news)
{
    switch (news->kind) {
    case INF_OBJECT_USER:
    case INF_OBJECT_ROLE:
    case INF_OBJECT_API_KEY:
        if (app->security != NULL)
            inf_security_forget(app->security, news->kind, news->id);
        break;
    case INF_OBJECT_PIPELINE:
        inf_ingest_hear(app->ingest, news->id);
        break;
    case INF_OBJECT_SETTING:
        inf_cluster_settings_hear(app->settings, news->id);
        break;
    default:
        break;
    }
}

static void on_changed(void *arg, const struct inf_store_news *news)
{
    const struct inf_node_state *state = arg;

    if (news->of == INF_NEWS_OBJECT)
        on_object(state->app, news);
    inf_definitions_hear(state->definitions, news);
    inf_manager_hear(state->app->manager, news);
}

int inf_node_state_open(struct inf_app *app, struct inf_node_state **ret, struct inf_error *err)
{
    struct inf_node_state *state = inf_alloc(1, sizeof *state);
    const char *path = inf_config_string(app->config, "path.data");

    *ret = state;
    state->app = app;
    if (inf_definitions_open(app->config, &state->definitions, err) != 0)
        return -1;
    if (strcmp(inf_config_string(app->config, "cluster.state"), "etcd") != 0)
        return inf_store_open(app->loop, path, &app->store, err);
    return inf_etcd_settings_read(app->config, &state->etcd, err) != 0
               ? -1
               : inf_store_open_shared(app->loop, path, &state->etcd, &app->store, err);
}

/* ---- what is done now and then ---- */

/* Nothing of this node's is missed any more: it goes. */
static void finish_leaving(struct inf_node_state *state)
{
    void (*left)(void *arg) = state->left;

    state->left = NULL;
    inf_membership_leave(state->app->membership);
    left(state->left_arg);
}

static struct inf_cluster_node see(const struct inf_app *app, const struct inf_member *member)
{
    const struct cJSON *attributes = inf_json_get(member->record, "attributes");
    const char *name = inf_json_string(inf_json_get(member->record, "name"));
    int64_t memory = 0, processors = 0;
    struct inf_error ignored;

    (void)inf_json_int64(inf_json_get(attributes, "ml.machine_memory"), &memory, &ignored);
    (void)inf_json_int64(inf_json_get(attributes, "ml.allocated_processors"), &processors,
                         &ignored);
    return (struct inf_cluster_node){
        .id = member->node_id,
        .name = name != NULL ? name : "",
        .zone = inf_json_string(inf_json_get(attributes, "availability_zone")),
        .processors = processors > 0 && processors < INT32_MAX ? (int)processors : 0,
        .memory_bytes =
            memory / 100 * inf_config_int(app->config, "xpack.ml.max_machine_memory_percent"),
        .leaving = inf_json_true(inf_json_get(member->record, INF_MEMBER_LEAVING)),
        .routes = inf_json_get(member->record, INF_MEMBER_ROUTES)};
}

/* A master that has only just come is patient for as long as a lease: when all nodes start at once,
 * none is missing that comes a little later. */
static void look_around(struct inf_node_state *state)
{
    const struct inf_app *app = state->app;
    size_t count = inf_membership_count(app->membership);
    struct inf_cluster_node *nodes = inf_alloc(count + 1, sizeof *nodes);

    for (size_t i = 0; i < count; i++)
        nodes[i] = see(app, inf_membership_at(app->membership, i));
    state->patient = uv_now(app->loop) < state->patient_until_ms;
    inf_store_plan_in_term(app->store, inf_membership_term(app->membership));
    inf_manager_see_nodes(app->manager, nodes, count, inf_membership_is_master(app->membership),
                          state->patient);
    free(nodes);
}

static void on_members(void *arg)
{
    struct inf_node_state *state = arg;

    if (state->app->stopping)
        return;
    look_around(state);
    inf_rest_relays_look(state->app);
    inf_rest_errands_look(state->app);
}

static void on_again(uv_timer_t *timer)
{
    if (!((struct inf_node_state *)timer->data)->app->stopping)
        look_around(timer->data);
}

static void on_wanted(void *arg)
{
    struct inf_node_state *state = arg;

    if (!state->app->stopping)
        uv_timer_start(&state->again, on_again, 0, 0);
}

/* Of thousands of nodes each says something now and then. */
static void on_said(void *arg, const struct inf_member *member)
{
    const struct inf_node_state *state = arg;
    const struct inf_cluster_node node = see(state->app, member);

    if (!state->app->stopping && !inf_manager_hear_node(state->app->manager, &node))
        on_members(arg);
}

/* ---- this node's record ---- */

static void renew_record(struct inf_app *app)
{
    struct inf_buf record;

    inf_buf_init(&record, INF_MEMBER_TEXT_MAX);
    inf_rest_write_node(app, &record);
    if (!record.failed)
        inf_membership_update(app->membership, record.data);
    inf_buf_free(&record);
}

static void on_soon(uv_timer_t *timer)
{
    const struct inf_node_state *state = timer->data;

    if (!state->app->stopping)
        renew_record(state->app);
}

/* What runs has changed: once for all that changes at the same time. */
static void on_routes(void *arg)
{
    struct inf_node_state *state = arg;

    if (!state->app->stopping && !uv_is_active((uv_handle_t *)&state->soon))
        uv_timer_start(&state->soon, on_soon, SOON_MS, 0);
}

/* The engine says what it is a while after the start; until it has, the record is made anew. */
static void on_timer(uv_timer_t *timer)
{
    struct inf_node_state *state = timer->data;
    struct inf_app *app = state->app;

    if (app->stopping)
        return;
    if (!state->engine_known) {
        state->engine_known = inf_manager_engine_version(app->manager)[0] != '\0';
        renew_record(app);
    }
    if (state->patient)
        look_around(state);
    inf_rest_silence_look(app);
    if (state->left != NULL &&
        (inf_manager_has_left(app->manager) || uv_now(app->loop) >= state->leave_until_ms))
        finish_leaving(state);
}

/* Without it, requests that other nodes have to answer are refused. */
static void open_peers(struct inf_node_state *state)
{
    const struct inf_config *config = state->app->config;
    const char *authorities = inf_config_string(config, "cluster.ssl.certificate_authorities");
    const char *mode = inf_config_string(config, "cluster.ssl.verification_mode");
    struct inf_error err;

    state->trust =
        (struct inf_http_trust){.authorities = authorities[0] != '\0' ? authorities : NULL,
                                .proxy = "",
                                .verify_certificate = strcmp(mode, "none") != 0,
                                .verify_host = strcmp(mode, "full") == 0,
                                .connect_ms = CONNECT_MS};
    if (inf_http_client_open(state->app->loop, &state->trust, "other nodes", &state->app->peers,
                             &err) != 0)
        inf_log(INF_LOG_ERROR, "cluster", "other nodes cannot be asked",
                (const char *[]){"reason", err.reason, NULL});
}

static void each_needed(void *manager, void (*visit)(void *arg, const char *model_id), void *arg)
{
    inf_manager_each_needed(manager, visit, arg);
}

static void came(void *manager)
{
    inf_manager_definition_came(manager);
}

static void explain_file(void *definitions, const char *model_id, struct inf_buf *out)
{
    inf_definitions_explain(definitions, model_id, out);
}

static void start_definitions(struct inf_node_state *state)
{
    struct inf_app *app = state->app;

    app->definitions = state->definitions;
    inf_definitions_start(app->definitions,
                          &(struct inf_definitions_means){.loop = app->loop,
                                                          .store = app->store,
                                                          .membership = app->membership,
                                                          .peers = app->peers,
                                                          .peer_secret = app->peer_secret,
                                                          .each_needed = each_needed,
                                                          .came = came,
                                                          .arg = app->manager});
    inf_manager_explain_by(app->manager, explain_file, app->definitions);
}

void inf_node_state_join(struct inf_node_state *state)
{
    struct inf_app *app = state->app;
    struct inf_buf record;

    inf_store_listen(app->store, on_changed, state);
    if (!inf_store_is_shared(app->store))
        return;
    inf_buf_init(&record, INF_MEMBER_TEXT_MAX);
    inf_rest_write_node(app, &record);
    app->membership = inf_membership_start(app->loop, &state->etcd, inf_store_node_id(app->store),
                                           record.failed ? "{}" : record.data,
                                           inf_config_ms(app->config, "cluster.etcd.lease") / 1000);
    inf_buf_free(&record);
    state->patient_until_ms =
        uv_now(app->loop) + (uint64_t)inf_config_ms(app->config, "cluster.etcd.lease");
    open_peers(state);
    app->peer_secret = inf_store_cluster_secret(app->store);
    if (app->peers != NULL && app->peer_secret != NULL) {
        inf_rest_errands(app, &state->errands);
        inf_manager_send_by(app->manager, &state->errands);
    }
    start_definitions(state);
    uv_timer_init(app->loop, &state->soon);
    state->soon.data = state;
    uv_timer_init(app->loop, &state->again);
    state->again.data = state;
    state->patient = true;
    inf_membership_listen(app->membership, on_members, on_said, state);
    inf_manager_listen(app->manager, on_routes, on_wanted, state);
    look_around(state);
    uv_timer_init(app->loop, &state->timer);
    state->timer.data = state;
    uv_timer_start(&state->timer, on_timer, RECORD_MS, RECORD_MS);
}

void inf_node_state_leave(struct inf_node_state *state, int64_t patience_ms,
                          void (*left)(void *arg), void *arg)
{
    struct inf_app *app = state->app;

    state->left = left;
    state->left_arg = arg;
    inf_definitions_give_up(state->definitions);
    if (app->membership == NULL || inf_membership_count(app->membership) < 2) {
        finish_leaving(state);
        return;
    }
    app->leaving = true;
    state->leave_until_ms = uv_now(app->loop) + (uint64_t)patience_ms;
    inf_manager_leave(app->manager);
    renew_record(app);
    uv_timer_start(&state->timer, on_timer, LEAVING_MS, LEAVING_MS);
}

void inf_node_state_stop(struct inf_node_state *state)
{
    if (state->app->membership == NULL)
        return;
    uv_close((uv_handle_t *)&state->timer, NULL);
    uv_close((uv_handle_t *)&state->soon, NULL);
    inf_rest_silence_end(state->app);
    uv_close((uv_handle_t *)&state->again, NULL);
    inf_definitions_stop(state->definitions);
    inf_http_client_close(state->app->peers);
    inf_membership_stop(state->app->membership);
}

void inf_node_state_free(struct inf_node_state *state)
{
    if (state == NULL)
        return;
    inf_definitions_free(state->definitions);
    inf_http_client_free(state->app->peers);
    inf_membership_free(state->app->membership);
    inf_etcd_settings_fini(&state->etcd);
    free(state);
}

int inf_node_state_migrate(const struct inf_config *config, const char *to, struct inf_buf *report,
                           struct inf_error *err)
{
    const char *path = inf_config_string(config, "path.data");
    bool is_to_etcd = strcmp(to, "etcd") == 0;
    struct inf_etcd_settings etcd;
    int rc;

    if (!is_to_etcd && strcmp(to, "embedded") != 0)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                             "option [--migrate-state] with value [%.256s] must be [etcd] or "
                             "[embedded]",
                             to);
    rc = inf_etcd_settings_read(config, &etcd, err);
    if (rc == 0)
        rc = is_to_etcd ? inf_store_move_to_etcd(path, &etcd, report, err)
                        : inf_store_move_from_etcd(path, &etcd, report, err);
    inf_etcd_settings_fini(&etcd);
    return rc;
}
