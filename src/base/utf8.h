/* utf8.h - the UTF-8 rules that the folder shares (inf_utf8_valid and inf_utf8_cut are in
 * inferd/json.h). Thread: none (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_BASE_UTF8_H
#define INFERD_BASE_UTF8_H

#include <stddef.h>

/* Length (1 to 4) of the well-formed sequence at text[0..left), or 0 when it is ill-formed or cut.
 */
size_t inf_utf8_sequence(const char *text, size_t left);
/* Leaves out of a text, in place, every byte that belongs to no well-formed sequence. */
void inf_utf8_mend(char *text);

#endif
