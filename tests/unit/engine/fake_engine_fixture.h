/* fake_engine_fixture.h - one program with the fake engine for a whole file of tests. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_FAKE_ENGINE_FIXTURE_H
#define INFERD_FAKE_ENGINE_FIXTURE_H

#include "engine_fixture.h"

static struct engine engine;

/* Set-up and teardown of the group. */
static inline int start(void **state)
{
    (void)state;
    start_engine(&engine, FAKE_ENGINE);
    return 0;
}

static inline int stop(void **state)
{
    (void)state;
    return stop_engine(&engine);
}

#endif
