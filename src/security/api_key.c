/* API keys as they are stored.
 *
 * A secret has 128 random bits, so nobody can guess it and one round of SHA-256 is enough to keep
 * it by; the id is hashed along and so is the salt. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "api_key.h"

#include "inferd/alloc.h"
#include "inferd/reserve.h"
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { ID_BYTES = 15, SECRET_BYTES = 16, HASHED_MAX = 1024 };

/* Random letters, digits, '-' and '_', as many as hold that many bytes. */
static void random_text(char *ret, size_t size, size_t bytes)
{
    uint8_t random[SECRET_BYTES];
    char text[32];

    if (getrandom(random, bytes, 0) != (ssize_t)bytes)
        abort(); /* so few bytes come at once or never */
    EVP_EncodeBlock((unsigned char *)text, random, (int)bytes);
    text[strcspn(text, "=")] = '\0';
    for (char *p = text; *p != '\0'; p++)
        *p = (char)(*p == '+' ? '-' : *p == '/' ? '_' : *p);
    memcpy(ret, text, size - 1); /* of which base64 makes just as many */
    ret[size - 1] = '\0';
    explicit_bzero(random, sizeof random);
    explicit_bzero(text, sizeof text);
}

static bool digest(const char *text, size_t length, uint8_t ret[INF_SHA256_SIZE])
{
    return EVP_Digest(text, length, ret, NULL, EVP_sha256(), NULL) == 1;
}

/* False when it is longer than any key's. */
static bool hash_secret(const char *id, const char *secret, char ret[INF_SHA256_TEXT])
{
    char text[HASHED_MAX];
    uint8_t sha256[INF_SHA256_SIZE];
    int length = snprintf(text, sizeof text, "%s:%s", id, secret);

    if (length < 0 || length >= (int)sizeof text)
        return false;
    if (!digest(text, (size_t)length, sha256) &&
        !(inf_reserve_release() && digest(text, (size_t)length, sha256)))
        inf_alloc_failed(); /* it takes a few hundred bytes */
    explicit_bzero(text, sizeof text);
    inf_sha256_print(sha256, ret);
    return true;
}

void inf_api_key_make(struct inf_new_api_key *ret)
{
    char text[INF_API_KEY_ID_SIZE + INF_API_KEY_SECRET_SIZE];
    int length;

    random_text(ret->id, sizeof ret->id, ID_BYTES);
    random_text(ret->secret, sizeof ret->secret, SECRET_BYTES);
    length = snprintf(text, sizeof text, "%s:%s", ret->id, ret->secret);
    EVP_EncodeBlock((unsigned char *)ret->encoded, (const unsigned char *)text, length);
    explicit_bzero(text, sizeof text);
    (void)hash_secret(ret->id, ret->secret, ret->hash);
}

bool inf_api_key_matches(const struct inf_api_key *key, const char *id, const char *secret)
{
    char own[INF_SHA256_TEXT];

    return hash_secret(id, secret, own) && strlen(key->hash) == sizeof own - 1 &&
           CRYPTO_memcmp(own, key->hash, sizeof own - 1) == 0;
}

bool inf_api_key_active(const struct inf_api_key *key, int64_t now_ms)
{
    return key->invalidation_ms == 0 && (key->expiration_ms == 0 || key->expiration_ms > now_ms);
}

/* What it says of its own, within what its owner could do when it was made or changed last. */
uint32_t inf_api_key_privileges(const struct inf_api_key *key)
{
    uint32_t own, owner;
    struct inf_error ignored;

    if (inf_roles_read(key->limited_by, &owner, &ignored) != 0 ||
        inf_roles_read(key->role_descriptors, &own, &ignored) != 0)
        return 0;
    return inf_json_size(key->role_descriptors) == 0 ? owner : owner & own;
}

/* ---- stored ---- */

static const char *text_of(const struct cJSON *root, const char *name)
{
    const char *text = inf_json_string(inf_json_get(root, name));

    return text != NULL ? text : "";
}

static int64_t time_of(const struct cJSON *root, const char *name)
{
    int64_t value = 0;
    struct inf_error ignored;
    const struct cJSON *member = inf_json_get(root, name);

    if (member != NULL && inf_json_int64(member, &value, &ignored) != 0)
        value = 1; /* damaged: long ago */
    return value;
}

int inf_api_key_read(const struct inf_object *object, struct inf_api_key *ret)
{
    struct inf_error ignored;
    const struct cJSON *root;

    *ret = (struct inf_api_key){.id = object->id};
    if (inf_json_parse_own(object->text, strlen(object->text), NULL, &ret->doc, &ignored) != 0)
        return -1;
    root = ret->doc.root;
    ret->name = text_of(root, "name");
    ret->hash = text_of(root, "hash");
    ret->username = text_of(root, "username");
    ret->realm = text_of(root, "realm");
    ret->realm_type = text_of(root, "realm_type");
    ret->creation_ms = time_of(root, "creation");
    ret->expiration_ms = time_of(root, "expiration");
    ret->invalidation_ms = time_of(root, "invalidation");
    ret->role_descriptors = inf_json_get(root, "role_descriptors");
    ret->limited_by = inf_json_get(root, "limited_by");
    ret->metadata = inf_json_get(root, "metadata");
    return 0;
}

void inf_api_key_free(struct inf_api_key *key)
{
    inf_json_free(&key->doc);
}

static void write_object(struct inf_jsonw *w, const char *name, const struct cJSON *value)
{
    inf_jsonw_key(w, name);
    if (inf_json_is_object(value))
        inf_jsonw_value(w, value);
    else
        inf_jsonw_raw(w, "{}", 2);
}

void inf_api_key_write(const struct inf_api_key *key, struct inf_buf *out)
{
    struct inf_jsonw w;

    inf_jsonw_init(&w, out);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_string(&w, "name", key->name);
    inf_jsonw_kv_string(&w, "hash", key->hash);
    inf_jsonw_kv_string(&w, "username", key->username);
    inf_jsonw_kv_string(&w, "realm", key->realm);
    inf_jsonw_kv_string(&w, "realm_type", key->realm_type);
    inf_jsonw_kv_int(&w, "creation", key->creation_ms);
    inf_jsonw_kv_int(&w, "expiration", key->expiration_ms);
    inf_jsonw_kv_int(&w, "invalidation", key->invalidation_ms);
    write_object(&w, "role_descriptors", key->role_descriptors);
    write_object(&w, "limited_by", key->limited_by);
    write_object(&w, "metadata", key->metadata);
    inf_jsonw_end_object(&w);
}
