/* vet.c - one archive, from its directory to the last pickle.
 *
 * A record that libtorch would never look for is refused as well: nobody who saved a model put it
 * there, and some names lead libtorch into readers for older formats that nobody here has checked
 * (model.json). */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/vet.h"
#include "archive.h"
#include "code.h"
#include "pickle.h"
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define VERSION_MAX 32
#define PICKLE_MAX ((size_t)256 << 20)
#define CODE_MAX ((size_t)64 << 20)        /* one record */
#define ALL_CODE_MAX ((uint64_t)256 << 20) /* of them all */

struct vetting {
    const struct inf_archive *archive;
    const char *engine_version;
    struct inf_vet_facts *facts;
};

/* ---- names ---- */

enum kind { UNKNOWN, INERT, CODE, TENSOR };

static bool has_prefix(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

static bool has_suffix(const char *name, const char *suffix)
{
    size_t length = strlen(name), end = strlen(suffix);

    return length > end && strcmp(name + length - end, suffix) == 0;
}

static bool is_number(const char *text)
{
    return text[0] != '\0' && strspn(text, "0123456789") == strlen(text);
}

static enum kind kind_of(const char *name)
{
    static const char *const inert[] = {
        "data.pkl",          "constants.pkl", "traced_inputs.pkl",      "version",
        ".data/version",     "byteorder",     ".data/serialization_id", ".format_version",
        ".storage_alignment"};

    for (size_t i = 0; i < sizeof inert / sizeof inert[0]; i++)
        if (strcmp(name, inert[i]) == 0)
            return INERT;
    if (has_prefix(name, "data/"))
        return is_number(name + strlen("data/")) ? TENSOR : UNKNOWN;
    if (has_prefix(name, "constants/"))
        return is_number(name + strlen("constants/")) ? TENSOR : UNKNOWN;
    if (has_prefix(name, "code/"))
        return has_suffix(name, ".py") ? CODE : has_suffix(name, ".debug_pkl") ? INERT : UNKNOWN;
    /* What tracing saw, and what a user put in; both are read by nobody here. */
    return has_prefix(name, "traced_inputs/") || has_prefix(name, "extra/") ? INERT : UNKNOWN;
}

/* ---- version ---- */

static int read_number(const struct inf_archive *archive, const struct inf_archive_entry *entry,
                       long *ret, struct inf_error *err)
{
    char *text = NULL, *end = NULL;
    size_t length = 0;

    if (inf_archive_read(archive, entry, VERSION_MAX, &text, &length, err) != 0)
        return -1;
    *ret = strtol(text, &end, 10);
    if (end == text || end[strspn(end, "\r\n ")] != '\0' || *ret < 0) {
        inf_error_set(err, INF_ERR_BAD_REQUEST, "record [%s] is no version number", entry->name);
        end = NULL;
    }
    free(text);
    return end != NULL ? 0 : -1;
}

static int check_version(struct vetting *vetting, struct inf_error *err)
{
    static const char *const places[] = {"version", ".data/version"};
    long version = -1;

    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        const struct inf_archive_entry *entry = inf_archive_find(vetting->archive, places[i]);
        long found = -1;

        if (entry == NULL)
            continue;
        if (read_number(vetting->archive, entry, &found, err) != 0)
            return -1;
        if (version >= 0 && found != version)
            return inf_error_set(err, INF_ERR_BAD_REQUEST,
                                 "the records [version] and [.data/version] disagree: [%ld] and "
                                 "[%ld]",
                                 version, found);
        version = found;
    }
    if (version < 0)
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "there is no record [version], so this is no file that torch.jit.save "
                             "wrote");
    if (version > INF_VET_FORMAT_MAX)
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the file has version [%ld] of PyTorch's format, and the engine [%s] "
                             "reads [%d] to [%d]: the PyTorch that wrote it is newer",
                             version, vetting->engine_version, INF_VET_FORMAT_MIN,
                             INF_VET_FORMAT_MAX);
    if (version < INF_VET_FORMAT_MIN)
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the file has version [%ld] of PyTorch's format, and [%d] to [%d] are "
                             "read; save it again with PyTorch 1.4 or newer",
                             version, INF_VET_FORMAT_MIN, INF_VET_FORMAT_MAX);
    vetting->facts->format_version = (int32_t)version;
    return 0;
}

static int check_byte_order(const struct inf_archive *archive, struct inf_error *err)
{
    const struct inf_archive_entry *entry = inf_archive_find(archive, "byteorder");
    char *text = NULL;
    size_t length = 0;
    int rc = 0;

    if (entry == NULL)
        return 0;
    if (inf_archive_read(archive, entry, VERSION_MAX, &text, &length, err) != 0)
        return -1;
    if (strcmp(text, "little") != 0)
        rc = inf_error_set(err, INF_ERR_BAD_REQUEST,
                           "record [byteorder] does not say [little]: the file was saved on a "
                           "machine of another byte order");
    free(text);
    return rc;
}

/* ---- records ---- */

static int check_code(struct vetting *vetting, const struct inf_archive_entry *entry,
                      struct inf_error *err)
{
    char *text = NULL;
    size_t length = 0;
    int rc = 0;

    if (vetting->facts->code_bytes + (uint64_t)entry->size > ALL_CODE_MAX)
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "the source text has more than [%llu] bytes at record [%s]",
                             (unsigned long long)ALL_CODE_MAX, entry->name);
    if (inf_archive_read(vetting->archive, entry, CODE_MAX, &text, &length, err) != 0)
        return -1;
    vetting->facts->code_bytes += length;
    rc = inf_code_check(entry->name, text, length, err);
    free(text);
    return rc;
}

static int check_tensor(struct vetting *vetting, const struct inf_archive_entry *entry,
                        struct inf_error *err)
{
    struct inf_vet_facts *facts = vetting->facts;

    if (entry->deflated)
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "record [%s] is compressed, which PyTorch does with no tensor",
                             entry->name);
    facts->tensor_bytes += (uint64_t)entry->size;
    facts->spans[facts->span_count++] = (struct inf_vet_span){entry->offset, entry->size};
    return 0;
}

static int by_offset(const void *a, const void *b)
{
    int64_t left = ((const struct inf_vet_span *)a)->offset;
    int64_t right = ((const struct inf_vet_span *)b)->offset;

    return left < right ? -1 : left > right;
}

static int check_records(struct vetting *vetting, struct inf_error *err)
{
    struct inf_vet_facts *facts = vetting->facts;
    size_t count = inf_archive_count(vetting->archive);

    facts->records = (uint32_t)count;
    facts->spans = calloc(count + 1, sizeof *facts->spans);
    if (facts->spans == NULL)
        return inf_error_set(err, INF_ERR_INTERNAL, "no memory for [%zu] records", count);
    for (size_t i = 0; i < count; i++) {
        const struct inf_archive_entry *entry = inf_archive_at(vetting->archive, i);
        enum kind kind = kind_of(entry->name);

        if (kind == UNKNOWN)
            return inf_error_set(err, INF_ERR_BAD_REQUEST,
                                 "record [%s] is none that a TorchScript file has", entry->name);
        if ((kind == CODE && check_code(vetting, entry, err) != 0) ||
            (kind == TENSOR && check_tensor(vetting, entry, err) != 0))
            return -1;
    }
    qsort(facts->spans, facts->span_count, sizeof *facts->spans, by_offset);
    return 0;
}

/* ---- pickles ---- */

struct folder {
    const struct inf_archive *archive;
    const char *prefix; /* "data/" */
};

static int64_t record_size(void *arg, const char *key)
{
    const struct folder *folder = arg;
    char name[INF_ARCHIVE_NAME_MAX + 1];
    const struct inf_archive_entry *entry = NULL;
    int length = snprintf(name, sizeof name, "%s%s", folder->prefix, key);

    if (length < 0 || (size_t)length >= sizeof name)
        return -1;
    entry = inf_archive_find(folder->archive, name);
    return entry != NULL ? entry->size : -1;
}

static int check_pickle(struct vetting *vetting, const char *name, const char *prefix,
                        enum inf_pickle_top top, struct inf_error *err)
{
    struct folder folder = {vetting->archive, prefix};
    const struct inf_pickle_options options = {
        .name = name, .record_size = record_size, .arg = &folder, .top = top};
    const struct inf_archive_entry *entry = inf_archive_find(vetting->archive, name);
    struct inf_pickle_facts facts = {0};
    char *program = NULL;
    size_t length = 0;
    int rc = -1;

    if (entry == NULL)
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "there is no record [%s], so this is no TorchScript file%s", name,
                             strcmp(name, "constants.pkl") == 0 &&
                                     inf_archive_find(vetting->archive, "data.pkl") != NULL
                                 ? ", but what torch.save wrote; torch.jit.save is needed"
                                 : "");
    if (inf_archive_read(vetting->archive, entry, PICKLE_MAX, &program, &length, err) != 0)
        return -1;
    rc = inf_pickle_check((const uint8_t *)program, length, &options, &facts, err);
    vetting->facts->tensors += facts.tensors;
    free(program);
    return rc;
}

int inf_vet_archive(int fd, int64_t size, const char *engine_version, struct inf_vet_facts *ret,
                    struct inf_error *err)
{
    struct inf_archive *archive = NULL;
    struct vetting vetting = {.engine_version = engine_version, .facts = ret};
    int rc = -1;

    *ret = (struct inf_vet_facts){0};
    if (inf_archive_open(fd, size, &archive, err) != 0)
        return -1;
    vetting.archive = archive;
    if (check_version(&vetting, err) == 0 && check_byte_order(archive, err) == 0 &&
        check_pickle(&vetting, "constants.pkl", "constants/", INF_PICKLE_TOP_TUPLE, err) == 0 &&
        check_pickle(&vetting, "data.pkl", "data/", INF_PICKLE_TOP_OBJECT, err) == 0 &&
        check_records(&vetting, err) == 0)
        rc = 0;
    if (rc != 0)
        inf_vet_facts_free(ret);
    inf_archive_free(archive);
    return rc;
}

void inf_vet_facts_free(struct inf_vet_facts *facts)
{
    free(facts->spans);
    facts->spans = NULL;
    facts->span_count = 0;
}
