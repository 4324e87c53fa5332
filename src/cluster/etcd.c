/* etcd.c - the calls: each writes a question, posts it and reads the answer. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/etcd.h"

#include "etcd_message.h"
#include "etcd_transport.h"
#include "inferd/alloc.h"
#include <stdlib.h>
#include <string.h>

#define QUESTION_MAX ((size_t)16 << 20)
#define PAGE 64 /* keys of one answer to a list */
/* What a page of the longest values that etcd takes would need, in base64. */
#define ANSWER_MAX ((size_t)160 << 20)

struct inf_etcd {
    const struct inf_etcd_settings *settings;
    struct inf_etcd_transport *transport;
};

struct inf_etcd_txn {
    const char *prefix;
    bool repeatable;
    struct inf_buf compare, success; /* JSON, without brackets */
    struct inf_jsonw compares, changes;
};

struct inf_etcd *inf_etcd_new(const struct inf_etcd_settings *settings)
{
    struct inf_etcd *etcd = inf_alloc(1, sizeof *etcd);

    etcd->settings = settings;
    etcd->transport = inf_etcd_transport_new(settings);
    return etcd;
}

void inf_etcd_free(struct inf_etcd *etcd)
{
    if (etcd == NULL)
        return;
    inf_etcd_transport_free(etcd->transport);
    free(etcd);
}

void inf_etcd_interrupt(struct inf_etcd *etcd)
{
    inf_etcd_transport_stop(etcd->transport);
}

void inf_etcd_nudge(struct inf_etcd *etcd)
{
    inf_etcd_transport_nudge(etcd->transport);
}

/* Asks and parses; *ret is the caller's after 0. */
static int ask(struct inf_etcd *etcd, const char *path, const struct inf_buf *question,
               bool repeatable, struct inf_json *ret, struct inf_error *err)
{
    struct inf_etcd_post post = {.path = path, .body = question, .repeatable = repeatable};
    int rc;

    *ret = (struct inf_json){0};
    if (question->failed)
        return inf_error_set(err, INF_ERR_CONTENT_TOO_LONG,
                             "a question to etcd would be longer than [%zu] bytes", QUESTION_MAX);
    inf_buf_init(&post.answer, ANSWER_MAX);
    rc = inf_etcd_transport_post(etcd->transport, &post, err);
    if (rc == 0 && inf_json_parse(post.answer.data != NULL ? post.answer.data : "",
                                  post.answer.length, NULL, ret, err) != 0)
        rc =
            inf_error_set(err, INF_ERR_UNAVAILABLE, "etcd answers [%s] with what is no JSON", path);
    inf_buf_free(&post.answer);
    return rc;
}

static int no_answer(const char *path, struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_UNAVAILABLE, "etcd's answer to [%s] is none", path);
}

/* ---- reading ---- */

static int range(struct inf_etcd *etcd, const struct inf_etcd_question *question,
                 struct inf_etcd_pairs *ret, bool *ret_more, struct inf_error *err)
{
    static const char path[] = "/v3/kv/range";
    struct inf_buf body;
    struct inf_json answer;
    int rc;

    inf_buf_init(&body, QUESTION_MAX);
    inf_etcd_write_range(question, &body);
    rc = ask(etcd, path, &body, true, &answer, err);
    inf_buf_free(&body);
    if (rc != 0)
        return -1;
    if (inf_etcd_read_range(answer.root, question->prefix, ret, ret_more) != 0)
        rc = no_answer(path, err);
    if (ret->revision == 0)
        ret->revision = inf_etcd_read_revision(answer.root);
    inf_json_free(&answer);
    return rc;
}

int inf_etcd_list(struct inf_etcd *etcd, const char *key, struct inf_etcd_pairs *ret,
                  struct inf_error *err)
{
    const char *prefix = etcd->settings->prefix;
    struct inf_buf after;
    bool more = true;
    int rc = 0;

    *ret = (struct inf_etcd_pairs){0};
    inf_buf_init(&after, QUESTION_MAX);
    while (rc == 0 && more) {
        const struct inf_etcd_question question = {.prefix = prefix,
                                                   .key = key,
                                                   .below = true,
                                                   .after = after.data,
                                                   .revision = ret->revision,
                                                   .limit = PAGE};

        rc = range(etcd, &question, ret, &more, err);
        if (rc == 0 && more) {
            inf_buf_clear(&after);
            inf_buf_printf(&after, "%s%s", prefix, ret->items[ret->count - 1].key);
        }
    }
    inf_buf_free(&after);
    return rc;
}

int inf_etcd_get(struct inf_etcd *etcd, const char *key, struct inf_etcd_pairs *ret,
                 struct inf_error *err)
{
    return inf_etcd_get_at(etcd, key, 0, ret, err);
}

int inf_etcd_get_at(struct inf_etcd *etcd, const char *key, int64_t revision,
                    struct inf_etcd_pairs *ret, struct inf_error *err)
{
    const struct inf_etcd_question question = {
        .prefix = etcd->settings->prefix, .key = key, .revision = revision, .limit = 1};
    bool more;

    *ret = (struct inf_etcd_pairs){0};
    return range(etcd, &question, ret, &more, err);
}

/* ---- changing ---- */

struct inf_etcd_txn *inf_etcd_txn_new(const struct inf_etcd *etcd)
{
    struct inf_etcd_txn *txn = inf_alloc(1, sizeof *txn);

    txn->prefix = etcd->settings->prefix;
    inf_buf_init(&txn->compare, QUESTION_MAX);
    inf_buf_init(&txn->success, QUESTION_MAX);
    inf_jsonw_init(&txn->compares, &txn->compare);
    inf_jsonw_init(&txn->changes, &txn->success);
    return txn;
}

void inf_etcd_txn_free(struct inf_etcd_txn *txn)
{
    inf_buf_free(&txn->compare);
    inf_buf_free(&txn->success);
    free(txn);
}

static void expect(struct inf_etcd_txn *txn, const char *key, const char *target, const char *name,
                   int64_t revision)
{
    struct inf_jsonw *w = &txn->compares;

    inf_jsonw_begin_object(w);
    inf_etcd_write_key(w, "key", txn->prefix, key);
    inf_jsonw_kv_string(w, "target", target);
    inf_jsonw_kv_string(w, "result", "EQUAL");
    inf_etcd_write_int64(w, name, revision);
    inf_jsonw_end_object(w);
}

void inf_etcd_txn_expect(struct inf_etcd_txn *txn, const char *key, int64_t revision)
{
    expect(txn, key, "MOD", "mod_revision", revision);
}

void inf_etcd_txn_expect_created(struct inf_etcd_txn *txn, const char *key, int64_t revision)
{
    expect(txn, key, "CREATE", "create_revision", revision);
}

void inf_etcd_txn_put(struct inf_etcd_txn *txn, const char *key, const char *value, size_t length,
                      int64_t lease)
{
    struct inf_jsonw *w = &txn->changes;

    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "requestPut");
    inf_jsonw_begin_object(w);
    inf_etcd_write_key(w, "key", txn->prefix, key);
    inf_etcd_write_bytes(w, "value", value, length);
    if (lease != 0)
        inf_etcd_write_int64(w, "lease", lease);
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
}

void inf_etcd_txn_repeatable(struct inf_etcd_txn *txn)
{
    txn->repeatable = true;
}

void inf_etcd_txn_delete(struct inf_etcd_txn *txn, const char *key, bool below)
{
    struct inf_jsonw *w = &txn->changes;

    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "requestDeleteRange");
    inf_jsonw_begin_object(w);
    inf_etcd_write_key(w, "key", txn->prefix, key);
    if (below)
        inf_etcd_write_end(w, txn->prefix, key);
    inf_jsonw_end_object(w);
    inf_jsonw_end_object(w);
}

int inf_etcd_txn_commit(struct inf_etcd *etcd, const struct inf_etcd_txn *txn,
                        int64_t *ret_revision, struct inf_error *err)
{
    struct inf_buf body;
    struct inf_json answer;
    int rc;

    inf_buf_init(&body, QUESTION_MAX);
    inf_buf_printf(&body, "{\"compare\":[%s],\"success\":[%s]}",
                   txn->compare.data != NULL ? txn->compare.data : "",
                   txn->success.data != NULL ? txn->success.data : "");
    body.failed |= txn->compare.failed || txn->success.failed;
    rc = ask(etcd, "/v3/kv/txn", &body, txn->repeatable, &answer, err);
    inf_buf_free(&body);
    if (rc != 0)
        return -1;
    *ret_revision = inf_etcd_read_revision(answer.root);
    rc = inf_json_true(inf_json_get(answer.root, "succeeded")) ? 1 : 0;
    inf_json_free(&answer);
    return *ret_revision > 0 ? rc : no_answer("/v3/kv/txn", err);
}

/* ---- leases ---- */

/* A question about a lease, whose answer is the caller's after 0. */
static int ask_lease(struct inf_etcd *etcd, const char *path, const char *name, int64_t value,
                     bool repeatable, struct inf_json *ret, struct inf_error *err)
{
    struct inf_buf body;
    struct inf_jsonw w;
    int rc;

    inf_buf_init(&body, QUESTION_MAX);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    inf_etcd_write_int64(&w, name, value);
    inf_jsonw_end_object(&w);
    rc = ask(etcd, path, &body, repeatable, ret, err);
    inf_buf_free(&body);
    return rc;
}

/* One that is granted twice expires by itself. */
int inf_etcd_grant(struct inf_etcd *etcd, int64_t ttl_s, int64_t *ret_lease, struct inf_error *err)
{
    static const char path[] = "/v3/lease/grant";
    struct inf_json answer;

    if (ask_lease(etcd, path, "TTL", ttl_s, true, &answer, err) != 0)
        return -1;
    *ret_lease = inf_etcd_read_int64(answer.root, "ID");
    inf_json_free(&answer);
    return *ret_lease != 0 ? 0 : no_answer(path, err);
}

int inf_etcd_keep_alive(struct inf_etcd *etcd, int64_t lease, bool *ret_alive,
                        struct inf_error *err)
{
    struct inf_json answer;

    if (ask_lease(etcd, "/v3/lease/keepalive", "ID", lease, true, &answer, err) != 0)
        return -1;
    *ret_alive = inf_etcd_read_int64(inf_json_get(answer.root, "result"), "TTL") > 0;
    inf_json_free(&answer);
    return 0;
}

int inf_etcd_revoke(struct inf_etcd *etcd, int64_t lease, struct inf_error *err)
{
    struct inf_json answer;

    if (ask_lease(etcd, "/v3/lease/revoke", "ID", lease, false, &answer, err) != 0)
        return -1;
    inf_json_free(&answer);
    return 0;
}

/* ---- watching ---- */

struct watch {
    const char *prefix;
    void (*changed)(void *arg, const struct inf_etcd_pairs *changes);
    void *arg;
    bool failed;
    struct inf_error err;
};

static bool on_line(void *arg, const char *text, size_t length)
{
    struct watch *watch = arg;
    struct inf_etcd_pairs changes = {0};
    struct inf_json message = {0};

    watch->failed = inf_json_parse(text, length, NULL, &message, &watch->err) != 0 ||
                    inf_etcd_read_watch(message.root, watch->prefix, &changes, &watch->err) != 0;
    if (!watch->failed && changes.count > 0)
        watch->changed(watch->arg, &changes);
    inf_json_free(&message);
    inf_etcd_pairs_fini(&changes);
    return !watch->failed;
}

int inf_etcd_watch(struct inf_etcd *etcd, const char *key, int64_t from_revision,
                   void (*changed)(void *arg, const struct inf_etcd_pairs *changes), void *arg,
                   struct inf_error *err)
{
    struct watch watch = {.prefix = etcd->settings->prefix, .changed = changed, .arg = arg};
    struct inf_buf body;
    struct inf_etcd_post post = {
        .path = "/v3/watch", .body = &body, .line = on_line, .arg = &watch};
    int rc;

    inf_buf_init(&body, QUESTION_MAX);
    inf_etcd_write_watch(watch.prefix, key, from_revision, &body);
    inf_buf_init(&post.answer, ANSWER_MAX);
    rc = inf_etcd_transport_post(etcd->transport, &post, err);
    inf_buf_free(&body);
    inf_buf_free(&post.answer);
    if (watch.failed)
        *err = watch.err;
    else if (rc == 0)
        inf_error_set(err, INF_ERR_UNAVAILABLE, "etcd has ended the watch");
    return !watch.failed && post.is_quiet ? 1 : -1;
}
