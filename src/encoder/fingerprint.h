/* fingerprint.h - a number for bytes, to tell whether they are still the same: damage changes it,
 * but for one time in 2^64. No secret and no signature: who can choose the bytes can choose two of
 * one number.
 *
 * Thread: any; pure. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_FINGERPRINT_H
#define INFERD_ENCODER_FINGERPRINT_H

#include <stddef.h>
#include <stdint.h>

/* Of what was before, whose number is `before` (0: nothing), and these bytes. Little-endian and
 * big-endian machines get different ones. */
uint64_t inf_fingerprint(uint64_t before, const void *bytes, size_t length);

#endif
