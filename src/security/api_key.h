/* api_key.h - what of API keys this folder alone needs. Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SECURITY_API_KEY_H
#define INFERD_SECURITY_API_KEY_H

#include "inferd/security.h"

/* Is it this key's secret? In constant time. */
bool inf_api_key_matches(const struct inf_api_key *key, const char *id, const char *secret);
/* What it allows; nothing when it is damaged. */
uint32_t inf_api_key_privileges(const struct inf_api_key *key);

#endif
