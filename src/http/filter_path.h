/* filter_path.h - ?filter_path=a.b,-c.*: which parts of a JSON answer are sent.
 *
 * Thread: none (pure). Bound: INF_FILTERS patterns of INF_FILTER_STEPS steps each. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_HTTP_FILTER_PATH_H
#define INFERD_HTTP_FILTER_PATH_H

#include "inferd/buf.h"
#include <stddef.h>

enum { INF_FILTERS = 32, INF_FILTER_STEPS = 16 };

/* Writes the filtered form of a JSON text; "{}" when nothing is left. -1 when it is not JSON. */
int inf_filter_path(const char *filters, const char *json, size_t length, struct inf_buf *out);

#endif
