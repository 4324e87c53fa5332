/* docs/api.md is complete: every route, parameter, default, rule and text of the table is in it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/http.h"
#include <string.h>

static const struct inf_check checks[] = {{.min = 1, .max = 9, .text = "must be in 1|9"},
                                          {.text = NULL}};
static const struct inf_param params[] = {
    {.name = "id", .type = INF_P_STRING, .in = INF_IN_PATH, .doc = "The name."},
    {.name = "count",
     .type = INF_P_INT,
     .in = INF_IN_QUERY | INF_IN_BODY,
     .dflt = "4",
     .checks = checks,
     .doc = "How many."},
    {.name = "kind", .type = INF_P_ENUM, .in = INF_IN_QUERY, .dflt = "b", .choices = "a|b"},
    {.name = NULL},
};
static const struct inf_route routes[] = {
    {.methods = INF_GET, .path = "/", .doc = "The root."},
    {.methods = INF_POST,
     .path = "/x/{id}",
     .params = params,
     .body = INF_BODY_OPTIONAL,
     .privilege = INF_PRIV_MANAGE_ML,
     .action = "cluster:x",
     .warning = "old",
     .doc = "Does x.",
     .body_replaces_query = true},
    {.path = NULL},
};

static void test_page(void **state)
{
    (void)state;
    static const char *const parts[] = {
        "| `GET /` | The root. |",
        "## POST /x/{id}\n\nDoes x.\n\nDeprecated: old\n",
        "- Body: JSON object, optional; with a body the query parameters below are not read\n",
        "- Privilege: manage_ml\n- Action: `cluster:x`\n",
        "| `id` | path | string | required |  | The name. |",
        "| `count` | query, body | integer | `4` | must be in 1\\|9 | How many. |",
        "| `kind` | query | one of `a` `b` | `b` |  |  |",
    };
    struct inf_buf out;
    inf_buf_init(&out, 100000);
    inf_routes_print_docs(routes, &out);
    assert_false(out.failed);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (strstr(out.data, parts[i]) == NULL)
            fail_msg("[%s] is not in\n%s", parts[i], out.data);
    inf_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_page)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
