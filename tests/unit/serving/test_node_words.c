/* What one node says changes what it speaks of, and nothing else is looked at. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "deployment.h"
#include "inferd/alloc.h"
#include "node_words.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPLOYMENTS 1000

static char changed[256]; /* ids, each with a blank behind it */

static void on_changed(struct inf_deployment *deployment)
{
    size_t length = strlen(changed);

    snprintf(changed + length, sizeof changed - length, "%s ", deployment->id);
}

struct world {
    struct inf_manager manager;
    struct inf_known_node nodes[2];
    struct inf_deployment deployments[DEPLOYMENTS];
    char names[DEPLOYMENTS][16];
};

/* What has changed by it. */
static const char *say(struct world *world, size_t node, const char *text)
{
    struct inf_json json;
    struct inf_error err;

    changed[0] = '\0';
    assert_int_equal(inf_json_parse(text, strlen(text), NULL, &json, &err), 0);
    inf_node_words_take(&world->manager, &world->nodes[node], json.root, on_changed);
    inf_json_free(&json);
    return changed;
}

static int current(const struct world *world, int i)
{
    return inf_routing_current(&world->deployments[i].routing, NULL);
}

static void of_some_among_many(void **state)
{
    static char ids[2][2] = {"a", "b"};
    struct world *world = calloc(1, sizeof *world);

    (void)state;
    world->manager.deployments = inf_strmap_new();
    world->manager.nodes = (struct inf_known_nodes){.items = world->nodes, .count = 2};
    for (int i = 0; i < DEPLOYMENTS; i++) {
        snprintf(world->names[i], sizeof world->names[i], "d%d", i);
        world->deployments[i].id = world->names[i];
        inf_strmap_put(world->manager.deployments, world->names[i], &world->deployments[i]);
    }
    for (int i = 0; i < 2; i++)
        world->nodes[i].id = ids[i];
    assert_string_equal(say(world, 0, "{\"d7\":{\"current\":2},\"d10\":{\"current\":1}}"),
                        "d7 d10 ");
    assert_string_equal(say(world, 1, "{\"d7\":{\"current\":3}}"), "d7 ");
    assert_int_equal(current(world, 7), 5);
    assert_string_equal(say(world, 0, "{\"d7\":{\"current\":2},\"d10\":{\"current\":1}}"), "");
    assert_string_equal(
        say(world, 0, "{\"d10\":{\"current\":1,\"load\":{\"answered\":5}},\"d7\":{\"current\":2}}"),
        "");
    assert_string_equal(say(world, 0, "{\"d10\":{\"current\":4},\"new\":{\"current\":1}}"),
                        "d10 d7 ");
    assert_int_equal(current(world, 7), 3);
    assert_int_equal(current(world, 10), 4);
    assert_true(inf_node_words_of(&world->manager, "new"));
    assert_true(inf_node_words_of(&world->manager, "d7"));
    assert_false(inf_node_words_of(&world->manager, "d8"));
    assert_string_equal(say(world, 0, "{}"), "d10 ");
    assert_string_equal(say(world, 1, "{\"d7\":{\"current\":3,\"failed\":true}}"), "d7 ");
    assert_string_equal(say(world, 1, "{}"), "d7 ");
    assert_false(inf_node_words_of(&world->manager, "d7"));
    for (int i = 0; i < DEPLOYMENTS; i++) {
        assert_int_equal(world->deployments[i].routing.count, 0);
        inf_routing_free(&world->deployments[i].routing);
    }
    inf_strmap_free(world->manager.deployments);
    free(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_some_among_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
