/* probability.c - softmax, and the largest of many values.
 *
 * The best five of a vocabulary of 250,000 are kept in a heap whose root is the worst of them, so
 * that nearly all values cost one comparison. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "probability.h"

#include <math.h>
#include <stdbool.h>

void inf_softmax(double *values, size_t count)
{
    double max = values[0];
    double sum = 0;
    for (size_t i = 1; i < count; i++) {
        max = values[i] > max ? values[i] : max;
    }
    for (size_t i = 0; i < count; i++) {
        values[i] = exp(values[i] - max);
        sum += values[i];
    }
    for (size_t i = 0; i < count; i++) {
        values[i] /= sum;
    }
}

/* ---- the largest ---- */

/* Does a come after b in the answer? */
static bool is_worse(const double *values, size_t a, size_t b)
{
    return values[a] < values[b] || (values[a] == values[b] && a > b);
}

/* Puts heap[at] where it belongs: every index is worse than those below it. */
static void sift_down(const double *values, size_t *heap, size_t size, size_t at)
{
    for (;;) {
        size_t worst = at;
        for (size_t child = 2 * at + 1; child <= 2 * at + 2 && child < size; child++) {
            if (is_worse(values, heap[child], heap[worst])) {
                worst = child;
            }
        }
        if (worst == at) {
            return;
        }
        size_t moved = heap[at];
        heap[at] = heap[worst];
        heap[worst] = moved;
        at = worst;
    }
}

void inf_top(const double *values, size_t count, size_t wanted, size_t *ret)
{
    for (size_t i = 0; i < wanted; i++) {
        ret[i] = i;
    }
    for (size_t i = wanted / 2; i > 0; i--) {
        sift_down(values, ret, wanted, i - 1);
    }
    for (size_t i = wanted; wanted > 0 && i < count; i++) {
        if (is_worse(values, ret[0], i)) {
            ret[0] = i;
            sift_down(values, ret, wanted, 0);
        }
    }
    /* The worst of what is left goes behind it, until the heap is used up. */
    for (size_t size = wanted; size > 1; size--) {
        size_t worst = ret[0];
        ret[0] = ret[size - 1];
        ret[size - 1] = worst;
        sift_down(values, ret, size - 1, 0);
    }
}

size_t inf_top_count(int num_top_classes, size_t count)
{
    return num_top_classes < 0 || (size_t)num_top_classes > count ? count : (size_t)num_top_classes;
}

void inf_top_class_write(const char *name, size_t name_length, double probability,
                         struct inf_jsonw *w)
{
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "class_name");
    inf_jsonw_string_n(w, name, name_length);
    inf_jsonw_kv_double(w, "class_probability", probability);
    inf_jsonw_kv_double(w, "class_score", probability);
    inf_jsonw_end_object(w);
}
