/* json_yaml.c - a finished JSON text as a YAML document, for clients that ask for one.
 *
 * libyaml writes it. Strings are always quoted, so that none is taken for a number or a truth
 * value, and numbers are spelled so that readers of YAML 1.1, whose floats need a point and a
 * signed exponent, see them as numbers, too. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/json.h"
#include "json_text.h"

#include <cjson/cJSON.h>
#include <string.h>
#include <yaml.h>

enum { PLAIN_KEY_MAX = 64, NUMBER_TEXT = INF_JSON_NUMBER_MAX + 4 };

/* ---- scalars ---- */

static bool emit(yaml_emitter_t *emitter, yaml_event_t *event, int made)
{
    return made && yaml_emitter_emit(emitter, event);
}

static bool emit_scalar(yaml_emitter_t *emitter, const char *text, bool quoted)
{
    yaml_event_t event;
    int made = yaml_scalar_event_initialize(
        &event, NULL, NULL, (const yaml_char_t *)text, (int)strlen(text), !quoted, true,
        quoted ? YAML_DOUBLE_QUOTED_SCALAR_STYLE : YAML_PLAIN_SCALAR_STYLE);
    return emit(emitter, &event, made);
}

/* A key that no reader takes for anything but a text: a word in lower case that has an underscore
 * or is none of the words that YAML gives a meaning. */
static bool is_plain_key(const char *key)
{
    static const char *const words[] = {"y",   "n",    "yes",   "no",  "on",
                                        "off", "true", "false", "null"};
    size_t length = strlen(key);
    if (length == 0 || length > PLAIN_KEY_MAX || key[0] < 'a' || key[0] > 'z' ||
        strspn(key, "abcdefghijklmnopqrstuvwxyz0123456789_") != length)
        return false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(key, words[i]) == 0)
            return false;
    return true;
}

/* "1e5" as "1.0e+5". text is a JSON number of at most INF_JSON_NUMBER_MAX characters. */
static void spell_number(const char *text, char ret[NUMBER_TEXT])
{
    size_t mantissa = strcspn(text, "eE"), filled = mantissa;
    memcpy(ret, text, mantissa);
    if (text[mantissa] != '\0') {
        if (memchr(text, '.', mantissa) == NULL) {
            memcpy(ret + filled, ".0", 2);
            filled += 2;
        }
        ret[filled++] = 'e';
        if (text[mantissa + 1] != '-' && text[mantissa + 1] != '+')
            ret[filled++] = '+';
        size_t rest = strlen(text + mantissa + 1);
        memcpy(ret + filled, text + mantissa + 1, rest);
        filled += rest;
    }
    ret[filled] = '\0';
}

static bool emit_number(yaml_emitter_t *emitter, const struct cJSON *value)
{
    char spelled[NUMBER_TEXT];
    struct inf_buf text;
    struct inf_jsonw w;
    inf_buf_init(&text, INF_JSON_NUMBER_MAX);
    inf_jsonw_init(&w, &text);
    inf_jsonw_value(&w, value);
    bool fits = !text.failed;
    if (fits)
        spell_number(text.data, spelled);
    inf_buf_free(&text);
    return fits && emit_scalar(emitter, spelled, false);
}

/* ---- containers ---- */

static bool emit_value(yaml_emitter_t *emitter, const struct cJSON *value);

static bool emit_object(yaml_emitter_t *emitter, const struct cJSON *object)
{
    yaml_event_t event;
    if (!emit(emitter, &event,
              yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_MAPPING_STYLE)))
        return false;
    for (const struct cJSON *member = object->child; member != NULL; member = member->next)
        if (!emit_scalar(emitter, member->string, !is_plain_key(member->string)) ||
            !emit_value(emitter, member))
            return false;
    return emit(emitter, &event, yaml_mapping_end_event_initialize(&event));
}

static bool emit_array(yaml_emitter_t *emitter, const struct cJSON *array)
{
    yaml_event_t event;
    if (!emit(
            emitter, &event,
            yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_BLOCK_SEQUENCE_STYLE)))
        return false;
    for (const struct cJSON *item = array->child; item != NULL; item = item->next)
        if (!emit_value(emitter, item))
            return false;
    return emit(emitter, &event, yaml_sequence_end_event_initialize(&event));
}

/* Recursion is bounded by the depth that the parser allows. */
static bool emit_value(yaml_emitter_t *emitter, const struct cJSON *value)
{
    if (cJSON_IsObject(value))
        return emit_object(emitter, value);
    if (cJSON_IsArray(value))
        return emit_array(emitter, value);
    if (cJSON_IsString(value))
        return emit_scalar(emitter, value->valuestring, true);
    if (cJSON_IsNumber(value))
        return emit_number(emitter, value);
    if (cJSON_IsBool(value))
        return emit_scalar(emitter, cJSON_IsTrue(value) ? "true" : "false", false);
    return emit_scalar(emitter, "null", false);
}

/* ---- the document ---- */

static int write_to_buffer(void *arg, unsigned char *data, size_t length)
{
    return inf_buf_append(arg, data, length) == 0;
}

static bool emit_document(yaml_emitter_t *emitter, const struct cJSON *root)
{
    yaml_event_t event;
    return emit(emitter, &event, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING)) &&
           emit(emitter, &event,
                yaml_document_start_event_initialize(&event, NULL, NULL, NULL, false)) &&
           emit_value(emitter, root) &&
           emit(emitter, &event, yaml_document_end_event_initialize(&event, true)) &&
           emit(emitter, &event, yaml_stream_end_event_initialize(&event));
}

int inf_json_yaml(const char *json, size_t length, struct inf_buf *out)
{
    struct inf_json parsed;
    struct inf_error err;
    yaml_emitter_t emitter;
    const struct inf_json_limits limits = {.max_depth = INF_JSON_DEPTH_CAP};
    if (inf_json_parse_own(json, length, &limits, &parsed, &err) != 0)
        return -1;
    bool written = false;
    if (yaml_emitter_initialize(&emitter)) {
        yaml_emitter_set_output(&emitter, write_to_buffer, out);
        yaml_emitter_set_unicode(&emitter, true);
        yaml_emitter_set_width(&emitter, -1);
        written = emit_document(&emitter, parsed.root);
        yaml_emitter_delete(&emitter);
    }
    inf_json_free(&parsed);
    return written && !out->failed ? 0 : -1;
}
