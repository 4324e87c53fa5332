/* vet_process.h - one caged process that looks at one definition and ends.
 *
 * Thread: loop only. Owns: its channel and timer; it frees itself after `done`. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_VET_PROCESS_H
#define INFERD_SERVING_VET_PROCESS_H

#include "inferd/vet.h"
#include "manager.h"
#include <stdbool.h>

struct inf_vet_process;

/* Exactly one of report and err is not NULL. A process that the definition brought down gives a
 * report, too: it refuses. Runs once, on the loop, not before inf_vet_process_start returns. */
typedef void (*inf_vet_process_done)(void *arg, const struct inf_vet_report *report,
                                     const struct inf_error *err);

/* Looks at the definition of the model as soon as there is a zygote. */
void inf_vet_process_start(struct inf_manager *manager, const char *model_id,
                           inf_vet_process_done done, void *arg);

/* Whether an operator answers for the model's definition (vetting.c). */
bool inf_vetting_is_approved(const struct inf_manager *manager, const char *model_id);

/* ---- the zygote's events ---- */

void inf_vet_process_zygote_ready(struct inf_manager *manager);
void inf_vet_process_zygote_died(struct inf_manager *manager);
void inf_vet_process_spawned(struct inf_manager *manager, uint64_t number,
                             const struct inf_frame_spawned *spawned);
void inf_vet_process_exited(struct inf_manager *manager, uint64_t number, int status);
/* The manager ends: all are answered with UNAVAILABLE. */
void inf_vet_process_teardown(struct inf_manager *manager);

#endif
