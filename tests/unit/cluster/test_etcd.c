/* The client, against a real etcd: what is put is read, transactions see others' changes, leases
 * end, a dead endpoint is passed over, and followers miss nothing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "etcd_fixture.h"

#include "etcd_transport.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

static struct etcd_server server;

static int put(struct inf_etcd *etcd, const char *key, const char *value, int64_t expected,
               int64_t lease, int64_t *ret_revision)
{
    struct inf_etcd_txn *txn = inf_etcd_txn_new(etcd);
    struct inf_error err = {0};
    int rc;

    inf_etcd_txn_expect(txn, key, expected);
    if (value != NULL)
        inf_etcd_txn_put(txn, key, value, strlen(value), lease);
    else
        inf_etcd_txn_delete(txn, key, false);
    rc = inf_etcd_txn_commit(etcd, txn, ret_revision, &err);
    inf_etcd_txn_free(txn);
    assert_true(rc >= 0);
    return rc;
}

static size_t count(struct inf_etcd *etcd, const char *key)
{
    struct inf_etcd_pairs pairs;
    struct inf_error err;
    size_t found;

    assert_int_equal(inf_etcd_list(etcd, key, &pairs, &err), 0);
    found = pairs.count;
    inf_etcd_pairs_fini(&pairs);
    return found;
}

static void test_what_is_put_is_read(void **state)
{
    struct inf_etcd_settings settings = etcd_settings(&server, "/read/");
    struct inf_etcd *etcd = inf_etcd_new(&settings);
    struct inf_etcd_pairs pairs;
    struct inf_error err;
    int64_t first, second;

    (void)state;
    assert_int_equal(put(etcd, "a/\xc3\xa4", "", 0, 0, &first), 1);
    assert_int_equal(put(etcd, "a/b", "x\"\n\xe2\x82\xac", 0, 0, &second), 1);
    assert_int_equal(put(etcd, "b", "elsewhere", 0, 0, &second), 1);
    assert_int_equal(inf_etcd_list(etcd, "a/", &pairs, &err), 0);
    assert_int_equal(pairs.count, 2);
    assert_int_equal(pairs.revision, second);
    assert_string_equal(pairs.items[0].key, "a/b");
    assert_string_equal(pairs.items[0].value, "x\"\n\xe2\x82\xac");
    assert_string_equal(pairs.items[1].key, "a/\xc3\xa4");
    assert_string_equal(pairs.items[1].value, "");
    assert_int_equal(pairs.items[1].revision, first);
    inf_etcd_pairs_fini(&pairs);
    assert_int_equal(inf_etcd_get(etcd, "a/b", &pairs, &err), 0);
    assert_int_equal(pairs.count, 1);
    inf_etcd_pairs_fini(&pairs);
    assert_int_equal(inf_etcd_get(etcd, "a/", &pairs, &err), 0);
    assert_int_equal(pairs.count, 0);
    inf_etcd_pairs_fini(&pairs);
    inf_etcd_free(etcd);
    inf_etcd_settings_fini(&settings);
}

/* More than a page, in several transactions. */
static void test_a_long_list(void **state)
{
    struct inf_etcd_settings settings = etcd_settings(&server, "/long/");
    struct inf_etcd *etcd = inf_etcd_new(&settings);
    struct inf_etcd_pairs pairs;
    struct inf_error err;
    char key[16], last[16] = "";
    int64_t revision;

    (void)state;
    for (int i = 0; i < 200;) {
        struct inf_etcd_txn *txn = inf_etcd_txn_new(etcd);

        for (int end = i + 100; i < end; i++) {
            snprintf(key, sizeof key, "k%03d", i);
            inf_etcd_txn_put(txn, key, key, strlen(key), 0);
        }
        assert_int_equal(inf_etcd_txn_commit(etcd, txn, &revision, &err), 1);
        inf_etcd_txn_free(txn);
    }
    assert_int_equal(inf_etcd_list(etcd, "k", &pairs, &err), 0);
    assert_int_equal(pairs.count, 200);
    for (size_t i = 0; i < pairs.count; i++) {
        assert_true(strcmp(pairs.items[i].key, last) > 0);
        assert_string_equal(pairs.items[i].value, pairs.items[i].key);
        snprintf(last, sizeof last, "%s", pairs.items[i].key);
    }
    inf_etcd_pairs_fini(&pairs);
    inf_etcd_free(etcd);
    inf_etcd_settings_fini(&settings);
}

static void test_a_transaction_sees_others(void **state)
{
    struct inf_etcd_settings settings = etcd_settings(&server, "/txn/");
    struct inf_etcd *one = inf_etcd_new(&settings), *other = inf_etcd_new(&settings);
    int64_t first, second;

    (void)state;
    assert_int_equal(put(one, "k", "1", 0, 0, &first), 1);
    assert_int_equal(put(other, "k", "2", 0, 0, &second), 0);
    assert_int_equal(put(other, "k", "2", first, 0, &second), 1);
    assert_int_equal(put(one, "k", "3", first, 0, &first), 0);
    assert_int_equal(put(one, "k", NULL, second, 0, &first), 1);
    assert_int_equal(count(one, "k"), 0);
    inf_etcd_free(one);
    inf_etcd_free(other);
    inf_etcd_settings_fini(&settings);
}

static void test_a_lease_takes_its_keys_along(void **state)
{
    struct inf_etcd_settings settings = etcd_settings(&server, "/lease/");
    struct inf_etcd *etcd = inf_etcd_new(&settings);
    struct inf_error err;
    int64_t lease, revision;
    bool alive = false;

    (void)state;
    assert_int_equal(inf_etcd_grant(etcd, 60, &lease, &err), 0);
    assert_int_equal(put(etcd, "k", "1", 0, lease, &revision), 1);
    assert_int_equal(inf_etcd_keep_alive(etcd, lease, &alive, &err), 0);
    assert_true(alive);
    assert_int_equal(inf_etcd_revoke(etcd, lease, &err), 0);
    assert_int_equal(count(etcd, "k"), 0);
    assert_int_equal(inf_etcd_keep_alive(etcd, lease, &alive, &err), 0);
    assert_false(alive);
    assert_int_equal(inf_etcd_revoke(etcd, lease, &err), -1);
    assert_int_equal(err.code, INF_ERR_UNAVAILABLE);
    assert_non_null(strstr(err.reason, "lease not found"));
    inf_etcd_free(etcd);
    inf_etcd_settings_fini(&settings);
}

static void test_a_dead_endpoint_is_passed_over(void **state)
{
    struct inf_etcd_settings settings = etcd_settings(&server, "/dead/");
    struct inf_etcd *etcd;
    struct inf_error err;
    struct inf_etcd_pairs pairs;
    int64_t revision;
    char *alive = settings.endpoints[0], dead[64];

    (void)state;
    snprintf(dead, sizeof dead, "http://127.0.0.1:%u", etcd_free_port());
    free(settings.endpoints);
    settings.endpoints = calloc(2, sizeof *settings.endpoints);
    settings.endpoints[0] = strdup(dead);
    settings.endpoints[1] = alive;
    settings.endpoint_count = 2;
    etcd = inf_etcd_new(&settings);
    assert_int_equal(put(etcd, "k", "1", 0, 0, &revision), 1);
    assert_int_equal(count(etcd, "k"), 1);
    inf_etcd_free(etcd);
    settings.endpoint_count = 1;
    etcd = inf_etcd_new(&settings);
    assert_int_equal(inf_etcd_get(etcd, "k", &pairs, &err), -1);
    assert_int_equal(err.code, INF_ERR_UNAVAILABLE);
    assert_non_null(strstr(err.reason, dead));
    inf_etcd_free(etcd);
    settings.endpoint_count = 2;
    inf_etcd_settings_fini(&settings);
}

/* Takes two requests: the first one gets no answer. */
static void *answer_late(void *arg)
{
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 44\r\n\r\n"
                                 "{\"header\":{\"revision\":\"7\"},\"succeeded\":true}";
    char request[4096];

    for (int i = 0; i < 2; i++) {
        int connection = accept(*(int *)arg, NULL, NULL);

        assert_true(recv(connection, request, sizeof request, 0) > 0);
        if (i == 1)
            assert_int_equal(send(connection, answer, strlen(answer), 0), strlen(answer));
        close(connection);
    }
    return NULL;
}

static void test_what_was_lost_is_asked_again(void **state)
{
    struct inf_etcd_settings settings = etcd_settings(&server, "/lost/");
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)state;
    address.sin_port = htons((uint16_t)etcd_free_port());
    assert_int_equal(bind(listener, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listener, 4), 0);
    free(settings.endpoints[0]);
    settings.endpoints[0] = calloc(1, 64);
    snprintf(settings.endpoints[0], 64, "http://127.0.0.1:%u", ntohs(address.sin_port));
    for (int repeatable = 0; repeatable < 2; repeatable++) {
        struct inf_etcd *etcd = inf_etcd_new(&settings);
        struct inf_etcd_txn *txn = inf_etcd_txn_new(etcd);
        struct inf_error err;
        int64_t revision = 0;
        pthread_t thread;

        assert_int_equal(pthread_create(&thread, NULL, answer_late, &listener), 0);
        inf_etcd_txn_put(txn, "k", "1", 1, 0);
        if (repeatable)
            inf_etcd_txn_repeatable(txn);
        assert_int_equal(inf_etcd_txn_commit(etcd, txn, &revision, &err), repeatable ? 1 : -1);
        if (!repeatable) /* the thread waits for another one */
            assert_int_equal(inf_etcd_txn_commit(etcd, txn, &revision, &err), 1);
        assert_int_equal(revision, 7);
        pthread_join(thread, NULL);
        inf_etcd_txn_free(txn);
        inf_etcd_free(etcd);
    }
    close(listener);
    inf_etcd_settings_fini(&settings);
}

/* A call that the client has no function for. */
static void administrate(const struct inf_etcd_settings *settings, const char *path,
                         const char *question)
{
    struct inf_etcd_transport *transport = inf_etcd_transport_new(settings);
    struct inf_etcd_post post = {.path = path};
    struct inf_buf body;
    struct inf_error err;

    inf_buf_init(&body, 4096);
    inf_buf_puts(&body, question);
    post.body = &body;
    inf_buf_init(&post.answer, 4096);
    if (inf_etcd_transport_post(transport, &post, &err) != 0)
        fail_msg("%s: %s", path, err.reason);
    inf_buf_free(&body);
    inf_buf_free(&post.answer);
    inf_etcd_transport_free(transport);
}

/* ---- followers ---- */

struct heard {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    int wholes, lists, losses;
    char text[512]; /* "key=value;" of each change, "key-;" of each that goes */
};

static void on_told(void *arg, const struct inf_etcd_news *news)
{
    struct heard *heard = arg;

    pthread_mutex_lock(&heard->lock);
    heard->lists++;
    heard->wholes += news->whole;
    for (size_t i = 0; i < news->pairs->count; i++) {
        const struct inf_etcd_pair *pair = &news->pairs->items[i];
        size_t length = strlen(heard->text);

        snprintf(heard->text + length, sizeof heard->text - length, "%s%s%s;", pair->key,
                 pair->value != NULL ? "=" : "-", pair->value != NULL ? pair->value : "");
    }
    pthread_cond_broadcast(&heard->cond);
    pthread_mutex_unlock(&heard->lock);
}

static void on_lost(void *arg, const struct inf_error *err)
{
    struct heard *heard = arg;

    pthread_mutex_lock(&heard->lock);
    assert_int_equal(err->code, INF_ERR_UNAVAILABLE);
    heard->losses++;
    pthread_cond_broadcast(&heard->cond);
    pthread_mutex_unlock(&heard->lock);
}

static void await_text(struct heard *heard, const char *text)
{
    pthread_mutex_lock(&heard->lock);
    while (strcmp(heard->text, text) != 0) {
        assert_true(strlen(heard->text) <= strlen(text));
        pthread_cond_wait(&heard->cond, &heard->lock);
    }
    pthread_mutex_unlock(&heard->lock);
}

static void await_number(struct heard *heard, const int *number, int least)
{
    pthread_mutex_lock(&heard->lock);
    while (*number < least)
        pthread_cond_wait(&heard->cond, &heard->lock);
    pthread_mutex_unlock(&heard->lock);
}

static void test_a_follower_misses_nothing(void **state)
{
    struct inf_etcd_settings settings = etcd_settings(&server, "/follow/");
    struct inf_etcd *etcd = inf_etcd_new(&settings);
    struct heard heard = {.lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};
    struct inf_etcd_follower *follower;
    int64_t revision;
    int losses;

    (void)state;
    assert_int_equal(put(etcd, "f/a", "1", 0, 0, &revision), 1);
    follower = inf_etcd_follow(&settings, "f/", on_told, on_lost, &heard);
    await_text(&heard, "f/a=1;");
    assert_int_equal(put(etcd, "f/a", NULL, revision, 0, &revision), 1);
    assert_int_equal(put(etcd, "g", "no", 0, 0, &revision), 1);
    assert_int_equal(put(etcd, "f/b", "2", 0, 0, &revision), 1);
    await_text(&heard, "f/a=1;f/a-;f/b=2;");
    etcd_end(&server);
    await_number(&heard, &heard.losses, 1);
    etcd_launch(&server);
    etcd_await(&settings);
    assert_int_equal(put(etcd, "f/c", "3", 0, 0, &revision), 1);
    await_text(&heard, "f/a=1;f/a-;f/b=2;f/c=3;");
    pthread_mutex_lock(&heard.lock);
    losses = heard.losses;
    pthread_mutex_unlock(&heard.lock);
    inf_etcd_refollow(follower); /* as if the connection were stuck */
    await_number(&heard, &heard.losses, losses + 1);
    assert_int_equal(put(etcd, "f/d", "4", 0, 0, &revision), 1);
    await_text(&heard, "f/a=1;f/a-;f/b=2;f/c=3;f/d=4;");
    assert_int_equal(heard.wholes, 1);
    inf_etcd_unfollow(follower);
    inf_etcd_free(etcd);
    inf_etcd_settings_fini(&settings);
}

/* etcd has forgotten what lies between: then all is told anew. */
static void test_a_follower_that_is_too_late(void **state)
{
    struct inf_etcd_settings settings = etcd_settings(&server, "/late/");
    struct inf_etcd *etcd = inf_etcd_new(&settings);
    struct heard heard = {.lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER};
    struct inf_etcd_follower *follower;
    char question[64];
    int64_t revision;

    (void)state;
    assert_int_equal(put(etcd, "f/a", "1", 0, 0, &revision), 1);
    follower = inf_etcd_follow(&settings, "f/", on_told, on_lost, &heard);
    await_text(&heard, "f/a=1;");
    for (int i = 0; i < 3; i++)
        assert_int_equal(put(etcd, "other", "x", i == 0 ? 0 : revision, 0, &revision), 1);
    snprintf(question, sizeof question, "{\"revision\":\"%lld\"}", (long long)revision);
    administrate(&settings, "/v3/kv/compaction", question);
    inf_etcd_refollow(follower);
    await_number(&heard, &heard.wholes, 2);
    await_text(&heard, "f/a=1;f/a=1;");
    inf_etcd_unfollow(follower);
    inf_etcd_free(etcd);
    inf_etcd_settings_fini(&settings);
}

static void test_a_call_is_interrupted(void **state)
{
    struct inf_etcd_settings settings = etcd_settings(&server, "/stop/");
    struct inf_etcd *etcd = inf_etcd_new(&settings);
    struct inf_etcd_pairs pairs;
    struct inf_error err;

    (void)state;
    inf_etcd_interrupt(etcd);
    assert_int_equal(inf_etcd_list(etcd, "", &pairs, &err), -1);
    assert_int_equal(err.code, INF_ERR_UNAVAILABLE);
    assert_string_equal(err.reason, "the server is stopping");
    inf_etcd_pairs_fini(&pairs);
    inf_etcd_free(etcd);
    inf_etcd_settings_fini(&settings);
}

/* ---- users ---- */

static enum inf_err_code read_as(struct inf_etcd_settings *settings, const char *user,
                                 const char *password, struct inf_error *err)
{
    struct inf_etcd *etcd;
    struct inf_etcd_pairs pairs = {0};
    int rc;

    free(settings->user);
    free(settings->password);
    settings->user = user != NULL ? strdup(user) : NULL;
    settings->password = password != NULL ? strdup(password) : NULL;
    etcd = inf_etcd_new(settings);
    rc = inf_etcd_get(etcd, "k", &pairs, err);
    inf_etcd_pairs_fini(&pairs);
    inf_etcd_free(etcd);
    return rc == 0 ? INF_ERR_NONE : err->code;
}

/* The last test: nobody without a password is let in from then on. */
static void test_users_and_passwords(void **state)
{
    struct inf_etcd_settings settings = etcd_settings(&server, "/users/");
    struct inf_etcd *etcd;
    struct inf_etcd_pairs pairs;
    struct inf_error err;

    (void)state;
    administrate(&settings, "/v3/auth/user/add", "{\"name\":\"root\",\"password\":\"right\"}");
    administrate(&settings, "/v3/auth/role/add", "{\"name\":\"root\"}");
    administrate(&settings, "/v3/auth/user/grant", "{\"user\":\"root\",\"role\":\"root\"}");
    administrate(&settings, "/v3/auth/enable", "{}");
    assert_int_equal(read_as(&settings, NULL, NULL, &err), INF_ERR_UNAVAILABLE);
    assert_non_null(strstr(err.reason, "user name is empty"));
    assert_int_equal(read_as(&settings, "root", "wrong", &err), INF_ERR_UNAVAILABLE);
    assert_non_null(strstr(err.reason, "invalid user ID or password"));
    assert_null(strstr(err.reason, "wrong"));
    assert_int_equal(read_as(&settings, "root", "right", &err), INF_ERR_NONE);
    /* A token that etcd has forgotten is replaced by a new one. */
    etcd = inf_etcd_new(&settings);
    assert_int_equal(inf_etcd_get(etcd, "k", &pairs, &err), 0);
    inf_etcd_pairs_fini(&pairs);
    etcd_end(&server);
    etcd_launch(&server);
    etcd_await(&settings);
    assert_int_equal(inf_etcd_get(etcd, "k", &pairs, &err), 0);
    inf_etcd_pairs_fini(&pairs);
    inf_etcd_free(etcd);
    inf_etcd_settings_fini(&settings);
}

static int start_etcd(void **state)
{
    struct inf_etcd_settings settings;

    (void)state;
    etcd_prepare(&server);
    settings = etcd_settings(&server, "/");
    etcd_await(&settings);
    inf_etcd_settings_fini(&settings);
    return 0;
}

static int end_etcd(void **state)
{
    (void)state;
    etcd_destroy(&server);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_put_is_read),
        cmocka_unit_test(test_a_long_list),
        cmocka_unit_test(test_a_transaction_sees_others),
        cmocka_unit_test(test_a_lease_takes_its_keys_along),
        cmocka_unit_test(test_a_dead_endpoint_is_passed_over),
        cmocka_unit_test(test_what_was_lost_is_asked_again),
        cmocka_unit_test(test_a_follower_misses_nothing),
        cmocka_unit_test(test_a_follower_that_is_too_late),
        cmocka_unit_test(test_a_call_is_interrupted),
        cmocka_unit_test(test_users_and_passwords),
    };

    return cmocka_run_group_tests(tests, start_etcd, end_etcd);
}
