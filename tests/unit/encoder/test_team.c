/* Every piece is done once, by a member of its own number, whatever the team's size. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "team.h"
#include <string.h>

enum { MOST = 100 };

struct done {
    int times[MOST];
    size_t by[MOST];
};

static void note(void *arg, size_t first, size_t last, size_t member)
{
    struct done *done = arg;

    for (size_t i = first; i < last; i++) {
        done->times[i]++;
        done->by[i] = member;
    }
}

static void each_piece_once(void **state)
{
    (void)state;
    for (size_t members = 1; members < 6; members++)
        for (size_t count = 0; count < MOST; count += 7) {
            struct done done = {{0}, {0}};
            inf_team_run(members, count, note, &done);
            for (size_t i = 0; i < MOST; i++) {
                assert_int_equal(done.times[i], i < count ? 1 : 0);
                assert_true(done.by[i] < members);
            }
        }
}

static void a_team_has_somebody(void **state)
{
    (void)state;
    assert_true(inf_team_size() >= 1 && inf_team_size() <= INF_TEAM_MOST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_piece_once),
        cmocka_unit_test(a_team_has_somebody),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
