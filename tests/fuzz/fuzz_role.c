/* fuzz_role.c - role descriptors, API keys and searches for them, as clients write them.
 *
 * A role that is taken is shown in full and read back as the same; a key never allows what its
 * owner's roles do not; a query that was checked can be asked.
 *
 * Input: a byte that says which, then the JSON text. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api_key.h"
#include "inferd/security.h"
#include "key_query.h"
#include "must.h"
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_role(const struct cJSON *root)
{
    struct inf_error err = {0};
    struct inf_buf out;
    struct inf_jsonw w;
    struct inf_json again;
    uint32_t set, set_again;
    if (inf_role_read(root, "r", &set, &err) != 0) {
        MUST(err.code == INF_ERR_PARSE || err.code == INF_ERR_ILLEGAL_ARGUMENT);
        MUST(inf_utf8_valid(err.reason, strlen(err.reason)));
        return;
    }
    inf_buf_init(&out, SIZE_MAX / 2);
    inf_jsonw_init(&w, &out);
    inf_role_write(root, &w);
    MUST(!out.failed && inf_json_parse(out.data, out.length, NULL, &again, &err) == 0);
    MUST(inf_role_read(again.root, "r", &set_again, &err) == 0 && set == set_again);
    inf_json_free(&again);
    inf_buf_free(&out);
}

/* The document as a stored key. */
static void check_key(const char *text)
{
    struct inf_api_key key;
    struct inf_error err = {0};
    uint32_t owner = 0;
    if (inf_api_key_read(&(struct inf_object){.id = "i", .text = text}, &key) != 0)
        return;
    if (inf_roles_read(key.limited_by, &owner, &err) != 0)
        owner = 0;
    MUST((inf_api_key_privileges(&key) & ~owner) == 0);
    MUST(!inf_api_key_matches(&key, "i", "x"));
    inf_api_key_free(&key);
}

static void check_query(const struct cJSON *root)
{
    struct inf_error err = {0};
    const struct inf_api_key key = {.id = "i", .name = "n", .username = "u", .realm = "r"};
    if (inf_key_query_check(root, &err) == 0)
        (void)inf_key_query_matches(root, &key);
    else
        MUST(err.code == INF_ERR_ILLEGAL_ARGUMENT &&
             inf_utf8_valid(err.reason, strlen(err.reason)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct inf_json json;
    struct inf_error err;
    if (size < 1 || inf_json_parse((const char *)data + 1, size - 1, NULL, &json, &err) != 0)
        return 0;
    switch (data[0] % 3) {
    case 0:
        check_role(json.root);
        break;
    case 1:
        check_key(json.text);
        break;
    default:
        check_query(json.root);
        break;
    }
    inf_json_free(&json);
    return 0;
}
