/* rest_license.c - GET /_license: there is none to buy and none to expire.
 *
 * Clients look whether machine learning is allowed, which the type `enterprise` says of every
 * feature. Its number is made from the cluster's, so that it stays the same. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "license.h"
#include "reply.h"
#include "rest_handlers.h"
#include <stdio.h>
#include <string.h>

#define LICENSE_MAX 4096
#define ISSUE_DATE "2025-10-21T10:06:21.288Z" /* of the version that GET / reports */
#define ISSUE_DATE_MS INT64_C(1761041181288)
#define EXPIRY_DATE "9999-12-31T23:59:59.999Z"

/* Where the cluster's id has 128 bits in letters, a UUID has them in hexadecimal. */
const char *inf_license_uid(const struct inf_store *store, char uid[INF_LICENSE_UID_SIZE])
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned char bytes[18] = {0};
    const char *id = inf_store_cluster_uuid(store);
    size_t used = 0;

    for (unsigned bit = 0; *id != '\0' && bit + 6 <= 8 * sizeof bytes; id++, bit += 6) {
        const char *letter = strchr(letters, *id);
        unsigned value = (letter != NULL ? (unsigned)(letter - letters) : 0) << 10 >> (bit % 8);

        bytes[bit / 8] |= (unsigned char)(value >> 8);
        if (bit % 8 > 2)
            bytes[bit / 8 + 1] |= (unsigned char)value;
    }
    for (size_t i = 0; i < 16; i++)
        used += (size_t)snprintf(uid + used, INF_LICENSE_UID_SIZE - used, "%s%02x",
                                 i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", bytes[i]);
    return uid;
}

static int check_enterprise(const struct inf_call *call, struct inf_error *err)
{
    if (inf_call_bool(call, "accept_enterprise"))
        return 0;
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                         "The [accept_enterprise] parameters may not be false");
}

enum inf_outcome rest_license_get(struct inf_call *call, struct inf_error *err)
{
    const struct inf_app *app = rest_app(call);
    char uid[INF_LICENSE_UID_SIZE];
    struct inf_jsonw w;
    struct inf_buf body;

    if (check_enterprise(call, err) != 0)
        return INF_FAILED;
    inf_buf_init(&body, LICENSE_MAX);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    inf_jsonw_key(&w, "license");
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_string(&w, "status", "active");
    inf_jsonw_kv_string(&w, "uid", inf_license_uid(app->store, uid));
    inf_jsonw_kv_string(&w, "type", INF_LICENSE_TYPE);
    inf_jsonw_kv_string(&w, "issue_date", ISSUE_DATE);
    inf_jsonw_kv_int(&w, "issue_date_in_millis", ISSUE_DATE_MS);
    inf_jsonw_kv_string(&w, "expiry_date", EXPIRY_DATE);
    inf_jsonw_kv_int(&w, "expiry_date_in_millis", INF_LICENSE_EXPIRY_MS);
    inf_jsonw_key(&w, "max_nodes");
    inf_jsonw_null(&w);
    inf_jsonw_key(&w, "max_resource_units");
    inf_jsonw_null(&w);
    inf_jsonw_kv_string(&w, "issued_to", inf_config_string(app->config, "cluster.name"));
    inf_jsonw_kv_string(&w, "issuer", "elasticsearch");
    inf_jsonw_kv_int(&w, "start_date_in_millis", -1);
    inf_jsonw_end_object(&w);
    inf_jsonw_end_object(&w);
    return rest_reply(call, &body, err);
}

/* No other licence can be started here. */
static enum inf_outcome not_eligible(struct inf_call *call, const char *key, struct inf_error *err)
{
    struct inf_jsonw w;
    struct inf_buf body;

    inf_buf_init(&body, LICENSE_MAX);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_bool(&w, key, false);
    inf_jsonw_end_object(&w);
    return rest_reply(call, &body, err);
}

enum inf_outcome rest_license_basic_get(struct inf_call *call, struct inf_error *err)
{
    return not_eligible(call, "eligible_to_start_basic", err);
}

enum inf_outcome rest_license_trial_get(struct inf_call *call, struct inf_error *err)
{
    return not_eligible(call, "eligible_to_start_trial", err);
}
