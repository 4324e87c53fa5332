/* depot_settings.h - the settings cluster.definitions.*, checked at the start.
 *
 * Thread: any; reads files. Owns: its texts. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_DEFINITIONS_DEPOT_SETTINGS_H
#define INFERD_DEFINITIONS_DEPOT_SETTINGS_H

#include "inferd/config.h"
#include "inferd/error.h"
#include <stdbool.h>
#include <stdint.h>

enum inf_depot_kind { INF_DEPOT_NODES, INF_DEPOT_S3, INF_DEPOT_DIRECTORY };

struct inf_depot_settings {
    enum inf_depot_kind kind;
    bool fetch_all;
    int64_t max_disk_bytes; /* 0: no limit */
    int64_t timeout_ms;
    char *name;      /* for people: "the bucket [b] at [https://s3.example]" */
    char *directory; /* of the kind DIRECTORY */
    /* Of the kind S3. */
    char *url; /* that the names of objects are put behind, with a slash at its end */
    char *signature, *access_key, *secret_key;
    char *authorities; /* path, or NULL */
    int64_t part_bytes;
};

/* -1 with ILLEGAL_ARGUMENT, which names the setting, its value and the remedy. For fini in any
 * case. */
int inf_depot_settings_read(const struct inf_config *config, struct inf_depot_settings *ret,
                            struct inf_error *err);
void inf_depot_settings_fini(struct inf_depot_settings *settings); /* wipes the secret */

#endif
