/* fake_attacks.h - what a hostile model does, for the fake engine: native code inside the real
 * cage. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_FAKE_ATTACKS_H
#define INFERD_FAKE_ATTACKS_H

#include <stdbool.h>
#include <stddef.h>

/* Is there an attack of this name? */
bool fake_attack_is_known(const char *name);
/* Looks for the control channel among the descriptors; while the model loads, when it is the only
 * socket. */
void fake_attack_find_control(void);
/* Does it. job_length: bytes of the payload of the INFER frame that is being answered; 0: none is.
 * 0: the model goes on as if nothing had happened; -1: it fails with reason. */
int fake_attack(const char *name, size_t job_length, char *reason, size_t reason_size);

/* ---- fake_forgeries.c: frames on the worker's own channels ---- */
#define FAKE_FORGERIES(X)                                                                 \
    X("forge_type", forge_type)               /* a type that there is not */              \
    X("forge_direction", forge_direction)     /* one that the daemon sends */             \
    X("forge_job", forge_job)                 /* the right answer to another question */  \
    X("forge_length", forge_length)           /* shorter than the least */                \
    X("forge_endless", forge_endless)         /* longer than the most */                  \
    X("forge_short", forge_short)             /* less data than the shape says */         \
    X("forge_long", forge_long)               /* more */                                  \
    X("forge_negative", forge_negative)       /* a negative dimension */                  \
    X("forge_huge", forge_huge)               /* dimensions whose product overflows */    \
    X("forge_rank", forge_rank)               /* no dimension */                          \
    X("forge_dtype", forge_dtype)             /* numbers of no known kind */              \
    X("forge_time", forge_time)               /* a sound answer that took for ever */     \
    X("forge_gigabytes", forge_gigabytes)     /* the most that fits, sent */              \
    X("forge_promise", forge_promise)         /* the same announced, and then silence */  \
    X("forge_garbage", forge_garbage)         /* bytes without a meaning */               \
    X("forge_unasked", forge_unasked)         /* one more answer, after the asked one */  \
    X("forge_control", forge_control)         /* LOADED once more, again and again */     \
    X("forge_exit", forge_exit)               /* what only the zygote may tell */         \
    X("forge_descriptors", forge_descriptors) /* its own descriptors, in a right frame */ \
    X("forge_closed", forge_closed)           /* every channel closed */

/* The same as fake_attack; the names are those of the table. */
typedef int fake_forgery(size_t job_length);
#define FAKE_FORGERY_DECLARATION(name, function) fake_forgery function;
FAKE_FORGERIES(FAKE_FORGERY_DECLARATION)

#endif
