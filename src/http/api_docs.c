/* Prints the route table as a page for people: docs/api.md is this output, so it cannot be out of
 * date. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/http.h"
#include "router.h"
#include <string.h>

static const char *const type_names[] = {
    [INF_P_STRING] = "string",         [INF_P_BOOL] = "boolean",
    [INF_P_INT] = "integer",           [INF_P_TIME] = "time",
    [INF_P_BYTES] = "bytes",           [INF_P_ENUM] = "one of",
    [INF_P_LIST] = "comma list",       [INF_P_STRINGS] = "string or array of strings",
    [INF_P_OBJECT] = "object or null", [INF_P_ANY] = "any",
};

static const char *const body_texts[] = {
    [INF_BODY_NONE] = "none",
    [INF_BODY_OPTIONAL] = "JSON object, optional",
    [INF_BODY_REQUIRED] = "JSON object, required",
    [INF_BODY_STREAM] = "JSON object, required, read as it comes",
};

/* A table cell must not hold a bar. */
static void print_cell(struct inf_buf *out, const char *text)
{
    for (const char *p = text; *p != '\0'; p++)
        inf_buf_printf(out, *p == '|' ? "\\%c" : "%c", *p);
}

static void print_choices(struct inf_buf *out, const char *choices)
{
    for (const char *choice = choices; choice != NULL;) {
        size_t length = strcspn(choice, "|");
        inf_buf_printf(out, " `%.*s`", (int)length, choice);
        choice = choice[length] == '|' ? choice + length + 1 : NULL;
    }
}

static void print_place(struct inf_buf *out, unsigned in)
{
    static const struct {
        unsigned flag;
        const char *name;
    } places[] = {{INF_IN_PATH, "path"}, {INF_IN_QUERY, "query"}, {INF_IN_BODY, "body"}};
    const char *separator = "";
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if ((in & places[i].flag) == 0)
            continue;
        inf_buf_printf(out, "%s%s", separator, places[i].name);
        separator = ", ";
    }
}

static void print_range(struct inf_buf *out, const struct inf_param *param)
{
    const char *separator = "";
    if (param->checks == NULL)
        return;
    for (const struct inf_check *check = param->checks; check->text != NULL; check++) {
        inf_buf_puts(out, separator);
        print_cell(out, check->text);
        separator = "; ";
    }
}

static void print_param(struct inf_buf *out, const struct inf_param *param)
{
    inf_buf_printf(out, "| `%s` | ", param->name);
    print_place(out, param->in);
    inf_buf_printf(out, " | %s", type_names[param->type]);
    if (param->type == INF_P_ENUM)
        print_choices(out, param->choices);
    inf_buf_puts(out, " | ");
    if (param->dflt != NULL)
        inf_buf_printf(out, "`%s`", param->dflt);
    else if (param->required || param->in == INF_IN_PATH)
        inf_buf_puts(out, "required");
    inf_buf_puts(out, " | ");
    print_range(out, param);
    inf_buf_puts(out, " | ");
    print_cell(out, param->doc != NULL ? param->doc : "");
    inf_buf_puts(out, " |\n");
}

static void print_params(struct inf_buf *out, const struct inf_route *route)
{
    if (route->params == NULL || route->params[0].name == NULL)
        return;
    inf_buf_puts(out, "\n| parameter | place | type | default | rule | meaning |\n"
                      "|---|---|---|---|---|---|\n");
    for (const struct inf_param *param = route->params; param->name != NULL; param++)
        print_param(out, param);
}

static void print_route(struct inf_buf *out, const struct inf_route *route)
{
    inf_buf_printf(out, "\n## %s %s\n\n", inf_method_name(route->methods), route->path);
    if (route->doc != NULL)
        inf_buf_printf(out, "%s\n\n", route->doc);
    if (route->warning != NULL)
        inf_buf_printf(out, "Deprecated: %s\n\n", route->warning);
    inf_buf_printf(out, "- Body: %s", body_texts[route->body]);
    if (route->body_replaces_query)
        inf_buf_puts(out, "; with a body the query parameters below are not read");
    inf_buf_printf(out, "\n- Privilege: %s\n", inf_privilege_name(route->privilege));
    if (route->action != NULL)
        inf_buf_printf(out, "- Action: `%s`\n", route->action);
    print_params(out, route);
}

void inf_routes_print_docs(const struct inf_route *routes, struct inf_buf *out)
{
    inf_buf_puts(
        out, "# HTTP API\n\n"
             "This page is printed from the route table by `inferd --print-routes`.\n\n"
             "Every route also takes the query parameters `pretty`, `human`, `error_trace`,\n"
             "`filter_path` and `format`; where a body is allowed, `source` with\n"
             "`source_content_type` may stand for it. A value in the query overrides the one\n"
             "in the body. Times are numbers with a unit (`ms`, `s`, `m`, `h`, `d`), byte sizes\n"
             "likewise (`b`, `kb`, `mb`, `gb`). A parameter that is not listed is an error.\n\n"
             "| route | meaning |\n|---|---|\n");
    for (const struct inf_route *route = routes; route->path != NULL;
         route = inf_route_next(route)) {
        inf_buf_printf(out, "| `%s %s` | ", inf_method_name(route->methods), route->path);
        print_cell(out, route->doc != NULL ? route->doc : "");
        inf_buf_puts(out, " |\n");
    }
    for (const struct inf_route *route = routes; route->path != NULL; route = inf_route_next(route))
        print_route(out, route);
}
