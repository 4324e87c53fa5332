/* log.c - structured log lines.
 *
 * A line is put together in a buffer of its own and leaves in one write(2), so lines of different
 * threads and processes do not mix and no lock is needed. What does not fit is cut at a character
 * (a value) or left out (a field); the line then says "log.truncated". Line breaks inside values
 * are escaped, so nothing a client sends can forge a line. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/log.h"

#include "inferd/json.h"
#include "inferd/units.h"
#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

#define LINE_MAX_BYTES 16384
#define MESSAGE_MAX 2048 /* fits in a line even when every byte becomes an escape of six */
#define VALUE_MAX 1024
#define TAIL_ROOM 32 /* for the closing of the line */

/* Written by inf_log_init before there are threads; only the level changes later. */
static struct {
    int fd;
    int json;
    char node[256];
} sink = {.fd = STDERR_FILENO};

static atomic_int threshold = INF_LOG_INFO;

static const char *const level_names[] = {"TRACE", "DEBUG", "INFO", "WARN", "ERROR"};

void inf_log_init(int fd, enum inf_log_level level, int json, const char *node)
{
    sink.fd = fd;
    sink.json = json;
    snprintf(sink.node, sizeof sink.node, "%s", node ? node : "");
    inf_log_set_level(level);
}

void inf_log_set_level(enum inf_log_level level)
{
    atomic_store_explicit(&threshold, (int)level, memory_order_relaxed);
}

bool inf_log_enabled(enum inf_log_level level)
{
    return (int)level >= atomic_load_explicit(&threshold, memory_order_relaxed);
}

int inf_log_level_parse(const char *text, enum inf_log_level *ret)
{
    for (size_t i = 0; i < sizeof level_names / sizeof *level_names; i++) {
        if (strcasecmp(text, level_names[i]) == 0) {
            *ret = (enum inf_log_level)i;
            return 0;
        }
    }
    return -1;
}

/* ---- the two shapes of a line ---- */

struct line {
    struct inf_buf out;
    struct inf_jsonw json;
    bool truncated;
};

static size_t value_length(struct line *line, const char *value, size_t max)
{
    size_t length = strlen(value);
    size_t kept = inf_utf8_cut(value, length, max);
    line->truncated |= kept < length;
    return kept;
}

static void write_json_field(struct line *line, const char *key, const char *value, size_t length)
{
    inf_jsonw_key(&line->json, key);
    inf_jsonw_string_n(&line->json, value, length);
}

/* A value that is one plain word needs no quotes on a terminal. */
static void write_text_field(struct line *line, const char *key, const char *value, size_t length)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-./:+@%,";
    struct inf_jsonw quoted;
    inf_buf_printf(&line->out, " %s=", key);
    if (length > 0 && strspn(value, plain) >= length) {
        inf_buf_append(&line->out, value, length);
        return;
    }
    inf_jsonw_init(&quoted, &line->out);
    inf_jsonw_string_n(&quoted, value, length);
}

/* A field that does not fit is taken back whole. */
static void write_field(struct line *line, const char *key, const char *value)
{
    size_t before = line->out.length;
    size_t length = value_length(line, value, VALUE_MAX);
    if (sink.json) {
        write_json_field(line, key, value, length);
    } else {
        write_text_field(line, key, value, length);
    }
    if (line->out.failed) {
        line->out.failed = false;
        line->out.length = before;
        line->truncated = true;
    }
}

static void begin_json(struct line *line, const char *when, enum inf_log_level level,
                       const char *component, const char *message)
{
    inf_jsonw_init(&line->json, &line->out);
    inf_jsonw_begin_object(&line->json);
    inf_jsonw_kv_string(&line->json, "@timestamp", when);
    inf_jsonw_kv_string(&line->json, "log.level", level_names[level]);
    inf_jsonw_kv_string(&line->json, "component", component);
    if (*sink.node) {
        inf_jsonw_kv_string(&line->json, "node", sink.node);
    }
    write_json_field(line, "message", message, value_length(line, message, MESSAGE_MAX));
}

/* The message stands unquoted; its control characters, which could forge a line or steer the
 * terminal, become '?'. */
static void begin_text(struct line *line, const char *when, enum inf_log_level level,
                       const char *component, const char *message)
{
    inf_buf_printf(&line->out, "[%s] [%-5s] [%s] ", when, level_names[level], component);
    size_t start = line->out.length;
    inf_buf_append(&line->out, message, value_length(line, message, MESSAGE_MAX));
    for (char *c = line->out.data + start; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7F) {
            *c = '?';
        }
    }
}

static void finish(struct line *line)
{
    line->out.max += TAIL_ROOM;
    if (sink.json) {
        if (line->truncated) {
            inf_jsonw_kv_bool(&line->json, "log.truncated", true);
        }
        inf_jsonw_end_object(&line->json);
    } else if (line->truncated) {
        inf_buf_puts(&line->out, " log.truncated");
    }
    inf_buf_append(&line->out, "\n", 1);
}

/* A partial write (a full pipe) is continued; any other failure loses the line, as there is nobody
 * left to tell. */
static void write_all(const char *data, size_t length)
{
    while (length > 0) {
        ssize_t written = write(sink.fd, data, length);
        if (written > 0) {
            data += written;
            length -= (size_t)written;
        } else if (written == 0 || errno != EINTR) {
            return;
        }
    }
}

void inf_log(enum inf_log_level level, const char *component, const char *message,
             const char *const *fields)
{
    if (!inf_log_enabled(level)) {
        return;
    }
    struct line line = {.truncated = false};
    struct timespec now;
    char when[INF_UNITS_TEXT];
    int saved_errno = errno;
    inf_buf_init(&line.out, LINE_MAX_BYTES);
    clock_gettime(CLOCK_REALTIME, &now);
    inf_iso8601_print((int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000, when);
    if (inf_buf_reserve(&line.out, 512) == 0) {
        (sink.json ? begin_json : begin_text)(&line, when, level, component, message);
        for (; fields && fields[0]; fields += 2) {
            write_field(&line, fields[0], fields[1] ? fields[1] : "");
        }
        finish(&line);
        write_all(line.out.data, line.out.length);
    }
    inf_buf_free(&line.out);
    errno = saved_errno;
}

void inf_logf(enum inf_log_level level, const char *component, const char *format, ...)
{
    char message[MESSAGE_MAX + 4]; /* more than inf_log keeps, so that it sees what was cut */
    va_list args;
    if (!inf_log_enabled(level)) {
        return;
    }
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    inf_log(level, component, message, NULL);
}
