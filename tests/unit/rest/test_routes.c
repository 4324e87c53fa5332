/* The route table: what no handler could make good. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/rest.h"

/* Complaints about a body name it. */
static void test_who_takes_a_body_names_its_parser(void **state)
{
    size_t with_body = 0;

    (void)state;
    for (const struct inf_route *route = inf_routes; route->path != NULL;
         route = inf_route_next(route)) {
        if (route->body == INF_BODY_NONE)
            continue;
        if (route->parser == NULL)
            fail_msg("the row of %s has no parser", route->path);
        with_body++;
    }
    assert_true(with_body > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_takes_a_body_names_its_parser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
