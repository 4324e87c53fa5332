/* fuzz_fit.c - what fitting a model to fewer bits found, and was kept. The input is a fit without
 * its last 8 bytes, the fingerprint, which is put on here, so that it is in nobody's way. What is
 * asked for is what the fit says of itself, so that this is not in the way, either. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fingerprint.h"
#include "fit.h"
#include "must.h"

#include <stdint.h>
#include <string.h>

enum { LONGEST = 8192, AIM_AT = 8 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void look(const struct inf_fit *fit)
{
    struct inf_packed_fit again;
    struct inf_fit read;
    int narrow = 0;

    MUST(fit->aim.linears > 0 && fit->aim.linears <= INF_FIT_LINEARS);
    for (int i = 0; i < fit->aim.linears; i++)
        narrow += fit->narrow[i] == 1;
    MUST(narrow > 0 && fit->report.narrow_linears == narrow);
    for (int64_t i = 0; i < fit->aim.size_count; i++)
        MUST(inf_fit_code(inf_fit_size(fit->sizes[i])) == fit->sizes[i]);
    MUST(inf_fit_write(fit, &again) == 0);
    MUST(inf_fit_read(again.bytes, again.length, &fit->aim, &read) == 0);
    free(again.bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint64_t seal = inf_fingerprint(0, data, size);
    struct inf_fit_aim aim = {0};
    struct inf_fit fit;
    char *bytes = NULL;

    if (size > LONGEST || (bytes = malloc(size + sizeof seal)) == NULL)
        return 0;
    memcpy(bytes, data, size);
    memcpy(bytes + size, &seal, sizeof seal);
    if (size >= AIM_AT + sizeof aim)
        memcpy(&aim, data + AIM_AT, sizeof aim);
    if (inf_fit_read(bytes, size + sizeof seal, &aim, &fit) == 0)
        look(&fit);
    free(bytes);
    return 0;
}
