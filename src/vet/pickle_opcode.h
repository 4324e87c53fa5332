/* pickle_opcode.h - the opcodes of a pickle program.
 *
 * Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_VET_PICKLE_OPCODE_H
#define INFERD_VET_PICKLE_OPCODE_H

#include "pickle_machine.h"

/* Runs the program from m->next on, up to STOP or its end, which is no error here: *ret_stopped
 * says which. -1 with the first thing that is wrong. */
int inf_pickle_run(struct inf_pickle *m, bool *ret_stopped);

#endif
