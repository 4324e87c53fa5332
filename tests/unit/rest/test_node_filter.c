/* Which node filters mean a node. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "node_filter.h"
#include <string.h>

static void test_filters(void **state)
{
    static const char *const roles[] = {"ml", "master", NULL};
    static const char attributes[] = "{\"availability_zone\":\"west\",\"rack\":\"r:7\",\"n\":7}";
    struct inf_node_facts node = {
        .id = "aBc", .name = "node-1", .host = "10.0.0.7", .roles = roles, .is_local = true};
    struct inf_json json;
    struct inf_error err;
    static const struct {
        const char *filter;
        bool meant;
    } cases[] = {
        {NULL, true},
        {"", true},
        {"_all", true},
        {"*", true},
        {"_local", true},
        {"_master", false},
        {"aBc", true},
        {"abc", false},
        {"node-1", true},
        {"node-*", true},
        {"10.0.*", true},
        {"node-2", false},
        {"x,node-1", true},
        {"ml:true", true},
        {"ml:false", false},
        {"data:true", false},
        {"_all,ml:false", false},
        {"_all,data:false", true},
        {"ml:false,aBc", true},
        {"m:true", false},
        {"ml:", false},
        {"_all,ml:x", true},
        {"ml:true,master:false", false},
        {"availability_zone:west", true},
        {"availability_zone:east", false},
        {"availability_zone:", false},
        {"availability:west", false},
        {"avail*:w*", true},
        {"east,rack:r:7", true},
        {"n:7", false},
        {"availability_zone:west,ml:false", false},
        {":", false},
    };
    (void)state;
    assert_int_equal(inf_json_parse(attributes, strlen(attributes), NULL, &json, &err), 0);
    node.attributes = json.root;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        if (inf_node_filter_matches(cases[i].filter, &node) != cases[i].meant)
            fail_msg("[%s] should give %d", cases[i].filter, cases[i].meant);
    inf_json_free(&json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_filters)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
