/* cat_reply.h - from a _cat call's parameters to its table, and from the table to the answer.
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_CAT_REPLY_H
#define INFERD_REST_CAT_REPLY_H

#include "cat_table.h"
#include "gather.h"
#include "inferd/http.h"

/* Puts the rows into the table, with what the other nodes said; called once, not for ?help. */
typedef int (*rest_cat_fill)(struct inf_call *call, const struct inf_gathered *others,
                             struct inf_cat_table *table, struct inf_error *err);

/* The whole of a _cat handler: help, or the table as text, JSON or YAML. */
enum inf_outcome rest_cat_reply(struct inf_call *call, const struct inf_cat_column *columns,
                                rest_cat_fill fill, const struct inf_gathered *others,
                                struct inf_error *err);
/* What a handler returns whose table has figures of all nodes; for ?help nobody is asked. */
enum inf_outcome rest_cat_gather(struct inf_call *call, const struct inf_gathering *gathering,
                                 struct inf_error *err);

#endif
