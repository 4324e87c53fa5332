/* fuzz_config.c - the configuration: a file, assignments of -E and values of the API, one on top of
 * the other.
 *
 * Input: the file, then texts "name=value", each behind a NUL: by turns of -E, persistent and
 * transient. What is taken keeps to its row of the table, and is printed as a file that reads back
 * as the same; what is refused says so and changes nothing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_value.h"
#include "inferd/json.h"
#include "inferd/units.h"
#include "must.h"
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { LONGEST = 4096, PERSISTENT_TURN = 1, TURNS = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_reason(const struct inf_error *err)
{
    MUST(err->code == INF_ERR_ILLEGAL_ARGUMENT && err->reason[0] != '\0');
    MUST(strlen(err->reason) < INF_REASON_MAX);
}

static int load(struct inf_config *config, const char *text, size_t length, struct inf_error *err)
{
    char path[64];
    int fd = memfd_create("inferd.yml", MFD_CLOEXEC), rc = 0;
    MUST(fd >= 0 && write(fd, text, length) == (ssize_t)length);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    rc = inf_config_load(config, path, err);
    close(fd);
    return rc;
}

static void check_value(const struct inf_setting *setting, const struct inf_config_value *value)
{
    size_t length = value->text != NULL ? strlen(value->text) : 0;
    MUST((value->text != NULL) == (setting->type == INF_S_STRING || setting->type == INF_S_ENUM));
    if (setting->type == INF_S_STRING)
        MUST((int64_t)length >= setting->min && (int64_t)length <= setting->max &&
             inf_utf8_valid(value->text, length));
    else if (setting->type == INF_S_ENUM)
        MUST(length > 0 && strstr(setting->choices, value->text) != NULL);
    else if (setting->type == INF_S_BOOL)
        MUST(value->number == 0 || value->number == 1);
    else
        MUST(value->number >= setting->min && value->number <= setting->max);
}

static void print(const struct inf_config *config, struct inf_buf *out)
{
    inf_buf_init(out, 1 << 20);
    inf_config_print(config, out);
    MUST(!out->failed);
}

/* What is printed is a file that makes the same values, and a reload from it changes nothing. */
static void check_round_trip(struct inf_config *config)
{
    struct inf_config *again = inf_config_new();
    struct inf_error err;
    struct inf_buf text, second, restart;
    for (size_t i = 0; i < config->count; i++)
        check_value(&inf_settings[i], &config->values[i]);
    print(config, &text);
    MUST(load(again, text.data, text.length, &err) == 0);
    print(again, &second);
    MUST(text.length == second.length && memcmp(text.data, second.data, text.length) == 0);
    inf_buf_init(&restart, 1 << 20);
    inf_config_reload(config, again, &restart);
    MUST(restart.length == 0);
    inf_buf_free(&text);
    inf_buf_free(&second);
    inf_config_free(again);
}

static void override(struct inf_config *config, const char *assignment)
{
    struct inf_error err;
    struct inf_buf before, after;
    print(config, &before);
    if (inf_config_override(config, assignment, &err) != 0) {
        check_reason(&err);
        print(config, &after);
        MUST(before.length == after.length && memcmp(before.data, after.data, after.length) == 0);
        inf_buf_free(&after);
    }
    inf_buf_free(&before);
}

/* "name=value", or "name" to be rid of it. */
static void set_layer(struct inf_config *config, enum inf_config_layer layer, char *assignment)
{
    char *text = strchr(assignment, '=');
    const char *name = assignment, *stored = NULL, *found = NULL;
    struct inf_error err;
    size_t before = inf_config_layer_size(config, layer);
    if (text != NULL)
        *text++ = '\0';
    if (inf_config_layer_check(layer, name, text, &err) != 0) {
        check_reason(&err);
        return;
    }
    inf_config_layer_set(config, layer, name, text);
    if (text == NULL) {
        MUST(inf_config_layer_size(config, layer) <= before);
        return;
    }
    MUST(inf_config_is_layered(config, name));
    MUST(inf_config_layer_size(config, layer) - before <= 1);
    for (size_t i = 0; i < inf_config_layer_size(config, layer); i++) {
        stored = inf_config_layer_at(config, layer, i, &found);
        if (strcmp(found, name) == 0)
            MUST(strcmp(stored, text) == 0);
    }
    MUST(inf_config_log_level(config) != NULL);
}

/* Units. A size that is printed reads back; a time may be printed with a decimal, which is for
 * people. */
static void check_units(const char *text)
{
    char printed[INF_UNITS_TEXT];
    struct inf_error err;
    int64_t value = 0, again = 0;
    if (inf_time_parse(text, "x", &value, &err) == 0)
        MUST(value >= -1 && inf_time_print(value, printed)[0] != '\0');
    if (inf_bytes_parse(text, "x", &value, &err) == 0)
        MUST(value >= -1 &&
             inf_bytes_parse(inf_bytes_print(value, printed), "x", &again, &err) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inf_config *config = inf_config_new();
    struct inf_error err;
    char text[LONGEST + 1];
    size_t length = strnlen((const char *)data, size);
    if (size > LONGEST)
        return 0;
    memcpy(text, data, size);
    text[size] = '\0';
    if (load(config, text, length, &err) != 0) {
        check_reason(&err);
        inf_config_free(config); /* what stood before the mistake was taken */
        config = inf_config_new();
    }
    for (size_t at = length + 1, turn = 0; at < size; turn++) {
        size_t next = at + strlen(text + at) + 1;
        check_units(text + at);
        if (turn % TURNS == 0)
            override(config, text + at);
        else
            set_layer(config,
                      turn % TURNS == PERSISTENT_TURN ? INF_CONFIG_PERSISTENT
                                                      : INF_CONFIG_TRANSIENT,
                      text + at);
        at = next;
    }
    check_round_trip(config);
    inf_config_free(config);
    return 0;
}
