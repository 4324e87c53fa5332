/* kept.c - a record is a text of fixed length, which is compared as a whole, a letter that says
 * what follows, and that. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "kept.h"
#include "inferd/cpu_kind.h"
#include "inferd/version.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define KEY 256
#define HEAD (KEY + 1)
#define NOTE 'n'
#define REFUSAL 'r'
#define FIT 'f'

/* ---- the circumstances ---- */

static void print_key(const struct inf_frame_spawn *wanted, char ret[KEY])
{
    char cpu[INF_CPU_KIND];

    memset(ret, 0, KEY);
    snprintf(ret, KEY, "inferd " INF_VERSION ", %.64s, note %u, rules %u, %s, %" PRId64 ", %s",
             inf_engine_version(), (unsigned)INF_PACKED_VERSION, (unsigned)inf_vet_rules(),
             wanted->approved != 0 ? "approved" : "allowed", wanted->model_size,
             inf_cpu_kind_print(cpu));
}

/* ---- in ---- */

/* Who wants it packed at any rate gets a proof, or the failure of one. */
static bool is_of_now(const struct inf_frame_spawn *wanted, const char *record, size_t length)
{
    char key[KEY];

    print_key(wanted, key);
    if (length <= HEAD || (record[KEY] != NOTE && record[KEY] != REFUSAL) ||
        (record[KEY] == REFUSAL && wanted->encoder == INF_ENCODER_PACKED))
        return false;
    return wanted->encoder != INF_ENCODER_MODULE && memcmp(record, key, KEY) == 0;
}

int inf_kept_receive(int control, const struct inf_frame_spawn *wanted, struct inf_kept *ret)
{
    struct inf_frame_header header;
    void *record = NULL;
    size_t capacity = 0;

    *ret = (struct inf_kept){0};
    if (wanted->has_proof == 0)
        return 0;
    if (inf_frame_receive(control, &header, &record, &capacity, NULL, 0) != 1 ||
        header.type != INF_FRAME_PROOF) {
        free(record);
        return -1;
    }
    if (is_of_now(wanted, record, header.length))
        *ret = (struct inf_kept){record, header.length, ((const char *)record)[KEY] == REFUSAL};
    else
        free(record);
    return 0;
}

int inf_kept_restore(struct inf_kept *kept, int definition, int64_t size,
                     struct inf_engine_model **ret, struct inf_engine_packed *ret_packed,
                     char *reason, size_t reason_size)
{
    struct inf_packed_file *file = inf_kept_open_file(definition, size, false);
    int rc = -1;

    snprintf(reason, reason_size, "there is no memory for the definition");
    if (file != NULL)
        rc = inf_engine_restore(file, (const char *)kept->record + HEAD, kept->length - HEAD, ret,
                                ret_packed, reason, reason_size);
    inf_kept_close_file(file);
    free(kept->record);
    *kept = (struct inf_kept){0};
    return rc;
}

void inf_kept_refuse(struct inf_kept *kept, char *reason, size_t reason_size)
{
    snprintf(reason, reason_size, "%.*s", (int)(kept->length - HEAD),
             (const char *)kept->record + HEAD);
    free(kept->record);
    *kept = (struct inf_kept){0};
}

/* ---- out ---- */

static void send_record(int control, const struct inf_frame_spawn *wanted, char kind,
                        const char *content, size_t length)
{
    struct inf_frame_header header = {.type = INF_FRAME_PROVEN,
                                      .length = (uint32_t)(HEAD + length)};
    char head[HEAD];

    print_key(wanted, head);
    head[KEY] = kind;
    (void)inf_frame_send(control, &header, head, HEAD, content, length, NULL, 0);
}

void inf_kept_send_refusal(int control, const struct inf_frame_spawn *wanted, const char *reason)
{
    if (reason[0] != '\0' && strstr(reason, "memory") == NULL)
        send_record(control, wanted, REFUSAL, reason, strlen(reason));
}

void inf_kept_send(int control, const struct inf_frame_spawn *wanted,
                   struct inf_engine_packed *packed)
{
    if (packed->note.bytes != NULL && packed->note.length <= INF_PACKED_NOTE)
        send_record(control, wanted, NOTE, packed->note.bytes, packed->note.length);
    free(packed->note.bytes);
    packed->note = (struct inf_packed_note){0};
}

/* ---- fits ---- */

bool inf_kept_read_fit(const struct inf_frame_spawn *wanted, const void *record, size_t length,
                       struct inf_packed_fit *ret)
{
    char key[KEY];

    print_key(wanted, key);
    if (length <= HEAD || ((const char *)record)[KEY] != FIT || memcmp(record, key, KEY) != 0)
        return false;
    *ret = (struct inf_packed_fit){(char *)record + HEAD, length - HEAD};
    return true;
}

/* Without memory for the record the report goes alone. */
int inf_kept_send_quantized(int control, const struct inf_frame_spawn *wanted,
                            const struct inf_precision_report *report, struct inf_packed_fit *fit)
{
    struct inf_frame_header header = {.type = INF_FRAME_QUANTIZED, .length = sizeof *report};
    char *record = fit->bytes != NULL ? malloc(HEAD + fit->length) : NULL;
    size_t length = record != NULL ? HEAD + fit->length : 0;
    long sent = 0;

    if (record != NULL) {
        print_key(wanted, record);
        record[KEY] = FIT;
        memcpy(record + HEAD, fit->bytes, fit->length);
    }
    header.length += (uint32_t)length;
    sent = inf_frame_send(control, &header, report, sizeof *report, record, length, NULL, 0);
    free(record);
    free(fit->bytes);
    *fit = (struct inf_packed_fit){0};
    return sent < 0 ? -1 : 0;
}

/* ---- the file ---- */

static int read_parts(int definition, struct inf_packed_file *file)
{
    struct inf_vet_facts facts = {0};
    struct inf_error ignored; /* the prover finds the same, and says so */
    struct inf_packed_part *parts = NULL;

    if (inf_vet_archive(definition, file->length, inf_engine_version(), &facts, &ignored) != 0)
        return -1;
    parts = calloc(facts.span_count + 1, sizeof *parts);
    for (size_t i = 0; i < facts.span_count && parts != NULL; i++)
        parts[i] = (struct inf_packed_part){facts.spans[i].offset, facts.spans[i].length};
    file->parts = parts;
    file->part_count = facts.span_count;
    free(facts.spans);
    return parts != NULL ? 0 : -1;
}

struct inf_packed_file *inf_kept_open_file(int definition, int64_t size, bool with_parts)
{
    struct inf_packed_file *file = calloc(1, sizeof *file);
    void *bytes = MAP_FAILED;

    if (file == NULL)
        return NULL;
    if (size > 0)
        bytes = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, definition, 0);
    if (bytes != MAP_FAILED) {
        file->bytes = bytes;
        file->length = size;
    }
    if (file->bytes != NULL && (!with_parts || read_parts(definition, file) == 0))
        return file;
    inf_kept_close_file(file);
    return NULL;
}

void inf_kept_close_file(struct inf_packed_file *file)
{
    if (file == NULL)
        return;
    if (file->bytes != NULL)
        munmap((void *)file->bytes, (size_t)file->length);
    free((void *)file->parts);
    free(file);
}
