/* vet.h - is a definition what it says it is? Asked before libtorch sees a byte of it.
 *
 * A TorchScript file is a ZIP archive of pickle programs, tensors and source text, and a program
 * from a stranger. libtorch trusts what it says of itself: a storage that claims to be larger than
 * its record is read past its end, and a class may bring code that runs while it is loaded. Here
 * the file is read by bounded readers that trust nothing, and refused with the reason if it is not
 * such as torch.jit.save writes. What its code may call is asked apart, once the engine has made
 * graphs of it (inf_engine_inspect).
 *
 * Thread: any; the functions keep no state. They are meant for a caged process: what they read is
 *         hostile, and they take memory in proportion to the archive's directory and code. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_VET_H
#define INFERD_VET_H

#include "inferd/error.h"
#include <stdint.h>

/* Versions of the archive format that the engine reads (torch/csrc: kMinSupportedFileFormatVersion
 * and kMaxSupportedFileFormatVersion; 3 is torch 1.4's, 10 is 1.12's and still 2.13's). */
#define INF_VET_FORMAT_MIN 3
#define INF_VET_FORMAT_MAX 10

/* What an archive turned out to hold. */
struct inf_vet_facts {
    int format_version;    /* of the archive's "version" record */
    uint32_t records;      /* files in the archive */
    uint32_t tensors;      /* tensors in data.pkl and constants.pkl */
    uint64_t code_bytes;   /* source text, unpacked */
    uint64_t tensor_bytes; /* records of tensors */
};

/* Reads the archive of `size` bytes in fd by pread: its directory, its pickle programs, its source
 * text; no tensor's bytes. 0 with the facts, or -1 with BAD_REQUEST and a reason that names the
 * record and what is wrong with it (INTERNAL when memory ran out, IO when it cannot be read). */
int inf_vet_archive(int fd, int64_t size, struct inf_vet_facts *ret, struct inf_error *err);

/* What is to be thought of an operation that a model's code names. */
enum inf_vet_class {
    INF_VET_ALLOWED,  /* computing: in the list */
    INF_VET_UNKNOWN,  /* not in the list: refused unless this very file was approved */
    INF_VET_FORBIDDEN /* files, raw memory, forged views, other processes: refused always */
};

/* name: with its namespace and without its overload, as "aten::add". Takes some microseconds: ask
 * once for each name, not for each node of a graph. A name speaks for all its overloads, those that
 * write to their arguments among them; what is written to is the asker's to look at. */
enum inf_vet_class inf_vet_operation(const char *name);

/* Why an operation is forbidden, as words after its name ("forges a view of memory"); NULL when it
 * is not. Static text. */
const char *inf_vet_forbidden_because(const char *name);

#endif
