/* options.h - the command line. Thread: none (pure). Owns: nothing of argv. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_OPTIONS_H
#define INFERD_OPTIONS_H

#include "inferd/buf.h"
#include "inferd/config.h"
#include "inferd/error.h"
#include <stddef.h>

enum inf_action {
    INF_ACTION_SERVE,
    INF_ACTION_HELP,
    INF_ACTION_VERSION,
    INF_ACTION_PRINT_CONFIG,
    INF_ACTION_PRINT_CONFIG_DOCS,
    INF_ACTION_PRINT_CONFIG_SAMPLE,
    INF_ACTION_PRINT_ROUTES,
    INF_ACTION_PRINT_OPENAPI,
    INF_ACTION_PRINT_ROLES,
    INF_ACTION_HASH_PASSWORD,
    INF_ACTION_VET,
    INF_ACTION_MIGRATE_STATE
};

struct inf_options {
    enum inf_action action;   /* the last one asked for */
    const char *config_path;  /* NULL: defaults only */
    const char *vet_path;     /* of INF_ACTION_VET */
    const char *migrate_to;   /* of INF_ACTION_MIGRATE_STATE */
    const char **assignments; /* of -E, in order; they point into argv */
    size_t assignment_count;
};

/* Reads the whole command line; an argument that is none fails and names it. Free the result with
 * inf_options_fini, also after a failure. */
int inf_options_parse(int argc, char *const argv[], struct inf_options *ret, struct inf_error *err);
void inf_options_fini(struct inf_options *options);
void inf_options_print_help(struct inf_buf *out);

/* Defaults, then the file, then the assignments; an empty node.name becomes the host's name. The
 * caller frees the result with inf_config_free. */
int inf_options_load_config(const struct inf_options *options, struct inf_config **ret,
                            struct inf_error *err);

#endif
