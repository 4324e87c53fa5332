/* Every row of the route table says who may use it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/rest.h"
#include <stdio.h>
#include <string.h>

static void every_row_has_a_privilege_and_an_action(void **state)
{
    (void)state;
    for (const struct inf_route *route = inf_routes; route->path != NULL;
         route = inf_route_next(route)) {
        if (route->privilege == INF_PRIV_NONE || route->action == NULL)
            fail_msg("the row of %s has no privilege or no action", route->path);
        assert_true(route->privilege < INF_PRIV_COUNT);
    }
}

static void what_is_for_oneself_names_a_path_parameter(void **state)
{
    (void)state;
    for (const struct inf_route *route = inf_routes; route->path != NULL;
         route = inf_route_next(route)) {
        char segment[64];

        if (route->self == NULL)
            continue;
        snprintf(segment, sizeof segment, "{%s}", route->self);
        assert_non_null(strstr(route->path, segment));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_has_a_privilege_and_an_action),
        cmocka_unit_test(what_is_for_oneself_names_a_path_parameter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
