/* Filters a finished JSON text by path patterns.
 *
 * The text is parsed again for this: filters are a tool for people and scripts, and handlers that
 * write their answers straight into a buffer are worth more than a fast filter. A set of states
 * (pattern, steps matched) is carried down the tree; "*" matches within one name, "**" any number
 * of names; arrays are looked through. A member stays when an including pattern is used up at or
 * above it, or can still match below; an excluding pattern that is used up takes it out. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "filter_path.h"

#include "inferd/alloc.h"
#include "inferd/json.h"
#include "inferd/strmap.h"
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* What a client sent, at most 64 levels deep, lies within answers. */
enum { ANSWER_DEPTH = 128 };

struct filter {
    char *steps[INF_FILTER_STEPS];
    size_t count;
    bool exclude;
};

struct filters {
    struct filter items[INF_FILTERS];
    size_t count;
    bool any_include;
    char *text; /* the steps point into it */
};

/* For each pattern the set of steps it may stand at, as bits: bit i says that i steps matched. */
struct state {
    uint32_t at[INF_FILTERS];
    bool included; /* an including pattern was used up above */
};

static void add_filter(struct filters *filters, char *text)
{
    struct filter *filter = &filters->items[filters->count];
    memset(filter, 0, sizeof *filter);
    filter->exclude = text[0] == '-';
    char *rest = text + (filter->exclude ? 1 : 0), *step;
    while (filter->count < INF_FILTER_STEPS && (step = strsep(&rest, ".")) != NULL)
        if (step[0] != '\0')
            filter->steps[filter->count++] = step;
    if (filter->count == 0)
        return;
    filters->any_include |= !filter->exclude;
    filters->count++;
}

static void parse_filters(const char *text, struct filters *ret)
{
    ret->count = 0;
    ret->any_include = false;
    ret->text = inf_strdup(text);
    char *rest = ret->text, *item;
    while (ret->count < INF_FILTERS && (item = strsep(&rest, ",")) != NULL)
        add_filter(ret, item);
}

static bool is_deep(const struct filter *filter, size_t step)
{
    return step < filter->count && strcmp(filter->steps[step], "**") == 0;
}

/* "**" matches no name as well, so standing before it is standing behind it. */
static uint32_t closure(const struct filter *filter, uint32_t at)
{
    for (size_t i = 0; i < filter->count; i++)
        if ((at & (1U << i)) != 0 && is_deep(filter, i))
            at |= 1U << (i + 1);
    return at;
}

static uint32_t advance(const struct filter *filter, uint32_t at, const char *name)
{
    uint32_t next = 0;
    for (size_t i = 0; i < filter->count; i++) {
        if ((at & (1U << i)) == 0)
            continue;
        if (is_deep(filter, i))
            next |= 1U << i;
        else if (inf_wildcard_match(filter->steps[i], name))
            next |= 1U << (i + 1);
    }
    return closure(filter, next);
}

static bool used_up(const struct filter *filter, uint32_t at)
{
    return (at & (1U << filter->count)) != 0;
}

/* Into a member: false when it is excluded, or no including pattern can match in it any more. */
static bool enter(const struct filters *filters, const struct state *above, const char *name,
                  struct state *ret)
{
    bool possible = false;
    *ret = *above;
    for (size_t i = 0; i < filters->count; i++) {
        const struct filter *filter = &filters->items[i];
        ret->at[i] = advance(filter, above->at[i], name);
        if (filter->exclude && used_up(filter, ret->at[i]))
            return false;
        if (!filter->exclude && used_up(filter, ret->at[i]))
            ret->included = true;
        if (!filter->exclude && ret->at[i] != 0)
            possible = true;
    }
    return ret->included || possible;
}

static void write_value(const struct filters *filters, const struct state *state,
                        const struct cJSON *value, struct inf_jsonw *w);

/* Whether anything of value would be written: a container is kept for what is in it. */
static bool has_content(const struct filters *filters, const struct state *state,
                        const struct cJSON *value)
{
    bool object = inf_json_is_object(value);
    if (!object && !inf_json_is_array(value))
        return state->included;
    if (state->included && inf_json_first(value) == NULL)
        return true;
    for (const struct cJSON *item = inf_json_first(value); item != NULL;
         item = inf_json_next(item)) {
        struct state below = *state;
        if (object && !enter(filters, state, inf_json_key(item), &below))
            continue;
        if (has_content(filters, &below, item))
            return true;
    }
    return false;
}

static void write_members(const struct filters *filters, const struct state *state,
                          const struct cJSON *object, struct inf_jsonw *w)
{
    for (const struct cJSON *item = inf_json_first(object); item != NULL;
         item = inf_json_next(item)) {
        struct state below;
        if (!enter(filters, state, inf_json_key(item), &below) ||
            !has_content(filters, &below, item))
            continue;
        inf_jsonw_key(w, inf_json_key(item));
        write_value(filters, &below, item, w);
    }
}

static void write_value(const struct filters *filters, const struct state *state,
                        const struct cJSON *value, struct inf_jsonw *w)
{
    if (inf_json_is_object(value)) {
        inf_jsonw_begin_object(w);
        write_members(filters, state, value, w);
        inf_jsonw_end_object(w);
    } else if (inf_json_is_array(value)) {
        inf_jsonw_begin_array(w);
        for (const struct cJSON *item = inf_json_first(value); item != NULL;
             item = inf_json_next(item))
            if (has_content(filters, state, item))
                write_value(filters, state, item, w);
        inf_jsonw_end_array(w);
    } else {
        inf_jsonw_value(w, value);
    }
}

int inf_filter_path(const char *text, const char *json, size_t length, struct inf_buf *out)
{
    struct inf_json parsed;
    struct inf_error err;
    const struct inf_json_limits limits = {.max_depth = ANSWER_DEPTH};
    if (inf_json_parse_own(json, length, &limits, &parsed, &err) != 0)
        return -1;
    struct filters filters;
    parse_filters(text, &filters);
    struct state state = {.included = !filters.any_include};
    for (size_t i = 0; i < filters.count; i++)
        state.at[i] = closure(&filters.items[i], 1);
    struct inf_jsonw w;
    inf_jsonw_init(&w, out);
    if (has_content(&filters, &state, parsed.root))
        write_value(&filters, &state, parsed.root, &w);
    else
        inf_buf_puts(out, "{}");
    free(filters.text);
    inf_json_free(&parsed);
    return out->failed ? -1 : 0;
}
