/* membership.c - records of nodes, from the follower's thread to the loop. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/cluster.h"

#include "inferd/alloc.h"
#include "inferd/log.h"
#include "inferd/strmap.h"
#include "keeper.h"
#include <stdlib.h>
#include <string.h>
#include <uv.h>

struct node {
    struct inf_member view;
    struct inf_json json;
    char *node_id;
    int64_t created; /* revision; INT64_MAX: etcd has not shown it yet */
};

struct inf_membership {
    const struct inf_etcd_settings *settings;
    char *node_id;
    struct inf_keeper *keeper;
    struct inf_etcd_follower *follower;
    uv_async_t async;
    struct node **nodes; /* the oldest first */
    size_t count;
    struct inf_strmap *by_id; /* the same */
    uv_mutex_t lock;          /* of these two */
    struct inf_etcd_pairs told;
    bool whole; /* what was told replaces all that was known before */
    void (*changed)(void *arg);
    void (*said)(void *arg, const struct inf_member *member);
    void *listener;
};

/* ---- the follower's thread ---- */

static void on_told(void *arg, const struct inf_etcd_news *news)
{
    struct inf_membership *membership = arg;

    uv_mutex_lock(&membership->lock);
    if (news->whole)
        inf_etcd_pairs_fini(&membership->told);
    membership->whole |= news->whole;
    for (size_t i = 0; i < news->pairs->count; i++) {
        const struct inf_etcd_pair *pair = &news->pairs->items[i];

        inf_etcd_pairs_add(&membership->told, pair->key + strlen(INF_MEMBER_FOLDER), pair->value);
        membership->told.items[membership->told.count - 1].created = pair->created;
    }
    uv_mutex_unlock(&membership->lock);
    uv_async_send(&membership->async);
}

/* Who was there stays in the list: nobody knows better. */
static void on_lost(void *arg, const struct inf_error *err)
{
    (void)arg;
    (void)err;
}

/* ---- nodes ---- */

static void free_node(struct node *node)
{
    inf_json_free(&node->json);
    free(node->node_id);
    free(node);
}

static void forget(struct inf_membership *membership, struct node *node)
{
    size_t i = 0;

    while (membership->nodes[i] != node)
        i++;
    inf_strmap_remove(membership->by_id, node->node_id);
    membership->count--;
    memmove(membership->nodes + i, membership->nodes + i + 1,
            (membership->count - i) * sizeof *membership->nodes);
    free_node(node);
}

static struct node *find(const struct inf_membership *membership, const char *node_id)
{
    return inf_strmap_get(membership->by_id, node_id);
}

static struct node *read_node(const char *node_id, const char *text, int64_t created)
{
    struct node *node = inf_alloc(1, sizeof *node);
    struct inf_error err;

    node->node_id = inf_strdup(node_id);
    node->created = created;
    if (inf_json_parse_own(text, strlen(text), NULL, &node->json, &err) != 0) {
        inf_log(INF_LOG_WARN, "cluster", "a node's record cannot be read",
                (const char *[]){"node_id", node_id, "reason", err.reason, NULL});
        free_node(node);
        return NULL;
    }
    node->view = (struct inf_member){node->node_id, node->json.root};
    return node;
}

static void insert(struct inf_membership *membership, struct node *node)
{
    size_t i = membership->count;

    membership->nodes = inf_realloc(membership->nodes, i + 1, sizeof *membership->nodes);
    for (; i > 0 && membership->nodes[i - 1]->created > node->created; i--)
        membership->nodes[i] = membership->nodes[i - 1];
    membership->nodes[i] = node;
    membership->count++;
    inf_strmap_put(membership->by_id, node->node_id, node);
}

/* The node says something else; it has its place. */
static void replace_words(struct node *known, struct node *news)
{
    struct inf_json json = known->json;

    known->json = news->json;
    known->view.record = known->json.root;
    news->json = json;
    free_node(news);
}

static void log_change(const char *message, const struct node *node)
{
    const char *name = inf_json_string(inf_json_get(node->json.root, "name"));

    inf_log(INF_LOG_INFO, "cluster", message,
            (const char *[]){"node_id", node->node_id, "node", name != NULL ? name : "", NULL});
}

/* true: somebody has come or gone, or has another place. */
static bool apply(struct inf_membership *membership, const struct inf_etcd_pair *pair)
{
    struct node *old = find(membership, pair->key);
    bool is_own = strcmp(pair->key, membership->node_id) == 0;
    struct node *node =
        pair->value != NULL ? read_node(pair->key, pair->value, pair->created) : NULL;

    if (pair->value == NULL && is_own) {
        inf_keeper_restore(membership->keeper);
        return false;
    }
    if (node != NULL && old != NULL && old->created == node->created) {
        replace_words(old, node);
        if (membership->said != NULL)
            membership->said(membership->listener, &old->view);
        return false;
    }
    if (node == NULL && old != NULL)
        log_change("a node has left the cluster", old);
    if (node != NULL && old == NULL)
        log_change("a node has joined the cluster", node);
    if (old != NULL)
        forget(membership, old);
    if (node != NULL)
        insert(membership, node);
    return true;
}

/* Those that the whole does not have are gone, but for this node. */
static void keep_only(struct inf_membership *membership, const struct inf_etcd_pairs *whole)
{
    for (size_t i = membership->count; i > 0; i--) {
        struct node *node = membership->nodes[i - 1];
        bool is_own = strcmp(node->node_id, membership->node_id) == 0, there = false;

        for (size_t j = 0; j < whole->count && !there; j++)
            there = strcmp(whole->items[j].key, node->node_id) == 0;
        if (!there && is_own) {
            inf_keeper_restore(membership->keeper);
        } else if (!there) {
            log_change("a node has left the cluster", node);
            forget(membership, node);
        }
    }
}

static void on_async(uv_async_t *async)
{
    struct inf_membership *membership = async->data;
    struct inf_etcd_pairs told;
    bool whole, changed;

    uv_mutex_lock(&membership->lock);
    told = membership->told;
    whole = membership->whole;
    membership->told = (struct inf_etcd_pairs){0};
    membership->whole = false;
    uv_mutex_unlock(&membership->lock);
    changed = whole || told.count == 0; /* etcd answers again */
    if (whole)
        keep_only(membership, &told);
    for (size_t i = 0; i < told.count; i++)
        changed |= apply(membership, &told.items[i]);
    inf_etcd_pairs_fini(&told);
    if (changed && membership->changed != NULL)
        membership->changed(membership->listener);
}

/* ---- the face ---- */

struct inf_membership *inf_membership_start(struct uv_loop_s *loop,
                                            const struct inf_etcd_settings *settings,
                                            const char *node_id, const char *text, int64_t lease_s)
{
    struct inf_membership *membership = inf_alloc(1, sizeof *membership);
    struct node *own = read_node(node_id, text, INT64_MAX);
    struct inf_buf key;

    membership->settings = settings;
    membership->node_id = inf_strdup(node_id);
    membership->by_id = inf_strmap_new();
    if (own != NULL)
        insert(membership, own);
    uv_mutex_init(&membership->lock);
    uv_async_init(loop, &membership->async, on_async);
    membership->async.data = membership;
    inf_buf_init(&key, 1024);
    inf_buf_printf(&key, INF_MEMBER_FOLDER "%s", node_id);
    membership->keeper = inf_keeper_start(settings, key.data, text, lease_s);
    inf_buf_free(&key);
    membership->follower =
        inf_etcd_follow(settings, INF_MEMBER_FOLDER, on_told, on_lost, membership);
    return membership;
}

void inf_membership_listen(struct inf_membership *membership, void (*changed)(void *arg),
                           void (*said)(void *arg, const struct inf_member *member), void *arg)
{
    membership->changed = changed;
    membership->said = said;
    membership->listener = arg;
}

void inf_membership_update(struct inf_membership *membership, const char *text)
{
    inf_keeper_update(membership->keeper, text);
}

void inf_membership_leave(struct inf_membership *membership)
{
    if (membership != NULL)
        inf_keeper_leave(membership->keeper);
}

void inf_membership_stop(struct inf_membership *membership)
{
    if (membership == NULL)
        return;
    inf_etcd_unfollow(membership->follower);
    inf_keeper_end(membership->keeper);
    uv_close((uv_handle_t *)&membership->async, NULL);
}

void inf_membership_free(struct inf_membership *membership)
{
    if (membership == NULL)
        return;
    while (membership->count > 0)
        forget(membership, membership->nodes[membership->count - 1]);
    inf_strmap_free(membership->by_id);
    free(membership->nodes);
    inf_etcd_pairs_fini(&membership->told);
    uv_mutex_destroy(&membership->lock);
    free(membership->node_id);
    free(membership);
}

bool inf_membership_is_master(const struct inf_membership *membership)
{
    const struct node *first = membership->count > 0 ? membership->nodes[0] : NULL;

    return first != NULL && strcmp(first->node_id, membership->node_id) == 0 &&
           first->created != INT64_MAX;
}

int64_t inf_membership_term(const struct inf_membership *membership)
{
    return inf_membership_is_master(membership) ? membership->nodes[0]->created : 0;
}

size_t inf_membership_count(const struct inf_membership *membership)
{
    return membership->count;
}

const struct inf_member *inf_membership_at(const struct inf_membership *membership, size_t i)
{
    return &membership->nodes[i]->view;
}

const struct inf_member *inf_membership_find(const struct inf_membership *membership,
                                             const char *node_id)
{
    const struct node *node = find(membership, node_id);

    return node != NULL ? &node->view : NULL;
}

void inf_member_print_url(const struct inf_member *member, struct inf_buf *out)
{
    const struct cJSON *attributes = inf_json_get(member->record, "attributes");
    const char *scheme = inf_json_string(inf_json_get(attributes, "inferd.scheme"));
    const char *address =
        inf_json_string(inf_json_get_path(member->record, "http.publish_address"));

    inf_buf_printf(out, "%s://%s", scheme != NULL ? scheme : "http",
                   address != NULL ? address : "");
}

void inf_peer_print_authorization(const char *secret, struct inf_buf *out)
{
    inf_buf_printf(out, "Authorization: " INF_PEER_SCHEME " %s", secret);
}
