/* similarity.c - Levenshtein similarity and the "did you mean" text.
 *
 * The threshold of one half and the order (best first, then by name) are Elasticsearch's. The same
 * text serves settings, query parameters and body fields, which differ only in what stands before.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/similarity.h"

#include <string.h>

enum { LONGEST = 64 };

static size_t least_of(size_t a, size_t b, size_t c)
{
    size_t least = a < b ? a : b;
    return least < c ? least : c;
}

/* The table of edit distances needs only its last row, which is updated in place. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t row[LONGEST + 1];
    for (size_t j = 0; j <= b_length; j++) {
        row[j] = j;
    }
    for (size_t i = 1; i <= a_length; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t above = row[j];
            row[j] = least_of(above + 1, row[j - 1] + 1, diagonal + (a[i - 1] != b[j - 1]));
            diagonal = above;
        }
    }
    return row[b_length];
}

float inf_similarity(const char *a, const char *b)
{
    size_t a_length = strlen(a), b_length = strlen(b);
    size_t longer = a_length > b_length ? a_length : b_length;
    if (longer == 0) {
        return 1;
    }
    if (longer > LONGEST) {
        return 0;
    }
    return 1.0F - (float)edit_distance(a, a_length, b, b_length) / (float)longer;
}

struct near {
    const char *name;
    float score;
};

static int is_before(const struct near *a, const struct near *b)
{
    return a->score > b->score || (a->score == b->score && strcmp(a->name, b->name) < 0);
}

/* Keeps the best INF_SUGGESTIONS in order; returns the new count. */
static size_t insert(struct near *list, size_t count, struct near item)
{
    size_t at = count;
    if (count < INF_SUGGESTIONS) {
        count++;
    } else if (is_before(&item, &list[count - 1])) {
        at = count - 1; /* the worst makes room */
    } else {
        return count;
    }
    while (at > 0 && is_before(&item, &list[at - 1])) {
        list[at] = list[at - 1];
        at--;
    }
    list[at] = item;
    return count;
}

void inf_suggest(struct inf_buf *out, const char *lead, const char *wrong,
                 const char *const *candidates, size_t count)
{
    struct near list[INF_SUGGESTIONS];
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        float score = inf_similarity(wrong, candidates[i]);
        if (score > 0.5F) {
            found = insert(list, found, (struct near){candidates[i], score});
        }
    }
    if (found == 0) {
        return;
    }
    inf_buf_printf(out, "%sdid you mean %s[", lead, found > 1 ? "any of " : "");
    for (size_t i = 0; i < found; i++) {
        inf_buf_printf(out, "%s%s", i > 0 ? ", " : "", list[i].name);
    }
    inf_buf_puts(out, "]?");
}
