/* Log lines as they arrive at the descriptor: shape, levels, hostile values, many threads. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/json.h"
#include "inferd/log.h"
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static int fd = -1;
static char content[1 << 20];

static int open_sink(void **state)
{
    (void)state;
    fd = memfd_create("log", 0);
    return fd < 0 ? -1 : 0;
}

static int close_sink(void **state)
{
    (void)state;
    return close(fd);
}

/* Everything logged since the sink was opened. */
static const char *logged(void)
{
    ssize_t length = pread(fd, content, sizeof content - 1, 0);
    assert_true(length >= 0);
    content[length] = '\0';
    return content;
}

static void parse_line(const char *line, size_t length, struct inf_json *ret)
{
    struct inf_error err;
    if (inf_json_parse(line, length, NULL, ret, &err)) {
        fail_msg("%s: %.*s", err.reason, (int)length, line);
    }
}

static const char *field(const struct inf_json *json, const char *key)
{
    const char *text = inf_json_string(inf_json_get(json->root, key));
    return text ? text : "(absent)";
}

static void test_json_line(void **state)
{
    (void)state;
    struct inf_json json;
    inf_log_init(fd, INF_LOG_INFO, 1, "node-1");
    inf_log(INF_LOG_WARN, "serving", "worker \"w\" died",
            (const char *[]){"model_id", "m\n{}", "signal", "9", NULL});
    const char *line = logged();
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    parse_line(line, strlen(line), &json);
    assert_string_equal(field(&json, "log.level"), "WARN");
    assert_string_equal(field(&json, "component"), "serving");
    assert_string_equal(field(&json, "node"), "node-1");
    assert_string_equal(field(&json, "message"), "worker \"w\" died");
    assert_string_equal(field(&json, "model_id"), "m\n{}");
    assert_string_equal(field(&json, "signal"), "9");
    const char *when = field(&json, "@timestamp");
    assert_int_equal(strlen(when), 24);
    assert_int_equal(when[23], 'Z');
    inf_json_free(&json);
}

static void test_text_line(void **state)
{
    (void)state;
    inf_log_init(fd, INF_LOG_INFO, 0, NULL);
    inf_log(INF_LOG_INFO, "http", "listening\n[2000-01-01] forged \x1B[2J",
            (const char *[]){"address", "127.0.0.1:9200", "note", "two words\n", "none", "", NULL});
    const char *line = logged();
    assert_int_equal(line[0], '[');
    assert_string_equal(strchr(line, ' '),
                        " [INFO ] [http] listening?[2000-01-01] forged ?[2J address=127.0.0.1:9200 "
                        "note=\"two words\\n\" none=\"\"\n");
}

static void test_level(void **state)
{
    (void)state;
    inf_log_init(fd, INF_LOG_WARN, 0, NULL);
    inf_logf(INF_LOG_INFO, "test", "one");
    inf_log(INF_LOG_DEBUG, "test", "two", NULL);
    assert_string_equal(logged(), "");
    inf_log_set_level(INF_LOG_DEBUG);
    inf_logf(INF_LOG_DEBUG, "test", "three %d", 3);
    assert_non_null(strstr(logged(), "[DEBUG] [test] three 3\n"));
    assert_null(strstr(logged(), "one"));
}

static void test_level_parse(void **state)
{
    (void)state;
    enum inf_log_level level = INF_LOG_INFO;
    assert_int_equal(inf_log_level_parse("TRACE", &level), 0);
    assert_int_equal(level, INF_LOG_TRACE);
    assert_int_equal(inf_log_level_parse("error", &level), 0);
    assert_int_equal(level, INF_LOG_ERROR);
    assert_int_equal(inf_log_level_parse("Warn", &level), 0);
    assert_int_equal(level, INF_LOG_WARN);
    assert_int_equal(inf_log_level_parse("warning", &level), -1);
    assert_int_equal(inf_log_level_parse("", &level), -1);
    assert_int_equal(level, INF_LOG_WARN);
}

/* The worst a caller can pass: every byte an escape of six, every value far too long. */
static void test_overlong(void **state)
{
    (void)state;
    static char text[100000];
    struct inf_json json;
    const char *fields[42] = {0};
    char keys[20][8];
    memset(text, 1, sizeof text - 1);
    for (int i = 0; i < 20; i++) {
        snprintf(keys[i], sizeof keys[i], "k%d", i);
        fields[2 * i] = keys[i];
        fields[2 * i + 1] = text;
    }
    for (int as_json = 0; as_json < 2; as_json++) {
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        inf_log_init(fd, INF_LOG_INFO, as_json, "n");
        inf_log(INF_LOG_INFO, "test", text, fields);
        const char *line = logged();
        assert_true(strlen(line) < 17000);
        assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
        assert_non_null(strstr(line, "log.truncated"));
    }
    parse_line(logged(), strlen(logged()), &json);
    assert_true(inf_json_true(inf_json_get(json.root, "log.truncated")));
    assert_int_equal(strlen(field(&json, "message")), 2048);
    inf_json_free(&json);
}

static void test_cut_between_characters(void **state)
{
    (void)state;
    static char text[10000];
    struct inf_json json;
    for (size_t i = 0; i + 2 < sizeof text; i += 2) {
        memcpy(text + i, "\xC3\xA4", 2);
    }
    inf_log_init(fd, INF_LOG_INFO, 1, NULL);
    inf_logf(INF_LOG_INFO, "test", "x%s", text);
    parse_line(logged(), strlen(logged()), &json);
    const char *message = field(&json, "message");
    assert_int_equal(strlen(message), 2047);
    assert_true(inf_utf8_valid(message, strlen(message)));
    assert_null(strstr(message, "\xEF\xBF\xBD"));
    inf_json_free(&json);
}

static void test_errno_is_kept(void **state)
{
    (void)state;
    inf_log_init(-1, INF_LOG_INFO, 1, NULL); /* write fails with EBADF */
    errno = ENOENT;
    inf_logf(INF_LOG_INFO, "test", "lost");
    assert_int_equal(errno, ENOENT);
}

enum { THREADS = 4, LINES = 300 };

static void *write_lines(void *argument)
{
    for (int i = 0; i < LINES; i++) {
        char number[16];
        snprintf(number, sizeof number, "%d", i);
        inf_log(INF_LOG_INFO, "thread", (const char *)argument,
                (const char *[]){"i", number, NULL});
        inf_log_set_level(INF_LOG_INFO);
    }
    return NULL;
}

/* The descriptor is opened for appending, as a log file is: whole lines, none lost, none mixed. */
static void test_threads(void **state)
{
    (void)state;
    char path[32];
    static char names[THREADS][8];
    pthread_t threads[THREADS];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    FILE *append = fopen(path, "ae");
    assert_non_null(append);
    inf_log_init(fileno(append), INF_LOG_INFO, 1, NULL);
    for (int i = 0; i < THREADS; i++) {
        snprintf(names[i], sizeof names[i], "t%d", i);
        assert_int_equal(pthread_create(&threads[i], NULL, write_lines, names[i]), 0);
    }
    for (int i = 0; i < THREADS; i++) {
        pthread_join(threads[i], NULL);
    }
    int lines = 0;
    for (const char *line = logged(); *line; lines++) {
        struct inf_json json;
        const char *end = strchr(line, '\n');
        assert_non_null(end);
        parse_line(line, (size_t)(end - line), &json);
        assert_string_equal(field(&json, "component"), "thread");
        inf_json_free(&json);
        line = end + 1;
    }
    assert_int_equal(lines, THREADS * LINES);
    fclose(append);
}

#define WITH_SINK(test) cmocka_unit_test_setup_teardown(test, open_sink, close_sink)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_SINK(test_json_line),     WITH_SINK(test_text_line),
        WITH_SINK(test_level),         WITH_SINK(test_level_parse),
        WITH_SINK(test_overlong),      WITH_SINK(test_cut_between_characters),
        WITH_SINK(test_errno_is_kept), WITH_SINK(test_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
