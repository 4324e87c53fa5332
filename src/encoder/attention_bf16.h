/* attention_bf16.h - attention as in attention.h, but that queries, keys, values and weights are
 * rounded to bf16 before they are multiplied (by AVX512_BF16); sums and the softmax are float32.
 *
 * A text's answers are the same to the last bit alone, in company, and for any number of threads.
 *
 * Thread: any, with the thread's own team. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_ATTENTION_BF16_H
#define INFERD_ENCODER_ATTENTION_BF16_H

#include "attention.h"
#include <stddef.h>

/* Has this processor the instructions, and can heads be of this size? */
bool inf_attention_bf16_can(int size);
/* Bytes that inf_attention_bf16 needs for texts up to `longest`, with the thread's team as it is.
 */
size_t inf_attention_bf16_room(const struct inf_attention *attention, int longest);
/* As inf_attention, of heads whose size can be; room is large enough for the longest text and
 * `members` of the team (inf_team_size when its size was asked for). */
void inf_attention_bf16(const struct inf_attention *attention, const struct inf_packing *packing,
                        bool first_only, const float *qkv, void *room, size_t members, float *to);

#endif
