/* trial.h - an allocation tries, as the end of its warm-up, whether texts can go together.
 *
 * A short and a long text are computed alone and then both twice in one forward: each answer must
 * be the one that it was alone, within 1e-5. On the way, and by a forward of many short texts, it
 * is seen what forwards of several sizes take. A model that is so slow that this would take long
 * is left alone.
 *
 * Thread: loop only. Owns: the texts, and the answers to each alone. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_TRIAL_H
#define INFERD_SERVING_TRIAL_H

#include "deployment.h"

/* Has the allocation that is warm something to try, and was the first of it sent? last is the
 * RESULT of its last warm-up (checked). true: its next answers are the trial's. */
bool inf_trial_begin(struct inf_allocation *allocation, const void *last);
/* Another answer: a RESULT (checked) or an ERROR. true: that was the last; allocation->trial is
 * NULL, and the deployment's batching is settled. */
bool inf_trial_answered(struct inf_allocation *allocation, const struct inf_frame_header *header,
                        const void *payload);
/* The allocation goes before the trial's end, which may have been its death (else NULL). Nothing
 * happens without a trial. */
void inf_trial_abandon(struct inf_allocation *allocation, const struct inf_death *death);

#endif
