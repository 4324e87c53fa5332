/* task_config.h - what task_config.c needs to know of the table of tasks. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TASK_CONFIG_H
#define INFERD_TASK_CONFIG_H

#include "inferd/fields.h"
#include "inferd/task.h"

/* The row by its name in the API. NAMED_OBJECT for a name that Elasticsearch does not know either,
 * BAD_REQUEST with the names that are served for one that only it knows. Thread: any. */
int inf_task_find(const struct inf_fields *fields, const char *name, const struct inf_task **ret,
                  struct inf_error *err);
/* True for every task of Elasticsearch, served or not. Thread: any. */
bool inf_task_is_known(const char *name);

#endif
