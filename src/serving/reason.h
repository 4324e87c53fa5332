/* reason.h - a text of a worker, for users to read.
 *
 * Whoever wrote the model may have written the text: it can hold anything.
 *
 * Thread: any; pure. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_REASON_H
#define INFERD_SERVING_REASON_H

#include "inferd/frame.h"
#include <stddef.h>

/* As much of it as INF_FRAME_REASON lets in, NUL-terminated, as UTF-8 on one line: what is no
 * character becomes '?', and so do characters that are not seen but steer a terminal or turn the
 * direction of a line; line breaks and tabs become blanks. An empty text becomes "(no text)". */
void inf_reason_read(const void *payload, size_t length, char ret[INF_FRAME_REASON + 1]);

#endif
