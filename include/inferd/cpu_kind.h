/* cpu_kind.h - a name for this kind of processor, for what was learnt on one to be used on no
 * other.
 *
 * Thread: any. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_CPU_KIND_H
#define INFERD_CPU_KIND_H

#define INF_CPU_KIND 96 /* bytes, with the NUL */

/* Its maker, family and model, and what instructions it has, printable; "unknown" where it does not
 * say (it is no x86). No two kinds that libraries choose other code for have the same. Returns ret.
 */
const char *inf_cpu_kind_print(char ret[INF_CPU_KIND]);

#endif
