/* bpe_letters.h - the printable letters that stand for bytes in the tokens of byte-level BPE.
 *
 * Thread: any (pure). */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TOKENIZE_BPE_LETTERS_H
#define INFERD_TOKENIZE_BPE_LETTERS_H

#include <stddef.h>
#include <stdint.h>

/* The letter of a byte as UTF-8; returns its length, 1 or 2. */
size_t inf_letter_write(unsigned char byte, char dest[2]);

/* Writes the bytes that the letters text[0..length) stand for, at most length of them. Returns how
 * many, or SIZE_MAX when text has a character that stands for no byte. */
size_t inf_letters_read(const char *text, size_t length, unsigned char *dest);

#endif
