/* license.h - the licence that this server shows. Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_LICENSE_H
#define INFERD_REST_LICENSE_H

#include "inferd/store.h"

#define INF_LICENSE_TYPE "enterprise"
#define INF_LICENSE_EXPIRY_MS INT64_C(253402300799999)
#define INF_LICENSE_UID_SIZE 37

/* A UUID, always the same for a cluster. */
const char *inf_license_uid(const struct inf_store *store, char uid[INF_LICENSE_UID_SIZE]);

#endif
