/* vocabulary.c - an open-addressing table over one arena of token texts.
 *
 * Tens of thousands of tokens of a few bytes each: one allocation holds all texts, one all entries,
 * one the slots, and a look-up touches two or three cache lines. Hashes are FNV-1a because
 * WordPiece grows them byte by byte. The table is at most half full, so an honest vocabulary stays
 * far below PROBES_MAX; one made to collide is refused when it is loaded, not paid for at every
 * request. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "vocabulary.h"

#include "inferd/alloc.h"
#include "inferd/json.h"
#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#define PROBES_MAX 256
#define NO_ID UINT32_MAX

struct entry {
    uint32_t token; /* offset in the arena */
    uint32_t key;   /* the folded token; the same offset where folding changes nothing */
    uint32_t key_length;
};

struct slot {
    uint32_t id; /* NO_ID: free */
    uint32_t hash;
};

struct inf_vocabulary {
    char *arena;
    size_t arena_used, arena_size;
    struct entry *entries;
    size_t count;
    struct slot *slots;
    size_t slot_count; /* a power of two */
    size_t longest;
    bool fold;
};

/* FNV's low bits are weak for short texts; the high half is mixed in once, at the end. */
static uint32_t slot_hash(uint64_t hash)
{
    hash ^= hash >> 32;
    hash *= UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(hash >> 32);
}

static uint64_t hash_text(const char *text, size_t length)
{
    uint64_t hash = INF_HASH_START;
    for (size_t i = 0; i < length; i++) {
        hash = inf_hash_byte(hash, text[i]);
    }
    return hash;
}

/* Lower-cases text[0..length) by code point into dest, which has room for twice the length (no
 * simple lower-case form is more than a byte longer). Returns the length. */
static size_t fold_text(const char *text, size_t length, char *dest)
{
    size_t written = 0;
    size_t at = 0;
    while (at < length) {
        utf8proc_int32_t point = 0;
        utf8proc_ssize_t bytes = utf8proc_iterate((const utf8proc_uint8_t *)text + at,
                                                  (utf8proc_ssize_t)(length - at), &point);
        if (bytes <= 0) {
            dest[written++] = text[at++];
            continue;
        }
        written += (size_t)utf8proc_encode_char(utf8proc_tolower(point),
                                                (utf8proc_uint8_t *)dest + written);
        at += (size_t)bytes;
    }
    return written;
}

static bool key_equals(const struct inf_vocabulary *vocabulary, uint32_t id, const char *prefix,
                       size_t prefix_length, const char *text, size_t length)
{
    const struct entry *entry = &vocabulary->entries[id];
    const char *key = vocabulary->arena + entry->key;
    return entry->key_length == prefix_length + length && memcmp(key, prefix, prefix_length) == 0 &&
           memcmp(key + prefix_length, text, length) == 0;
}

int32_t inf_vocabulary_find(const struct inf_vocabulary *vocabulary, uint64_t hash,
                            const char *prefix, size_t prefix_length, const char *text,
                            size_t length)
{
    uint32_t mixed = slot_hash(hash);
    size_t mask = vocabulary->slot_count - 1;
    for (size_t probe = 0; probe < PROBES_MAX; probe++) {
        const struct slot *slot = &vocabulary->slots[(mixed + probe) & mask];
        if (slot->id == NO_ID) {
            break;
        }
        if (slot->hash == mixed &&
            key_equals(vocabulary, slot->id, prefix, prefix_length, text, length)) {
            return (int32_t)slot->id;
        }
    }
    return -1;
}

int32_t inf_vocabulary_id(const struct inf_vocabulary *vocabulary, const char *token)
{
    size_t length = strlen(token);
    char *folded = NULL;
    int32_t id = -1;
    if (vocabulary->fold) {
        folded = inf_alloc(length, 2);
        length = fold_text(token, length, folded);
        token = folded;
    }
    id = inf_vocabulary_find(vocabulary, hash_text(token, length), "", 0, token, length);
    free(folded);
    return id;
}

/* Of two tokens with one key the exact spelling wins over a folded one, else the later. */
static int insert(struct inf_vocabulary *vocabulary, uint32_t id, struct inf_error *err)
{
    const struct entry *entry = &vocabulary->entries[id];
    const char *key = vocabulary->arena + entry->key;
    uint32_t mixed = slot_hash(hash_text(key, entry->key_length));
    size_t mask = vocabulary->slot_count - 1;
    for (size_t probe = 0; probe < PROBES_MAX; probe++) {
        struct slot *slot = &vocabulary->slots[(mixed + probe) & mask];
        if (slot->id == NO_ID) {
            *slot = (struct slot){.id = id, .hash = mixed};
            return 0;
        }
        if (slot->hash == mixed &&
            key_equals(vocabulary, slot->id, "", 0, key, entry->key_length)) {
            const struct entry *old = &vocabulary->entries[slot->id];
            if (entry->key == entry->token || old->key != old->token) {
                slot->id = id;
            }
            return 0;
        }
    }
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "the vocabulary's tokens are made to collide in a hash table");
}

/* Copies a token, and its folded form where that differs, to the end of the arena. */
static void add_token(struct inf_vocabulary *vocabulary, const char *token)
{
    size_t length = strlen(token);
    struct entry *entry = &vocabulary->entries[vocabulary->count++];
    char *copy = vocabulary->arena + vocabulary->arena_used;
    memcpy(copy, token, length + 1);
    *entry = (struct entry){.token = (uint32_t)vocabulary->arena_used,
                            .key = (uint32_t)vocabulary->arena_used,
                            .key_length = (uint32_t)length};
    vocabulary->arena_used += length + 1;
    if (vocabulary->fold) {
        char *folded = copy + length + 1;
        size_t folded_length = fold_text(token, length, folded);
        if (folded_length != length || memcmp(folded, token, length) != 0) {
            entry->key = (uint32_t)vocabulary->arena_used;
            entry->key_length = (uint32_t)folded_length;
            vocabulary->arena_used += folded_length;
        }
    }
    if (entry->key_length > vocabulary->longest) {
        vocabulary->longest = entry->key_length;
    }
}

static int measure(const struct cJSON *tokens, bool fold, size_t *ret_count, size_t *ret_arena,
                   struct inf_error *err)
{
    size_t count = 0;
    size_t bytes = 0;
    for (const struct cJSON *item = inf_json_first(tokens); item; item = inf_json_next(item)) {
        const char *token = inf_json_string(item);
        if (!token) {
            return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                                 "[vocabulary] must hold strings only; entry [%zu] is a %s", count,
                                 inf_json_token(item));
        }
        count++;
        bytes += strlen(token) * (fold ? 3 : 1) + 1;
    }
    if (count == 0 || count > INT32_MAX || bytes > UINT32_MAX) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "[vocabulary] must not be %s",
                             count ? "longer than 4gb" : "empty");
    }
    *ret_count = count;
    *ret_arena = bytes;
    return 0;
}

static int allocate(struct inf_vocabulary *vocabulary, size_t count, size_t arena,
                    struct inf_error *err)
{
    vocabulary->slot_count = 16;
    while (vocabulary->slot_count < 2 * count) {
        vocabulary->slot_count *= 2;
    }
    vocabulary->arena_size = arena;
    vocabulary->arena = malloc(arena);
    vocabulary->entries = malloc(count * sizeof *vocabulary->entries);
    vocabulary->slots = malloc(vocabulary->slot_count * sizeof *vocabulary->slots);
    if (!vocabulary->arena || !vocabulary->entries || !vocabulary->slots) {
        return inf_error_set(err, INF_ERR_MEMORY,
                             "not enough memory for a vocabulary of [%zu] tokens", count);
    }
    memset(vocabulary->slots, 0xff, vocabulary->slot_count * sizeof *vocabulary->slots);
    return 0;
}

/* Gives back what folding could have needed and did not. */
static void trim_arena(struct inf_vocabulary *vocabulary)
{
    char *smaller = realloc(vocabulary->arena, vocabulary->arena_used);
    if (smaller) {
        vocabulary->arena = smaller;
        vocabulary->arena_size = vocabulary->arena_used;
    }
}

int inf_vocabulary_new(const struct cJSON *tokens, bool fold, struct inf_vocabulary **ret,
                       struct inf_error *err)
{
    struct inf_vocabulary *vocabulary = NULL;
    size_t count = 0;
    size_t arena = 0;
    if (measure(tokens, fold, &count, &arena, err) != 0) {
        return -1;
    }
    vocabulary = inf_alloc(1, sizeof *vocabulary);
    vocabulary->fold = fold;
    if (allocate(vocabulary, count, arena, err) != 0) {
        goto failed;
    }
    for (const struct cJSON *item = inf_json_first(tokens); item; item = inf_json_next(item)) {
        add_token(vocabulary, inf_json_string(item));
        if (insert(vocabulary, (uint32_t)vocabulary->count - 1, err) != 0) {
            goto failed;
        }
    }
    assert(vocabulary->count == count && vocabulary->arena_used <= arena);
    trim_arena(vocabulary);
    *ret = vocabulary;
    return 0;

failed:
    inf_vocabulary_free(vocabulary);
    return -1;
}

void inf_vocabulary_free(struct inf_vocabulary *vocabulary)
{
    if (!vocabulary) {
        return;
    }
    free(vocabulary->arena);
    free(vocabulary->entries);
    free(vocabulary->slots);
    free(vocabulary);
}

size_t inf_vocabulary_memory(const struct inf_vocabulary *vocabulary)
{
    return sizeof *vocabulary + vocabulary->arena_size +
           vocabulary->count * sizeof *vocabulary->entries +
           vocabulary->slot_count * sizeof *vocabulary->slots;
}

size_t inf_vocabulary_size(const struct inf_vocabulary *vocabulary)
{
    return vocabulary->count;
}

size_t inf_vocabulary_longest(const struct inf_vocabulary *vocabulary)
{
    return vocabulary->longest;
}

const char *inf_vocabulary_token(const struct inf_vocabulary *vocabulary, int32_t id)
{
    if (id < 0 || (size_t)id >= vocabulary->count) {
        return NULL;
    }
    return vocabulary->arena + vocabulary->entries[id].token;
}
