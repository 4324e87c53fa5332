/* vetting.h - what the node knows of its definitions: vetted, refused, approved.
 *
 * A definition is vetted once it is whole, in a caged process of its own (vet.h), and the report is
 * kept in the store with the file's SHA-256. The report is for people and for saying no early: a
 * worker vets what it loads again and believes no record. An approval is an operator's word that
 * one very file, named by its SHA-256, may call operations that nobody has judged; what is
 * forbidden stays so.
 *
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_VETTING_H
#define INFERD_VETTING_H

#include "inferd/serving.h"

/* err == NULL: the definition may be served. BAD_REQUEST: it was refused, with the reason; other
 * codes: it could not be vetted now (UNAVAILABLE, INTERNAL), which says nothing about it. Runs
 * once, maybe before inf_manager_vet returns. */
typedef void (*inf_vetting_done)(void *arg, const struct inf_error *err);

/* Has the model's definition vetted unless there is a report of it by the present rules; whoever
 * asks meanwhile gets the same answer. NOT_FOUND or BAD_REQUEST when there is no whole definition.
 * One that is on another node of a cluster is brought here first. */
void inf_manager_vet(struct inf_manager *manager, const char *model_id, inf_vetting_done done,
                     void *arg);

/* 0 when nothing is known against the model's definition; else -1 with the reason and, where an
 * approval would help (then *ret_approvable, which may be NULL), how to give it. */
int inf_manager_check_vetting(const struct inf_manager *manager, const struct inf_model *model,
                              bool *ret_approvable, struct inf_error *err);

/* The "vetting" object of GET ...?include=vetting. problem: why there is no report, if so; or NULL.
 */
void inf_manager_write_vetting(const struct inf_manager *manager, const struct inf_model *model,
                               const char *problem, struct inf_jsonw *w);

/* ---- approvals; their names are 64 hexadecimal digits in lower case ---- */

/* Records, durably and in the log, that the file may be served although it calls operations that
 * are not known to be harmless. comment: why, as the operator put it; address: where the request
 * came from. ALREADY_EXISTS when it was approved before. */
void inf_manager_approve(struct inf_manager *manager, const char *sha256, const char *comment,
                         const char *address, inf_store_done done, void *arg);
/* Takes it back, for the next load; what runs goes on. NOT_FOUND when there is none. */
void inf_manager_withdraw_approval(struct inf_manager *manager, const char *sha256,
                                   const char *address, inf_store_done done, void *arg);
/* The approval's object, with the models that have this definition. approval is the store's. */
void inf_manager_write_approval(const struct inf_manager *manager,
                                const struct inf_object *approval, struct inf_jsonw *w);

#endif
