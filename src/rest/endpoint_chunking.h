/* endpoint_chunking.h - chunking settings of an inference endpoint, checked and with their
 * defaults. They are kept for whoever cuts texts by them; _inference itself does not. Thread: any
 * (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_ENDPOINT_CHUNKING_H
#define INFERD_REST_ENDPOINT_CHUNKING_H

#include "inferd/json_edit.h"

/* given: the client's object, or NULL for the defaults. *ret is the caller's. */
int inf_endpoint_chunking(const struct cJSON *given, struct cJSON **ret, struct inf_error *err);

#endif
