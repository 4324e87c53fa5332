/* keeper.h - a key that is there as long as somebody keeps it: under a lease, kept alive by a
 * thread, put again whenever it was lost.
 *
 * Thread: loop only. Owns: the thread, the lease. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_CLUSTER_KEEPER_H
#define INFERD_CLUSTER_KEEPER_H

#include "inferd/etcd.h"

struct inf_keeper;

/* settings are borrowed; the texts are copied. */
struct inf_keeper *inf_keeper_start(const struct inf_etcd_settings *settings, const char *key,
                                    const char *value, int64_t lease_s);
void inf_keeper_update(struct inf_keeper *keeper, const char *value);
/* Somebody else has taken the key away: it is put again. */
void inf_keeper_restore(struct inf_keeper *keeper);
/* The thread takes the key away, if etcd answers in time, and ends. */
void inf_keeper_leave(struct inf_keeper *keeper);
/* The same, and waits for it; frees the keeper. */
void inf_keeper_end(struct inf_keeper *keeper);

#endif
