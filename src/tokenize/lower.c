/* lower.c - lower case by code point, as a reader expects it of a text that a tokenizer
 * lower-cased. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/tokenize.h"

#include <utf8proc.h>

void inf_text_lower(struct inf_text text, struct inf_buf *out)
{
    size_t at = 0;
    while (at < text.length) {
        utf8proc_uint8_t lower[4];
        utf8proc_int32_t point = 0;
        utf8proc_ssize_t bytes = utf8proc_iterate((const utf8proc_uint8_t *)text.data + at,
                                                  (utf8proc_ssize_t)(text.length - at), &point);
        if (bytes <= 0) { /* ill-formed: as it is */
            inf_buf_append(out, text.data + at++, 1);
            continue;
        }
        inf_buf_append(out, lower, (size_t)utf8proc_encode_char(utf8proc_tolower(point), lower));
        at += (size_t)bytes;
    }
}
