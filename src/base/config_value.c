/* config_value.c - reading and printing one value by its row of the table. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "config_value.h"

#include "inferd/alloc.h"
#include "inferd/json.h"
#include "inferd/units.h"
#include <string.h>
#include <strings.h>

/* ---- what is allowed ---- */

static void append_choices(const char *choices, struct inf_buf *out)
{
    for (const char *c = choices; *c; c++) {
        inf_buf_append(out, *c == '|' ? ", " : c, *c == '|' ? 2 : 1);
    }
}

static void append_string_range(const struct inf_setting *setting, struct inf_buf *out)
{
    inf_buf_printf(out, "text of %s%lld bytes without control characters",
                   setting->min > 0 ? "1 to " : "at most ", (long long)setting->max);
}

void inf_config_allowed(const struct inf_setting *setting, struct inf_buf *out)
{
    char low[INF_UNITS_TEXT], high[INF_UNITS_TEXT];
    switch (setting->type) {
    case INF_S_STRING:
        append_string_range(setting, out);
        break;
    case INF_S_INT:
        inf_buf_printf(out, "an integer from %lld to %lld", (long long)setting->min,
                       (long long)setting->max);
        break;
    case INF_S_BOOL:
        inf_buf_puts(out, "true or false");
        break;
    case INF_S_TIME:
        inf_buf_printf(out, "a time from %s to %s, with a unit (ms, s, m, h, d)",
                       inf_time_print(setting->min, low), inf_time_print(setting->max, high));
        break;
    case INF_S_BYTES:
        inf_buf_printf(out, "a size from %s to %s, with a unit (b, kb, mb, gb, tb, pb)",
                       inf_bytes_print(setting->min, low), inf_bytes_print(setting->max, high));
        break;
    case INF_S_ENUM:
        inf_buf_puts(out, "one of ");
        append_choices(setting->choices, out);
        break;
    }
}

/* ---- reading ---- */

static int parse_string(const struct inf_setting *setting, const char *text,
                        struct inf_config_value *ret)
{
    size_t length = strlen(text);
    if (length < (size_t)setting->min || length > (size_t)setting->max ||
        !inf_utf8_valid(text, length)) {
        return -1;
    }
    for (const char *c = text; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7F) {
            return -1;
        }
    }
    ret->text = inf_strdup(text);
    return 0;
}

static int parse_bool(const char *text, struct inf_config_value *ret)
{
    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
        return -1;
    }
    ret->number = *text == 't';
    return 0;
}

/* Any case is taken; the table's spelling is kept. */
static int parse_enum(const struct inf_setting *setting, const char *text,
                      struct inf_config_value *ret)
{
    size_t length = strlen(text);
    for (const char *choice = setting->choices; *choice;) {
        size_t size = strcspn(choice, "|");
        if (size == length && strncasecmp(choice, text, size) == 0) {
            ret->text = inf_alloc(size + 1, 1);
            memcpy(ret->text, choice, size);
            return 0;
        }
        choice += size + (choice[size] == '|');
    }
    return -1;
}

static int parse_number(const struct inf_setting *setting, const char *text,
                        struct inf_config_value *ret)
{
    struct inf_error ignored;
    int failed;
    if (setting->type == INF_S_TIME) {
        failed = inf_time_parse(text, setting->name, &ret->number, &ignored);
    } else if (setting->type == INF_S_BYTES) {
        failed = inf_bytes_parse(text, setting->name, &ret->number, &ignored);
    } else {
        failed = inf_int_parse(text, &ret->number);
    }
    return failed || ret->number < setting->min || ret->number > setting->max ? -1 : 0;
}

static int parse(const struct inf_setting *setting, const char *text, struct inf_config_value *ret)
{
    switch (setting->type) {
    case INF_S_STRING:
        return parse_string(setting, text, ret);
    case INF_S_BOOL:
        return parse_bool(text, ret);
    case INF_S_ENUM:
        return parse_enum(setting, text, ret);
    default:
        return parse_number(setting, text, ret);
    }
}

int inf_config_value_parse(const struct inf_setting *setting, const char *text,
                           struct inf_config_value *ret, struct inf_error *err)
{
    struct inf_config_value value = {0};
    if (parse(setting, text, &value) == 0) {
        *ret = value;
        return 0;
    }
    struct inf_buf allowed;
    inf_buf_init(&allowed, INF_REASON_MAX);
    inf_config_allowed(setting, &allowed);
    inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                  "setting [%s] has the value [%.256s], but must be %s", setting->name, text,
                  allowed.data);
    inf_buf_free(&allowed);
    return -1;
}

/* ---- printing ---- */

/* The largest unit that loses nothing, so that what is printed reads back as the same value. */
static void print_exact(int64_t number, const int64_t *factors, const char *const *units,
                        struct inf_buf *out)
{
    size_t i = 0;
    while (factors[i] > 1 && (number == 0 || number % factors[i] != 0)) {
        i++;
    }
    inf_buf_printf(out, "%lld%s", (long long)(number / factors[i]), units[i]);
}

void inf_config_value_print(const struct inf_setting *setting, const struct inf_config_value *value,
                            struct inf_buf *out)
{
    static const int64_t time_factors[] = {86400000, 3600000, 60000, 1000, 1};
    static const char *const time_units[] = {"d", "h", "m", "s", "ms"};
    static const int64_t byte_factors[] = {INT64_C(1) << 50, INT64_C(1) << 40, 1 << 30,
                                           1 << 20,          1 << 10,          1};
    static const char *const byte_units[] = {"pb", "tb", "gb", "mb", "kb", "b"};
    struct inf_jsonw quoted;
    switch (setting->type) {
    case INF_S_STRING: /* a JSON string is a YAML string, whatever it holds */
        inf_jsonw_init(&quoted, out);
        inf_jsonw_string(&quoted, value->text);
        break;
    case INF_S_ENUM:
        inf_buf_puts(out, value->text);
        break;
    case INF_S_BOOL:
        inf_buf_puts(out, value->number ? "true" : "false");
        break;
    case INF_S_TIME:
        print_exact(value->number, time_factors, time_units, out);
        break;
    case INF_S_BYTES:
        print_exact(value->number, byte_factors, byte_units, out);
        break;
    case INF_S_INT:
        inf_buf_printf(out, "%lld", (long long)value->number);
        break;
    }
}
