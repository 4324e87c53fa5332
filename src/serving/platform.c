/* platform.c - models that were made for one kind of machine only. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/json.h"
#include "inferd/serving.h"
#include <string.h>

/* The names that Elasticsearch gives to platforms. */
#if defined(__x86_64__)
#define PLATFORM "linux-x86_64"
#elif defined(__aarch64__)
#define PLATFORM "linux-aarch64"
#else
#error "this machine has no name in the API"
#endif

int inf_platform_check(const char *model_id, const char *config, struct inf_error *err)
{
    struct inf_json doc;
    const char *wanted;
    int rc = 0;

    if (inf_json_parse_own(config, strlen(config), NULL, &doc, err) != 0)
        return -1;
    wanted = inf_json_string(inf_json_get(doc.root, "platform_architecture"));
    if (wanted != NULL && strcmp(wanted, PLATFORM) != 0)
        rc = inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                           "The model being deployed ([%s]) is platform specific and incompatible "
                           "with ML nodes in the cluster; expected [%s]; but was [" PLATFORM "]",
                           model_id, wanted);
    inf_json_free(&doc);
    return rc;
}
