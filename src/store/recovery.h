/* recovery.h - makes directory and metadata agree again after any kind of end.
 *
 * Thread: the loop, at open, before anything else. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_STORE_RECOVERY_H
#define INFERD_STORE_RECOVERY_H

#include "disk.h"

/* Removes temporary files, folders and files that no row names; forgets rows whose file is gone
 * (logged: that is damage from outside); assembles what is complete but not assembled. A failure to
 * assemble (a full disk) is logged and leaves the model as it is. -1: the directory cannot be used.
 */
int inf_recover(const struct inf_disk *disk, struct inf_error *err);

#endif
