/* Works on finished text: handlers write their JSON once and know nothing of these wishes, which
 * cost nothing where there are none. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "shape.h"

#include "filter_path.h"
#include "gzip.h"
#include "inferd/json.h"
#include <stdint.h>

static bool filters(const struct inf_shape *shape)
{
    return shape->filter_path != NULL && shape->filter_path[0] != '\0';
}

bool inf_shape_needed(const struct inf_shape *shape, size_t length)
{
    return length > 0 && (filters(shape) || shape->pretty || shape->yaml ||
                          (shape->gzip && length >= INF_GZIP_LEAST));
}

/* Puts `with` in the place of body if making it has succeeded. */
static bool take(struct inf_buf *body, struct inf_buf *with, int rc)
{
    if (rc != 0) {
        inf_buf_free(with);
        return false;
    }
    inf_buf_free(body);
    *body = *with;
    return true;
}

void inf_shape_apply(struct inf_shape *shape, struct inf_buf *body)
{
    struct inf_buf made;
    inf_buf_init(&made, SIZE_MAX / 2);
    if (filters(shape))
        take(body, &made, inf_filter_path(shape->filter_path, body->data, body->length, &made));
    inf_buf_init(&made, SIZE_MAX / 2);
    if (shape->yaml)
        shape->yaml = take(body, &made, inf_json_yaml(body->data, body->length, &made));
    else if (shape->pretty)
        shape->pretty = take(body, &made, inf_json_pretty(body->data, body->length, &made));
    shape->gzip = shape->gzip && body->length >= INF_GZIP_LEAST && inf_gzip(body);
}
