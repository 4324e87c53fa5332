/* note.h - what a proof found, to be kept: the steps, the choice, and for each weight where in the
 * definition's file it stands. With the file, that is the model, and no code of the file's runs.
 *
 * A note may have lain on a disk, so its reader believes nothing: places are bounded by the file,
 * and both the note and the weights have a fingerprint.
 *
 * Thread: any; pure. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_NOTE_H
#define INFERD_ENCODER_NOTE_H

#include "parcel.h"

/* Writes one of a parcel that has all its weights. 0, and the caller frees it; or -1: there is no
 * memory, or a weight does not stand in the file as it is. */
int inf_note_write(const struct inf_parcel *parcel, const struct inf_packed_file *file,
                   struct inf_packed_note *ret);
/* The parcel that a note and the file make. What linear layers have lies in the file, until
 * inf_parcel_drop_laid; the rest is its own. NULL, and what is wrong in reason, which has
 * INF_PACKED_REASON bytes. */
struct inf_parcel *inf_note_read(const struct inf_packed_file *file, const void *note,
                                 size_t length, char *reason);

#endif
