/* replica.h - definitions and vocabularies that other nodes of the cluster have are brought here,
 * so that each node can run each model, and none of them is lost with one node.
 *
 * One at a time, from whichever node has it; looked for when the state changes and now and then.
 *
 * Thread: loop only. Owns: the one on its way. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REPLICA_H
#define INFERD_REPLICA_H

#include "inferd/rest.h"

struct inf_replica;

struct inf_replica *inf_replica_start(struct inf_app *app);
void inf_replica_look(struct inf_replica *replica); /* something may be missing here */
/* Gives up what is on its way. The loop runs once more before inf_replica_free. NULL is fine, in
 * both. */
void inf_replica_stop(struct inf_replica *replica);
void inf_replica_free(struct inf_replica *replica);

#endif
