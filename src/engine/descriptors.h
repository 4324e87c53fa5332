/* descriptors.h - what a process of the engine keeps open.
 *
 * Thread: the process's only one. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENGINE_DESCRIPTORS_H
#define INFERD_ENGINE_DESCRIPTORS_H

/* Closes every descriptor above 2 but these two (they may be equal). */
void inf_descriptors_keep(int one, int other);
/* Turns 0, 1 and 2 to the null device: a model may print, and what it prints belongs in no log of
 * ours. 0 or -1 with errno. */
int inf_descriptors_silence(void);

#endif
