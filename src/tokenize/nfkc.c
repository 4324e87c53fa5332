/* nfkc.c - normalisation form KC with extents, one cluster at a time.
 *
 * A cluster begins at a code point that never composes with one before it, so clusters can be
 * normalised one by one, and an extent is never wider than a letter with its marks. In Unicode only
 * marks and the vowels and finals of Hangul compose with what is before them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "nfkc.h"

#include <utf8proc.h>

#define PARTS_MAX 32 /* code points that one decomposes to: 18 for U+FDFA, the longest */

/* Point in lower case. The one letter whose lower case is two code points is split here. */
static int lower(int32_t point, int32_t parts[2])
{
    if (point == 0x130) {
        parts[0] = 'i';
        parts[1] = 0x307;
        return 2;
    }
    parts[0] = utf8proc_tolower(point);
    return 1;
}

static int decompose(const struct inf_nfkc *nfkc, int32_t point, int32_t parts[PARTS_MAX])
{
    int boundary = UTF8PROC_BOUNDCLASS_START;
    int32_t lowered[2] = {point};
    int count = nfkc->lower_case ? lower(point, lowered) : 1;
    if (count > 1 || lowered[0] < 0x80) {
        parts[0] = lowered[0];
        parts[1] = lowered[1];
        return count;
    }
    count = (int)utf8proc_decompose_char(lowered[0], parts, PARTS_MAX,
                                         UTF8PROC_DECOMPOSE | UTF8PROC_COMPAT | UTF8PROC_STABLE,
                                         &boundary);
    if (count <= 0 || count > PARTS_MAX) {
        parts[0] = lowered[0];
        return 1;
    }
    return count;
}

static bool begins_cluster(int32_t point)
{
    if (point < 0x300) {
        return true;
    }
    if (point >= 0x1160 && point <= 0x11ff) {
        return false;
    }
    switch (utf8proc_get_property(point)->category) {
    case UTF8PROC_CATEGORY_MN:
    case UTF8PROC_CATEGORY_MC:
    case UTF8PROC_CATEGORY_ME:
        return false;
    default:
        return true;
    }
}

/* Sorts marks by combining class where two or more follow each other. Insertion is enough, a
 * cluster being small. Returns whether anything moved. */
static bool order_marks(struct inf_nfkc *nfkc)
{
    uint8_t classes[INF_NFKC_CLUSTER];
    bool moved = false;
    for (int i = 0; i < nfkc->count; i++) {
        struct inf_nfkc_point point = nfkc->cluster[i];
        int class = utf8proc_get_property(point.point)->combining_class;
        int at = i;
        while (class != 0 && at > 0 && classes[at - 1] > class) {
            nfkc->cluster[at] = nfkc->cluster[at - 1];
            classes[at] = classes[at - 1];
            at--;
            moved = true;
        }
        nfkc->cluster[at] = point;
        classes[at] = (uint8_t) class;
    }
    return moved;
}

/* Returns whether code points merged. */
static bool compose(struct inf_nfkc *nfkc)
{
    int32_t points[INF_NFKC_CLUSTER];
    int before = nfkc->count;
    for (int i = 0; i < before; i++) {
        points[i] = nfkc->cluster[i].point;
    }
    nfkc->count = (int)utf8proc_normalize_utf32(points, before, UTF8PROC_COMPOSE | UTF8PROC_STABLE);
    for (int i = 0; i < nfkc->count; i++) {
        nfkc->cluster[i].point = points[i];
    }
    return nfkc->count != before;
}

static void normalise(struct inf_nfkc *nfkc)
{
    int start = nfkc->cluster[0].start;
    int end = nfkc->cluster[nfkc->count - 1].end;
    bool moved = order_marks(nfkc);
    if (compose(nfkc) || moved) {
        for (int i = 0; i < nfkc->count; i++) {
            nfkc->cluster[i].start = start;
            nfkc->cluster[i].end = end;
        }
    }
}

int inf_nfkc_flush(struct inf_nfkc *nfkc)
{
    int rc = 0;
    if (nfkc->count > 1) {
        normalise(nfkc);
    }
    for (int i = 0; i < nfkc->count && rc == 0; i++) {
        rc = nfkc->sink(nfkc->arg, &nfkc->cluster[i]);
    }
    nfkc->count = 0;
    return rc;
}

int inf_nfkc_add(struct inf_nfkc *nfkc, int32_t point, int start, int end)
{
    int32_t parts[PARTS_MAX];
    int count = decompose(nfkc, point, parts);
    int rc = 0;
    if (begins_cluster(parts[0]) || nfkc->count + count > INF_NFKC_CLUSTER) {
        rc = inf_nfkc_flush(nfkc);
    }
    for (int i = 0; i < count; i++) {
        nfkc->cluster[nfkc->count++] = (struct inf_nfkc_point){parts[i], start, end};
    }
    return rc;
}
