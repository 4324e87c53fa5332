/* cost_record.h - what forwards of a model take, and that texts can go together, kept in the store:
 * by the definition's SHA-256 and the threads of an allocation, for one engine, one processor and
 * one way of computing. So a deployment that starts again knows it at once and tries nothing.
 *
 * Thread: loop only (use, keep); the others are pure. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_COST_RECORD_H
#define INFERD_SERVING_COST_RECORD_H

#include "batching.h"
#include "inferd/buf.h"

/* Takes over what is known, if anything is, and turns batching on. The worker is READY. */
bool inf_cost_record_use(struct inf_deployment *deployment);
/* Into the store, where batching is on. A failure is logged: what is lost is tried again. */
void inf_cost_record_keep(const struct inf_deployment *deployment);
/* One more forward was measured: keeps the curve from time to time, ever more seldom. */
void inf_cost_record_learnt(struct inf_deployment *deployment);

/* The record's text, made under these circumstances, and back; false for one of other circumstances
 * or one that makes no sense. */
void inf_cost_record_print(const struct inf_batching *batching, const char *circumstances,
                           struct inf_buf *out);
bool inf_cost_record_parse(const char *text, const char *circumstances, struct inf_batching *ret);

#endif
