/* deposit.h - definitions and vocabularies that are here go to the store, one at a time.
 *
 * Thread: loop only. Owns: the one on its way, who waits. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_DEFINITIONS_DEPOSIT_H
#define INFERD_DEFINITIONS_DEPOSIT_H

#include "definitions_state.h"

/* All take NULL, where there is no store. */
struct inf_deposit *inf_deposit_new(struct inf_definitions *definitions);
void inf_deposit_look(struct inf_deposit *deposit);
/* done without err: the store has the definition; the store itself was asked. May run before this
 * returns. */
void inf_deposit_await(struct inf_deposit *deposit, const char *model_id, inf_store_done done,
                       void *arg);
void inf_deposit_await_vocabulary(struct inf_deposit *deposit, const char *model_id,
                                  inf_store_done done, void *arg);
/* What the store has of it cannot be used: it is put again by whoever has it. */
void inf_deposit_doubt(struct inf_deposit *deposit, const uint8_t sha256[INF_SHA256_SIZE]);
/* The store has it no more, as far as is known. NULL: ask anew for all that no model has. */
void inf_deposit_forget(struct inf_deposit *deposit, const char *sha256);
/* Does somebody wait for this model's? */
bool inf_deposit_is_at(const struct inf_deposit *deposit, const char *model_id);
void inf_deposit_give_up(struct inf_deposit *deposit); /* who waits is told */
void inf_deposit_stop(struct inf_deposit *deposit);
void inf_deposit_free(struct inf_deposit *deposit); /* when the loop has ended */

#endif
