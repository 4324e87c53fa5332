/* log.h - structured log lines: one JSON object a line, or text for a terminal.
 *
 * Thread: any (one write(2) a line). The level is process-wide and may change at any time; it is
 * the only static state in the program. Never log request bodies, model content or credentials. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_LOG_H
#define INFERD_LOG_H

#include "inferd/error.h"
#include <stdbool.h>

enum inf_log_level { INF_LOG_TRACE, INF_LOG_DEBUG, INF_LOG_INFO, INF_LOG_WARN, INF_LOG_ERROR };

/* fd stays open for the process's life. json != 0 selects JSON lines. node is copied (may be NULL).
 */
void inf_log_init(int fd, enum inf_log_level level, int json, const char *node);
void inf_log_set_level(enum inf_log_level level);
/* Would a line of this level be written? For callers whose fields cost something to make. */
bool inf_log_enabled(enum inf_log_level level);
int inf_log_level_parse(const char *text, enum inf_log_level *ret); /* "INFO", any case; 0 or -1 */

/* component: "http", "serving", ...; fields: alternating key, value strings ended by NULL, or NULL.
 * Example: inf_log(INF_LOG_INFO, "serving", "deployment started",
 *                  (const char *[]){"deployment_id", id, NULL}); */
void inf_log(enum inf_log_level level, const char *component, const char *message,
             const char *const *fields);
void inf_logf(enum inf_log_level level, const char *component, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
