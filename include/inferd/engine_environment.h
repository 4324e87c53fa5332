/* engine_environment.h - with what environment the engine's program runs. Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENGINE_ENVIRONMENT_H
#define INFERD_ENGINE_ENVIRONMENT_H

#include <stddef.h>

/* The whole environment that inferd-engine runs with: what libtorch's thread libraries read before
 * main, and what of the caller's concerns loading and sanitizers; nothing else, since a model could
 * read it. "NAME=value", valid as long as environ is. Fills ret (room for capacity pointers,
 * NULL-terminated), returns the count. A program started with it need not execute itself anew. */
#define INF_ENGINE_ENVIRONMENT_MAX 16
size_t inf_engine_environment(const char **ret, size_t capacity);

#endif
