/* find_model.h - the model that an expression in a URL means.
 *
 * Thread: loop only. Owns: nothing; the store's rows are borrowed. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_FIND_MODEL_H
#define INFERD_SERVING_FIND_MODEL_H

#include "manager.h"

/* The one model that an id, an alias or a pattern ("a*") means. NULL with NOT_FOUND, or with
 * BAD_REQUEST when several match (compatibility 8.1 #6, #7). */
const struct inf_model *inf_find_one_model(const struct inf_manager *manager,
                                           const char *expression, struct inf_error *err);
/* Is this id, as a model's or as an alias, taken by another model than `model`? */
bool inf_find_other_model(const struct inf_manager *manager, const char *id,
                          const struct inf_model *model);

#endif
