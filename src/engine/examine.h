/* examine.h - a definition looked at from all sides: its archive, then what its code calls.
 *
 * Thread: the only one of a caged process, after inf_engine_after_fork. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENGINE_EXAMINE_H
#define INFERD_ENGINE_EXAMINE_H

#include "inferd/engine.h"
#include <stdbool.h>

/* Vets the definition in fd without reading its tensors. 0 with the report, whatever its verdict;
 * -1 with a reason when there could be none, which is not the file's fault (memory, reading). */
int inf_examine(int fd, int64_t size_bytes, struct inf_vet_report *ret, char *reason,
                size_t reason_size);

/* Vets the definition and makes the model of it, tensors and all. approved: unknown operations are
 * let pass; what is forbidden is not. 0, or -1 with a reason, and nothing of the model's code has
 * run. */
int inf_examine_and_load(int fd, int64_t size_bytes, bool approved, struct inf_engine_model **ret,
                         char *reason, size_t reason_size);

#endif
