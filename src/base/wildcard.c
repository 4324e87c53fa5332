/* wildcard.c - id expressions with `*`.
 *
 * Only the last star is ever revisited: what stands before it has matched as early as possible, and
 * an earlier star could not do better. So the cost is at most pattern times text, however many
 * stars a hostile pattern has. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/strmap.h"

#include <string.h>

int inf_wildcard_match(const char *pattern, const char *text)
{
    const char *after_star = NULL; /* the pattern behind the last star seen */
    const char *resume = NULL;     /* where in text that rest is tried next */
    if (strcmp(pattern, "_all") == 0) {
        return 1;
    }
    while (*text) {
        if (*pattern == '*') {
            after_star = ++pattern;
            resume = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (after_star) {
            pattern = after_star;
            text = ++resume;
        } else {
            return 0;
        }
    }
    pattern += strspn(pattern, "*");
    return *pattern == '\0';
}
