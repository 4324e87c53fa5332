/* fake_memory.h - how the fake engine's models use up memory. Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_FAKE_MEMORY_H
#define INFERD_FAKE_MEMORY_H

/* So many megabytes in use, the caller's to free; NULL for none, or where there are none. */
void *fake_memory_take(int megabytes);
/* Takes memory until there is no more, or as much as a test can want, and gives it back. */
void fake_memory_take_all(void);
/* Takes memory for ever, and gives none back. */
_Noreturn void fake_memory_leak(void);

#endif
