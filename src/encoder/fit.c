/* A fit is its fixed part, the sizes, and the fingerprint of all before it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fit.h"
#include "fingerprint.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC 0x31465049U /* "IPF1" */
#define STEPS 8.0F        /* of a code, to twice the size */
#define ONE 128           /* the code of 1 */

struct fixed {
    uint32_t magic, version;
    struct inf_fit_aim aim;
    struct inf_precision_report report;
    uint8_t narrow[INF_FIT_LINEARS];
};

uint8_t inf_fit_code(float size)
{
    if (!(size > 0))
        return 0;
    return (uint8_t)lrintf(fminf(fmaxf(STEPS * log2f(size) + ONE, 1), UINT8_MAX));
}

float inf_fit_size(uint8_t code)
{
    return code == 0 ? 0 : exp2f(((float)code - ONE) / STEPS);
}

int inf_fit_write(const struct inf_fit *fit, struct inf_packed_fit *ret)
{
    size_t sizes = (size_t)fit->aim.size_count, length = sizeof(struct fixed) + sizes;
    struct fixed fixed;
    uint64_t seal = 0;
    char *bytes = NULL;

    memset(&fixed, 0, sizeof fixed); /* what lies between its members, too */
    fixed.magic = MAGIC;
    fixed.version = INF_PACKED_VERSION;
    fixed.aim = fit->aim;
    fixed.report = fit->report;
    memcpy(fixed.narrow, fit->narrow, sizeof fixed.narrow);
    if (length + sizeof seal > INF_PACKED_FIT)
        return -1;
    bytes = malloc(length + sizeof seal);
    if (bytes == NULL)
        return -1;
    memcpy(bytes, &fixed, sizeof fixed);
    if (sizes > 0)
        memcpy(bytes + sizeof fixed, fit->sizes, sizes);
    seal = inf_fingerprint(0, bytes, length);
    memcpy(bytes + length, &seal, sizeof seal);
    *ret = (struct inf_packed_fit){bytes, length + sizeof seal};
    return 0;
}

static bool is_same(const struct inf_fit_aim *a, const struct inf_fit_aim *b)
{
    return a->samples == b->samples && a->min_cosine == b->min_cosine && a->type == b->type &&
           a->linears == b->linears && a->size_count == b->size_count;
}

static bool is_sound(const struct fixed *fixed)
{
    int narrow = 0;

    if (fixed->aim.linears < 0 || fixed->aim.linears > INF_FIT_LINEARS)
        return false;
    for (int i = 0; i < fixed->aim.linears; i++) {
        if (fixed->narrow[i] > 1)
            return false;
        narrow += fixed->narrow[i];
    }
    return narrow > 0 && fixed->report.linears == fixed->aim.linears &&
           fixed->report.narrow_linears == narrow;
}

int inf_fit_read(const void *bytes, size_t length, const struct inf_fit_aim *aim,
                 struct inf_fit *ret)
{
    struct fixed fixed;
    uint64_t seal = 0;

    if (aim->size_count < 0 || length > INF_PACKED_FIT ||
        length != sizeof fixed + (uint64_t)aim->size_count + sizeof seal)
        return -1;
    memcpy(&fixed, bytes, sizeof fixed);
    memcpy(&seal, (const char *)bytes + length - sizeof seal, sizeof seal);
    if (fixed.magic != MAGIC || fixed.version != INF_PACKED_VERSION ||
        seal != inf_fingerprint(0, bytes, length - sizeof seal) || !is_same(&fixed.aim, aim) ||
        !is_sound(&fixed))
        return -1;
    *ret = (struct inf_fit){
        .aim = fixed.aim, .report = fixed.report, .sizes = (const uint8_t *)bytes + sizeof fixed};
    memcpy(ret->narrow, fixed.narrow, sizeof ret->narrow);
    return 0;
}
