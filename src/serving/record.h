/* record.h - what survives of a deployment: its settings as a record in the store, and back.
 *
 * Thread: loop only. Owns: nothing. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_RECORD_H
#define INFERD_SERVING_RECORD_H

#include "inferd/serving.h"

/* Writes the deployment's record with these values in place of its present ones, which was decided
 * just now; replace false: it fails when there is a record of that id already, for which another
 * node can be the reason. `done` runs when it is durable and begins with inf_record_written and
 * ends with inf_manager_let_go. */
void inf_record_write(struct inf_deployment *deployment, int allocations,
                      const struct inf_adaptive *adaptive, bool replace, inf_store_done done,
                      void *arg);
/* One record has come back from the store. false: the manager is at its end and the deployment is
 * gone or going; it may not be used any more. */
bool inf_record_written(struct inf_deployment *deployment);
/* After inf_record_written: was it not written since another node has changed a deployment in that
 * moment? Then it has to be decided anew, by what there is now; true not for ever. */
bool inf_record_is_outdated(struct inf_deployment *deployment, const struct inf_error *err);
/* The most allocations that it may have, once all records of it that are on their way are there;
 * -1: it is ending, and has what it has. */
int inf_record_promised(const struct inf_deployment *deployment);

/* Begins every deployment that the store remembers; called once, at the start. A record that makes
 * no sense any more (its model is gone) is logged and left. */
void inf_record_restore_all(struct inf_manager *manager);
/* Begins what other nodes have recorded meanwhile. */
void inf_manager_adopt(struct inf_manager *manager);
/* Another node has changed the record: its number of allocations is this one's, too. */
void inf_record_read_again(struct inf_deployment *deployment);

#endif
