/* The schemas are JSON, each name is given once, and what the route table names is there. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/rest.h"
#include <string.h>

static int times_given(const char *name)
{
    int count = 0;
    for (const struct inf_schema *const *list = inf_schemas; *list != NULL; list++)
        for (const struct inf_schema *schema = *list; schema->name != NULL; schema++)
            count += strcmp(schema->name, name) == 0;
    return count;
}

/* Every "$ref" below value. */
static void check_references(const struct cJSON *value)
{
    static const char prefix[] = "#/components/schemas/";
    const char *reference = inf_json_string(inf_json_get(value, "$ref"));
    if (reference != NULL) {
        assert_memory_equal(reference, prefix, sizeof prefix - 1);
        if (times_given(reference + sizeof prefix - 1) != 1)
            fail_msg("%s is not there", reference);
    }
    for (const struct cJSON *item = inf_json_first(value); item != NULL; item = inf_json_next(item))
        check_references(item);
}

static void test_schemas_are_well_formed(void **state)
{
    (void)state;
    for (const struct inf_schema *const *list = inf_schemas; *list != NULL; list++)
        for (const struct inf_schema *schema = *list; schema->name != NULL; schema++) {
            struct inf_json doc;
            struct inf_error err;
            if (inf_json_parse(schema->json, strlen(schema->json), NULL, &doc, &err) != 0)
                fail_msg("%s: %s", schema->name, err.reason);
            assert_true(inf_json_is_object(doc.root));
            check_references(doc.root);
            inf_json_free(&doc);
            if (times_given(schema->name) != 1)
                fail_msg("%s is given twice", schema->name);
        }
}

static void is_there(const char *name, const char *path)
{
    if (name != NULL && times_given(name) != 1)
        fail_msg("%s names the schema [%s], which is not there", path, name);
}

static void test_routes_name_schemas(void **state)
{
    (void)state;
    is_there("error", "every route");
    for (const struct inf_route *route = inf_routes; route->path != NULL;
         route = inf_route_next(route)) {
        if (route->response == NULL && !route->bytes_body && route->methods != INF_HEAD)
            fail_msg("%s has no schema of its answer", route->path);
        is_there(route->response, route->path);
        is_there(route->request, route->path);
        for (const struct inf_param *param = route->params; param != NULL && param->name != NULL;
             param++)
            is_there(param->schema, route->path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_schemas_are_well_formed),
        cmocka_unit_test(test_routes_name_schemas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
