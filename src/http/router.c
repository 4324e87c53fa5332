/* Finds the row of the route table for a request.
 *
 * The table has a few dozen rows, so each pattern is compared in turn, segment by segment on the
 * raw path: this is faster than a tree at that size and has no order to get wrong. Of several
 * patterns that match, the one whose first differing segment is literal wins ("_stats" over
 * "{model_id}"), but only among those that have the method, as Elasticsearch's path trie does. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "router.h"

#include "inferd/alloc.h"
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct segment {
    const char *text;
    size_t length;
    const char *name; /* of a {name}, else NULL */
};

struct pattern {
    const struct inf_route *route;
    struct segment segments[INF_SEGMENTS];
    size_t count;
    unsigned literals; /* bit (INF_SEGMENTS - i) set: segment i is literal; greater is stricter */
};

struct inf_router {
    struct pattern *patterns;
    char **names;
    size_t count, name_count;
};

static const struct {
    unsigned method;
    const char *name;
} methods[] = {
    {INF_GET, "GET"},
    {INF_HEAD, "HEAD"},
    {INF_PUT, "PUT"},
    {INF_POST, "POST"},
    {INF_DELETE, "DELETE"},
    {INF_OPTIONS, "OPTIONS"},
    {INF_OTHER_METHOD, "PATCH"},
    {INF_OTHER_METHOD, "TRACE"},
    {INF_OTHER_METHOD, "CONNECT"},
};

enum { METHODS = sizeof methods / sizeof methods[0] };

unsigned inf_method_parse(const char *text)
{
    for (size_t i = 0; i < METHODS; i++)
        if (strcmp(methods[i].name, text) == 0)
            return methods[i].method;
    return 0;
}

const char *inf_method_name(unsigned method)
{
    for (size_t i = 0; i < METHODS; i++)
        if (methods[i].method == method)
            return methods[i].name;
    return "";
}

const char *inf_privilege_name(enum inf_privilege privilege)
{
    static const char *const names[INF_PRIV_COUNT] = {
        [INF_PRIV_NONE] = "none",
        [INF_PRIV_MONITOR] = "monitor",
        [INF_PRIV_MONITOR_ML] = "monitor_ml",
        [INF_PRIV_MANAGE_ML] = "manage_ml",
        [INF_PRIV_MANAGE] = "manage",
        [INF_PRIV_MANAGE_PIPELINE] = "manage_pipeline",
        [INF_PRIV_READ_PIPELINE] = "read_pipeline",
        [INF_PRIV_MANAGE_INFERENCE] = "manage_inference",
        [INF_PRIV_MONITOR_INFERENCE] = "monitor_inference",
    };
    return names[privilege];
}

void inf_methods_print(unsigned set, const char *separator, char text[INF_ALLOW_TEXT])
{
    size_t filled = 0;
    text[0] = '\0';
    for (size_t i = 0; i < METHODS; i++) {
        if ((set & methods[i].method) == 0)
            continue;
        int written = snprintf(text + filled, INF_ALLOW_TEXT - filled, "%s%s",
                               filled > 0 ? separator : "", methods[i].name);
        assert(written > 0 && (size_t)written < INF_ALLOW_TEXT - filled);
        filled += (size_t)written;
    }
}

/* Segments of a path; SIZE_MAX when there are too many. Slashes at the end do not count. */
static size_t split(const char *path, struct segment segments[INF_SEGMENTS])
{
    size_t length = strlen(path), count = 0;
    if (length == 0 || path[0] != '/')
        return SIZE_MAX;
    while (length > 1 && path[length - 1] == '/')
        length--;
    const char *end = path + length, *p = path + 1;
    while (p < end) {
        const char *slash = memchr(p, '/', (size_t)(end - p));
        const char *stop = slash != NULL ? slash : end;
        if (count == INF_SEGMENTS)
            return SIZE_MAX;
        segments[count++] = (struct segment){p, (size_t)(stop - p), NULL};
        p = stop + 1;
    }
    return count;
}

static void compile(struct inf_router *router, struct pattern *pattern,
                    const struct inf_route *route)
{
    pattern->route = route;
    pattern->count = split(route->path, pattern->segments);
    assert(pattern->count != SIZE_MAX);
    assert(route->methods != 0 && route->handler != NULL);
    assert((route->methods & (route->methods - 1)) == 0);
    assert(route->body != INF_BODY_STREAM || (route->on_open != NULL && route->on_data != NULL));
    for (size_t i = 0; i < pattern->count; i++) {
        struct segment *segment = &pattern->segments[i];
        if (segment->text[0] != '{') {
            pattern->literals |= 1U << (INF_SEGMENTS - i);
            continue;
        }
        assert(segment->length > 2 && segment->text[segment->length - 1] == '}');
        char *name = inf_strdup(segment->text + 1);
        name[segment->length - 2] = '\0';
        router->names[router->name_count++] = name;
        segment->name = name;
    }
}

struct inf_router *inf_router_new(const struct inf_route *routes)
{
    size_t count = 0;
    for (const struct inf_route *route = routes; route->path != NULL; route = inf_route_next(route))
        count++;
    struct inf_router *router = inf_alloc(1, sizeof *router);
    router->patterns = inf_alloc(count + 1, sizeof router->patterns[0]);
    router->names = inf_alloc((count + 1) * INF_SEGMENTS, sizeof router->names[0]);
    for (const struct inf_route *route = routes; route->path != NULL; route = inf_route_next(route))
        compile(router, &router->patterns[router->count++], route);
    return router;
}

void inf_router_free(struct inf_router *router)
{
    if (router == NULL)
        return;
    for (size_t i = 0; i < router->name_count; i++)
        free(router->names[i]);
    free(router->names);
    free(router->patterns);
    free(router);
}

static bool fits(const struct pattern *pattern, const struct segment *segments, size_t count)
{
    if (pattern->count != count)
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct segment *want = &pattern->segments[i];
        if (want->name != NULL ? segments[i].length == 0
                               : want->length != segments[i].length ||
                                     memcmp(want->text, segments[i].text, want->length) != 0)
            return false;
    }
    return true;
}

void inf_router_match(const struct inf_router *router, unsigned method, const char *path,
                      bool compatible, struct inf_match *ret)
{
    struct segment segments[INF_SEGMENTS];
    size_t count = split(path, segments);
    const struct pattern *best = NULL;
    ret->route = NULL;
    ret->allowed = 0;
    ret->count = 0;
    if (count == SIZE_MAX)
        return;
    for (size_t i = 0; i < router->count; i++) {
        const struct pattern *pattern = &router->patterns[i];
        if (!fits(pattern, segments, count) || (pattern->route->compatible_only && !compatible))
            continue;
        ret->allowed |= pattern->route->methods;
        if (pattern->route->methods == method &&
            (best == NULL || pattern->literals > best->literals))
            best = pattern;
    }
    if (best == NULL)
        return;
    ret->route = best->route;
    for (size_t i = 0; i < count; i++)
        if (best->segments[i].name != NULL)
            ret->values[ret->count++] = (struct inf_path_value){
                best->segments[i].name, segments[i].text, segments[i].length};
}
