/* letters.h - case, blanks and length of a text, as Java's String has them.
 *
 * Thread: any (pure). What is returned is malloc'ed and the caller's; NULL without memory. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_INGEST_LETTERS_H
#define INFERD_INGEST_LETTERS_H

#include <stddef.h>

char *inf_letters_lower(const char *text);  /* letter by letter, without regard to a language */
char *inf_letters_upper(const char *text);  /* likewise; a sharp s becomes SS */
char *inf_letters_trim(const char *text);   /* without blanks and controls at both ends */
size_t inf_letters_utf16(const char *text); /* UTF-16 units */

#endif
