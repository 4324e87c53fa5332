/* condition.h - the `if` of a processor: an expression of a part of Painless.
 *
 *   literals    'text' "text" 12 1.5 true false null
 *   fields      ctx.a.b  ctx?.a?.b  ctx['a'].b  ctx.list[0]
 *   comparing   == != < <= > >=  instanceof String|Number|Boolean|List|Map
 *   joining     && || ! ( )
 *   methods     contains startsWith endsWith equals equalsIgnoreCase isEmpty length size
 *               containsKey toLowerCase toUpperCase trim
 *
 * "return ...;" may stand around it. Anything else is refused when the pipeline is made.
 *
 * Thread: any (plain data). Bound: INF_CONDITION_MAX bytes, INF_CONDITION_DEPTH levels; it has no
 * loops, so it takes time by its length and the document's. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_INGEST_CONDITION_H
#define INFERD_INGEST_CONDITION_H

#include "document.h"

#define INF_CONDITION_MAX 8192
#define INF_CONDITION_DEPTH 64

struct inf_condition;

/* NULL with ILLEGAL_ARGUMENT, which names the place and what is served. */
struct inf_condition *inf_condition_new(const char *text, struct inf_error *err);
void inf_condition_free(struct inf_condition *condition); /* NULL is fine */
const char *inf_condition_text(const struct inf_condition *condition);
/* 0, or -1 with ILLEGAL_ARGUMENT "runtime error" with the cause: a field of null, a comparison of
 * what cannot be compared. */
int inf_condition_holds(const struct inf_condition *condition, struct inf_doc *doc, bool *ret,
                        struct inf_error *err);

#endif
