/* fuzz_pickle.c - a pickle program of a model's archive, walked.
 *
 * Input: a byte of options (bits 0 and 1: what the program must leave; bit 2: own states), a byte
 * with the number of records, for each three bytes with its size (lowest first; the highest bit of
 * the last: there is no such record), and the program. tests/fuzz/make_pickle_seeds.py makes inputs
 * of files that torch wrote. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "invariants.h"

#include "pickle.h"
#include <string.h>

#define RECORDS_MAX 32
#define RECORD_BYTES 3

struct records {
    const uint8_t *sizes;
    size_t count;
};

static int64_t record_size(void *arg, const char *key)
{
    const struct records *records = arg;
    const uint8_t *size = NULL;
    size_t length = strlen(key);
    char *end = NULL;
    unsigned long i = strtoul(key, &end, 10);
    MUST(length > 0 && length < 20 && *end == '\0' && key[0] >= '0' && key[0] <= '9');
    if (i >= records->count) {
        return -1;
    }
    size = records->sizes + i * RECORD_BYTES;
    return size[2] & 0x80 ? -1 : size[0] | size[1] << 8 | size[2] << 16;
}

static void check_reason(const struct inf_error *err)
{
    MUST(err->code == INF_ERR_BAD_REQUEST && strncmp(err->reason, "[data.pkl] at byte ", 19) == 0);
    MUST(strlen(err->reason) < INF_REASON_MAX - 1);
    for (const char *c = err->reason; *c != '\0'; c++) {
        MUST(*c >= ' ' && *c <= '~');
    }
}

static bool passes(const uint8_t *program, size_t length, const struct inf_pickle_options *options,
                   struct inf_pickle_facts *ret)
{
    struct inf_error err = {0};
    /* A copy, so that reading behind it is seen. */
    uint8_t *exact = malloc(length ? length : 1);
    int rc = 0;
    MUST(exact);
    if (length) {
        memcpy(exact, program, length);
    }
    rc = inf_pickle_check(exact, length, options, ret, &err);
    free(exact);
    if (rc != 0) {
        check_reason(&err);
    }
    return rc == 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct records records = {.sizes = data + 2};
    struct inf_pickle_options options = {
        .name = "data.pkl", .record_size = record_size, .arg = &records};
    struct inf_pickle_facts facts = {0}, again = {0};
    size_t head = 0;
    if (size < 2) {
        return 0;
    }
    records.count = data[1] % (RECORDS_MAX + 1);
    head = 2 + records.count * RECORD_BYTES;
    if (size < head) {
        return 0;
    }
    options.top = (data[0] & 3) % (INF_PICKLE_TOP_TUPLE + 1);
    options.own_states = (data[0] & 4) != 0;
    if (passes(data + head, size - head, &options, &facts)) {
        /* No beginning of it passes, and with looser options it does too. */
        MUST(data[head] == 0x80 && data[size - 1] == '.' && facts.tensors < size);
        MUST(!passes(data + head, size - head - 1, &options, &again));
        options.top = INF_PICKLE_TOP_ANY;
        options.own_states = true;
        MUST(passes(data + head, size - head, &options, &again) && again.tensors == facts.tensors);
    }
    return 0;
}
