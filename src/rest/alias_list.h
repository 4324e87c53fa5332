/* alias_list.h - the aliases of all models, in the order in which models are listed.
 *
 * The store has them by name; a listing of models wants each model's own. Made for one request.
 *
 * Thread: loop only. Owns: the order; the aliases stay the store's, so it must not outlive the
 * request's turn. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_ALIAS_LIST_H
#define INFERD_REST_ALIAS_LIST_H

#include "comma_list.h"
#include "inferd/store.h"

struct inf_alias_list {
    const struct inf_object **items; /* by model, then by alias, ascending */
    size_t count;
};

void inf_alias_list_init(struct inf_alias_list *list, const struct inf_store *store);
void inf_alias_list_free(struct inf_alias_list *list); /* zeroed is fine */
/* The first of a model's aliases; *ret_count of them stand one after the other. */
const struct inf_object *const *inf_alias_list_of(const struct inf_alias_list *list,
                                                  const char *model_id, size_t *ret_count);
/* inf_comma_list_matches for a model that goes by its id and by its aliases. */
bool inf_alias_list_matches(const struct inf_alias_list *list, struct inf_comma_list *ids,
                            const char *model_id);

#endif
