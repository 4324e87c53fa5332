/* pickle.c - a pickle program as a whole: how it begins and what it leaves. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "pickle.h"

#include "pickle_machine.h"
#include "pickle_object.h"
#include "pickle_opcode.h"
#include <inttypes.h>

/* libtorch wants the protocol first. */
static int check_start(struct inf_pickle *m)
{
    if (m->length == 0) {
        return inf_pickle_refuse(m, "the program is empty");
    }
    if (m->program[0] != 0x80) {
        return inf_pickle_refuse(m, "the program begins with 0x%02x, not with PROTO (0x80)",
                                 m->program[0]);
    }
    return 0;
}

static int check_top(struct inf_pickle *m, uint32_t top)
{
    struct inf_pickle_value value = inf_pickle_at(m, top);
    if (value.flags & INF_PICKLE_RAW) {
        return inf_pickle_refuse(m, "the program leaves what is unfinished: %s",
                                 inf_pickle_kind_name(value.kind));
    }
    if (m->options->top == INF_PICKLE_TOP_OBJECT && !inf_pickle_is_own_object(m, top)) {
        return inf_pickle_refuse(m,
                                 "the program leaves %s, not an object of the file's own classes",
                                 inf_pickle_kind_name(value.kind));
    }
    if (m->options->top == INF_PICKLE_TOP_TUPLE && value.kind != INF_PICKLE_TUPLE) {
        return inf_pickle_refuse(m, "the program leaves %s, not a tuple",
                                 inf_pickle_kind_name(value.kind));
    }
    return 0;
}

static int check_end(struct inf_pickle *m, bool stopped)
{
    uint32_t top = 0;
    if (!stopped) {
        m->offset = m->length;
        return inf_pickle_refuse(m, "the program ends without STOP");
    }
    if (m->next != m->length) {
        return inf_pickle_refuse(m, "[%" PRIu32 "] bytes follow STOP", m->length - m->next);
    }
    if (m->marks.count > 0 || m->stack.count != 1) {
        return inf_pickle_refuse(m,
                                 "the program leaves [%" PRIu32 "] values and [%" PRIu32 "] marks, "
                                 "not one value",
                                 m->stack.count, m->marks.count);
    }
    return inf_pickle_pop(m, &top) == 0 ? check_top(m, top) : -1;
}

int inf_pickle_check(const uint8_t *program, size_t length,
                     const struct inf_pickle_options *options, struct inf_pickle_facts *ret,
                     struct inf_error *err)
{
    struct inf_pickle m;
    bool stopped = false;
    int rc = -1;
    if (inf_pickle_init(&m, program, length, options, err) == 0 && check_start(&m) == 0 &&
        inf_pickle_run(&m, &stopped) == 0 && check_end(&m, stopped) == 0) {
        ret->tensors = m.tensors.count;
        rc = 0;
    }
    inf_pickle_fini(&m);
    return rc;
}
