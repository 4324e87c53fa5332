/* store_shared.h - the store of a node in a cluster: what is kept is in etcd, for all nodes.
 *
 * The node has a copy of it in its data directory, in the same tables as a node alone, which is why
 * everything that reads works without etcd. A change is made to the copy in a transaction, written
 * to etcd by one of etcd's that names the change it follows, and committed to the copy when etcd
 * has it; if another node was faster, the copy first takes over what that one changed, and the
 * change is tried again. So each change happens to the state that all before it have made, on
 * whichever node, and what is acknowledged is in etcd. Definitions and vocabularies stay files of
 * the nodes that got them.
 *
 * Thread: loop only, but where it says otherwise. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_STORE_SHARED_H
#define INFERD_STORE_SHARED_H

#include "inferd/etcd.h"
#include "inferd/store.h"

/* As inf_store_open, for a cluster. settings must stay until the store is closed. A directory that
 * is new joins the cluster, and founds it where there is none; that needs etcd. One that has a copy
 * is opened without etcd, too; then changes are refused until etcd is there. -1 for a directory
 * with a state of its own (inf_store_move_to_etcd), or with the copy of another cluster. */
int inf_store_open_shared(struct uv_loop_s *loop, const char *path,
                          const struct inf_etcd_settings *settings, struct inf_store **ret,
                          struct inf_error *err);

/* Is it a cluster's? */
bool inf_store_is_shared(const struct inf_store *store);
/* Is the model's definition on this node? Of a node alone: is it whole. */
bool inf_store_has_definition(const struct inf_store *store, const char *model_id);

/* What nodes of the cluster show each other; NULL: the node is alone. */
const char *inf_store_cluster_secret(const struct inf_store *store);

/* ---- definitions that are elsewhere ---- */
struct inf_fetch; /* one on its way */
/* *ret_fd, an empty file for the bytes, is the fetch's. */
int inf_store_fetch_begin(struct inf_store *store, const char *model_id, struct inf_fetch **ret,
                          int *ret_fd, struct inf_error *err);
/* Takes the fetch. done without err: the bytes are the definition that the state names, and this
 * node has it. */
void inf_store_fetch_commit(struct inf_fetch *fetch, inf_store_done done, void *arg);
void inf_store_fetch_abort(struct inf_fetch *fetch); /* NULL is fine */
/* The same for one part of a definition that is not whole yet. */
int inf_store_fetch_part_begin(struct inf_store *store, const char *model_id, int part,
                               struct inf_fetch **ret, int *ret_fd, struct inf_error *err);
int64_t inf_store_fetch_length(const struct inf_fetch *fetch); /* bytes in its file */
/* Another descriptor of its file, at the end of what is there, for the caller to close; -1. */
int inf_store_fetch_resume(const struct inf_fetch *fetch);

/* Has every part of the definition been stored, by whichever node, while it is not whole yet? */
bool inf_store_awaits_assembly(const struct inf_store *store, const char *model_id);
/* The lowest part that is stored and whose file is not on this node, -1: there is none. */
int inf_store_first_part_elsewhere(const struct inf_store *store, const char *model_id);
/* As inf_store_open_definition, for a part whose file is on this node; else NOT_FOUND. */
int inf_store_open_part(const struct inf_store *store, const char *model_id, int part, int *ret_fd,
                        int64_t *ret_size, struct inf_error *err);
/* The definition is made of the parts, which have to be on this node, as by the commit of the last
 * one. Done without a change where that has happened. */
void inf_store_assemble(struct inf_store *store, const char *model_id, inf_store_done done,
                        void *arg);
/* The model is whole, maybe by another node: files of its parts that are here are of no use. */
void inf_store_drop_parts(struct inf_store *store, const char *model_id);

/* What a definition has, here or elsewhere; 0: the model is not fully defined. */
int64_t inf_store_definition_length(const struct inf_store *store, const char *model_id);
/* When the definition, which is on this node, was used here, by the wall clock; 0: it is not known.
 */
int64_t inf_store_definition_used_ms(const struct inf_store *store, const char *model_id);
void inf_store_use_definition(const struct inf_store *store, const char *model_id); /* it is now */
/* The file goes, the model stays. Whoever calls this knows that others have it. */
void inf_store_drop_definition(struct inf_store *store, const char *model_id, inf_store_done done,
                               void *arg);

/* What another node has changed. */
enum inf_store_news_of { INF_NEWS_MODEL, INF_NEWS_DEPLOYMENT, INF_NEWS_OBJECT };
struct inf_store_news {
    enum inf_store_news_of of;
    enum inf_object_kind kind; /* of an object */
    const char *id;
    bool deleted;
};
/* Runs for each such change, when the getters show it. One listener. */
void inf_store_listen(struct inf_store *store,
                      void (*changed)(void *arg, const struct inf_store_news *news), void *arg);

/* As inf_store_put_deployment, of what was decided just now by all deployments that the getters
 * show. In a cluster CONFLICT, when another node has changed one meanwhile:
 * inf_store_deployments_heard is another number then than it was now, and it has to be decided
 * anew. */
void inf_store_decide_deployment(struct inf_store *store, const char *deployment_id,
                                 const char *model_id, const char *params, bool replace,
                                 inf_store_done done, void *arg);
/* Changes of deployments by other nodes that the getters show. */
uint64_t inf_store_deployments_heard(const struct inf_store *store);

/* done without err: the getters show all that etcd had when this was called, and whoever listens
 * has heard of it. Later than this returns, and not before what was asked of the store before. Many
 * at once cost etcd one question. Of a node alone it is so in any case. */
void inf_store_sync(struct inf_store *store, inf_store_done done, void *arg);
/* When the getters have last come to show what another node has changed, by uv_hrtime; 0: never. */
uint64_t inf_store_news_ns(const struct inf_store *store);

/* Assignments are the master's: they are put only while the node's record in etcd is the one that
 * came to be at this revision (inf_membership_term), else refused with UNAVAILABLE; 0, as at first:
 * this node is not the master. Of a node alone nothing happens. */
void inf_store_plan_in_term(struct inf_store *store, int64_t term);

/* NULL: changes can be made, as far as is known; else why not. Of a node alone always NULL. The
 * text stays until the loop goes on. */
const char *inf_store_lost_reason(struct inf_store *store);

/* The state of a data directory that no daemon uses, to an etcd that has none below the prefix; the
 * directory is a copy then. What an attempt that did not come to its end has left in etcd is
 * replaced. Appends a sentence on what was done. Blocks. */
int inf_store_move_to_etcd(const char *path, const struct inf_etcd_settings *settings,
                           struct inf_buf *report, struct inf_error *err);
/* The other way: what etcd has becomes the directory's own. -1 with CONFLICT when a definition or
 * vocabulary is on other nodes only. Nothing changes in etcd. */
int inf_store_move_from_etcd(const char *path, const struct inf_etcd_settings *settings,
                             struct inf_buf *report, struct inf_error *err);

#endif
