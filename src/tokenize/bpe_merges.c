/* bpe_merges.c - an open-addressing table from a symbol's bytes to its number.
 *
 * Most look-ups are for pairs that no merge makes, and end at a byte of the table's tags, which fit
 * into a processor's cache. Nine of ten symbols have at most 8 bytes and are their own key; a
 * longer one is found by a hash of its bytes and compared in the arena. The table is at most half
 * full; merges made to collide are refused when they are loaded, as in vocabulary.c.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "bpe_merges.h"

#include "bpe_letters.h"
#include "inferd/alloc.h"
#include "inferd/json.h"
#include <endian.h>
#include <stdlib.h>
#include <string.h>

#define PROBES_MAX 256
#define SHORT_MAX 8  /* bytes of a symbol that is its own key */
#define SHOWN_MAX 64 /* bytes of a merge in an error text */

struct inf_bpe_merges {
    unsigned char *arena;
    size_t arena_used, arena_size;
    uint32_t *starts; /* where each merge's bytes begin, and the end of the last */
    uint32_t count;   /* merges */
    uint32_t longest; /* bytes */
    struct inf_symbol *slots;
    unsigned char *tags; /* of each slot 7 bits of its hash and 1; 0: it is free */
    size_t slot_count;   /* a power of two */
};

/* ---- look-up ---- */

/* The first `length` <= 8 bytes as a number. */
static inline uint64_t load(const unsigned char *data, size_t length, const unsigned char *end)
{
    uint64_t value = 0;
    if (end - data >= SHORT_MAX) {
        memcpy(&value, data, SHORT_MAX);
        return le64toh(value) & UINT64_MAX >> (64 - 8 * length);
    }
    for (size_t i = 0; i < length; i++) {
        value |= (uint64_t)data[i] << (8 * i);
    }
    return value;
}

static uint64_t mix(uint64_t value)
{
    value *= UINT64_C(0x9e3779b97f4a7c15);
    return value ^ value >> 32;
}

static uint64_t hash_long(struct inf_bytes bytes)
{
    uint64_t hash = 0;
    for (size_t at = 0; at < bytes.length; at += SHORT_MAX) {
        size_t left = bytes.length - at;
        hash = mix(hash ^ load(bytes.data + at, left < SHORT_MAX ? left : SHORT_MAX, bytes.end));
    }
    return hash;
}

/* Small lengths differ in the high bits that a short key leaves at zero. */
static inline uint64_t slot_hash(uint64_t key, size_t length)
{
    return mix(key + ((uint64_t)length << 56));
}

static inline unsigned char tag_of(uint64_t hash)
{
    return (unsigned char)(hash >> 57 | 0x80);
}

static inline bool is_at(const struct inf_bpe_merges *merges, const struct inf_symbol *slot,
                         uint64_t key, struct inf_bytes bytes)
{
    return slot->key == key && slot->length == bytes.length &&
           (bytes.length <= SHORT_MAX ||
            memcmp(merges->arena + merges->starts[slot->number - INF_SYMBOL_FIRST], bytes.data,
                   bytes.length) == 0);
}

/* The number of the slot that has these bytes or would take them; SIZE_MAX when too many are taken
 * around it. */
static inline size_t find_slot(const struct inf_bpe_merges *merges, struct inf_bytes bytes,
                               uint64_t key)
{
    uint64_t hash = slot_hash(key, bytes.length);
    unsigned char tag = tag_of(hash);
    for (size_t probe = 0; probe < PROBES_MAX; probe++) {
        size_t slot = (size_t)(hash + probe) & (merges->slot_count - 1);
        if (merges->tags[slot] == 0 ||
            (merges->tags[slot] == tag && is_at(merges, &merges->slots[slot], key, bytes))) {
            return slot;
        }
    }
    return SIZE_MAX;
}

static inline uint64_t key_of(struct inf_bytes bytes)
{
    return bytes.length <= SHORT_MAX ? load(bytes.data, bytes.length, bytes.end) : hash_long(bytes);
}

const struct inf_symbol *inf_bpe_merges_find(const struct inf_bpe_merges *merges,
                                             struct inf_bytes bytes)
{
    if (bytes.length > merges->longest || bytes.length < 2) {
        return NULL;
    }
    size_t slot = find_slot(merges, bytes, key_of(bytes));
    return slot != SIZE_MAX && merges->tags[slot] ? &merges->slots[slot] : NULL;
}

/* ---- loading ---- */

static int refuse(size_t entry, const char *merge, const char *why, struct inf_error *err)
{
    return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                         "[merges] must hold two tokens with one blank between them in each entry; "
                         "entry [%zu] [%.*s] %s",
                         entry, (int)inf_utf8_cut(merge, strlen(merge), SHOWN_MAX), merge, why);
}

/* Finds the blank that parts the two tokens. */
static int check(size_t entry, const char *merge, const char **ret_blank, struct inf_error *err)
{
    const char *blank = strchr(merge, ' ');
    if (!blank) {
        return refuse(entry, merge, "has no blank", err);
    }
    if (strchr(blank + 1, ' ')) {
        return refuse(entry, merge, "has more than one blank", err);
    }
    if (blank == merge || blank[1] == '\0') {
        return refuse(entry, merge, "has one token only", err);
    }
    *ret_blank = blank;
    return 0;
}

static const struct cJSON *first_merge(const struct cJSON *merges, size_t *ret_entry)
{
    static const char version[] = "#version";
    const struct cJSON *first = inf_json_first(merges);
    const char *text = inf_json_string(first);
    *ret_entry = text && strncmp(text, version, sizeof version - 1) == 0 ? 1 : 0;
    return *ret_entry ? inf_json_next(first) : first;
}

static int measure(const struct cJSON *array, size_t *ret_count, size_t *ret_bytes,
                   struct inf_error *err)
{
    size_t entry = 0;
    *ret_count = 0;
    *ret_bytes = 0;
    for (const struct cJSON *item = first_merge(array, &entry); item; item = inf_json_next(item)) {
        const char *merge = inf_json_string(item);
        const char *blank = NULL;
        if (!merge) {
            return refuse(entry, "", "is not a string", err);
        }
        if (check(entry++, merge, &blank, err) != 0) {
            return -1;
        }
        *ret_count += 1;
        *ret_bytes += strlen(merge);
    }
    if (*ret_count > INT32_MAX / 4 || *ret_bytes > UINT32_MAX) {
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "[merges] must not be longer than 4gb");
    }
    return 0;
}

/* Adds the symbol whose bytes stand at the end of the arena, unless it is there already. */
static int add_symbol(struct inf_bpe_merges *merges, size_t length, struct inf_error *err)
{
    struct inf_bytes bytes = {merges->arena + merges->arena_used, length,
                              merges->arena + merges->arena_used + length};
    uint64_t key = key_of(bytes);
    size_t slot = find_slot(merges, bytes, key);
    if (slot == SIZE_MAX) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the vocabulary's merges are made to collide in a hash table");
    }
    if (merges->tags[slot]) {
        return 0;
    }
    merges->tags[slot] = tag_of(slot_hash(key, length));
    merges->slots[slot] = (struct inf_symbol){
        .key = key, .number = INF_SYMBOL_FIRST + merges->count, .length = (uint16_t)length};
    merges->count++;
    merges->arena_used += length;
    merges->starts[merges->count] = (uint32_t)merges->arena_used;
    if (length > merges->longest) {
        merges->longest = (uint32_t)length;
    }
    return 0;
}

/* A merge with a character that stands for no byte never happens in a text, and is left out. */
static int add_merge(struct inf_bpe_merges *merges, size_t entry, const char *merge,
                     struct inf_error *err)
{
    unsigned char *dest = merges->arena + merges->arena_used;
    const char *blank = NULL;
    if (check(entry, merge, &blank, err) != 0) {
        return -1;
    }
    size_t left = inf_letters_read(merge, (size_t)(blank - merge), dest);
    if (left == SIZE_MAX) {
        return 0;
    }
    size_t right = inf_letters_read(blank + 1, strlen(blank + 1), dest + left);
    if (right == SIZE_MAX) {
        return 0;
    }
    if (left + right > INF_SYMBOL_BYTES_MAX) {
        return refuse(entry, merge, "makes a token of more than 1024 bytes", err);
    }
    return add_symbol(merges, left + right, err);
}

static int allocate(struct inf_bpe_merges *merges, size_t count, size_t bytes,
                    struct inf_error *err)
{
    merges->slot_count = 16;
    while (merges->slot_count < 2 * count) {
        merges->slot_count *= 2;
    }
    merges->arena_size = bytes + 1;
    merges->arena = malloc(merges->arena_size);
    merges->starts = calloc(count + 1, sizeof *merges->starts);
    merges->slots = calloc(merges->slot_count, sizeof *merges->slots);
    merges->tags = calloc(merges->slot_count, 1);
    if (!merges->arena || !merges->starts || !merges->slots || !merges->tags) {
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for [%zu] merges", count);
    }
    return 0;
}

/* Gives back what two-byte letters needed and their bytes do not. */
static void trim_arena(struct inf_bpe_merges *merges)
{
    unsigned char *smaller = realloc(merges->arena, merges->arena_used + 1);
    if (smaller) {
        merges->arena = smaller;
        merges->arena_size = merges->arena_used + 1;
    }
}

int inf_bpe_merges_new(const struct cJSON *merges, struct inf_bpe_merges **ret,
                       struct inf_error *err)
{
    struct inf_bpe_merges *made = NULL;
    size_t count = 0;
    size_t bytes = 0;
    size_t entry = 0;
    if (measure(merges, &count, &bytes, err) != 0) {
        return -1;
    }
    made = inf_alloc(1, sizeof *made);
    if (allocate(made, count, bytes, err) != 0) {
        goto failed;
    }
    for (const struct cJSON *item = first_merge(merges, &entry); item; item = inf_json_next(item)) {
        if (add_merge(made, entry++, inf_json_string(item), err) != 0) {
            goto failed;
        }
    }
    trim_arena(made);
    *ret = made;
    return 0;

failed:
    inf_bpe_merges_free(made);
    return -1;
}

void inf_bpe_merges_free(struct inf_bpe_merges *merges)
{
    if (!merges) {
        return;
    }
    free(merges->arena);
    free(merges->starts);
    free(merges->slots);
    free(merges->tags);
    free(merges);
}

/* ---- the rest ---- */

size_t inf_bpe_merges_memory(const struct inf_bpe_merges *merges)
{
    return sizeof *merges + merges->arena_size + (merges->count + 1) * sizeof *merges->starts +
           merges->slot_count * (sizeof *merges->slots + 1);
}

uint32_t inf_bpe_merges_count(const struct inf_bpe_merges *merges)
{
    return INF_SYMBOL_FIRST + merges->count;
}

struct inf_bytes inf_bpe_merges_bytes(const struct inf_bpe_merges *merges, uint32_t number)
{
    const uint32_t *start = &merges->starts[number - INF_SYMBOL_FIRST];
    return (struct inf_bytes){merges->arena + start[0], start[1] - start[0],
                              merges->arena + merges->arena_used};
}

void inf_bpe_merges_mark(struct inf_bpe_merges *merges, uint32_t number)
{
    struct inf_bytes bytes = inf_bpe_merges_bytes(merges, number);
    merges->slots[find_slot(merges, bytes, key_of(bytes))].whole = true;
}
