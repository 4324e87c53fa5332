/* role.h - what of roles this folder alone needs. Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SECURITY_ROLE_H
#define INFERD_SECURITY_ROLE_H

#include "inferd/security.h"

/* Its descriptor, as that of an own role would be shown. */
void inf_builtin_role_write(const struct inf_builtin_role *role, struct inf_jsonw *w);

#endif
