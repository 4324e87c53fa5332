/* vet.h - is a definition what it says it is? Asked before libtorch sees a byte of it.
 *
 * A TorchScript file is a ZIP archive of pickle programs, tensors and source text, and a program
 * from a stranger. libtorch trusts what it says of itself: a storage that claims to be larger than
 * its record is read past its end, and a class may bring code that runs while it is loaded. Here
 * the file is read by bounded readers that trust nothing, and refused with the reason if it is not
 * such as torch.jit.save writes. What its code may call is asked apart, once the engine has made
 * graphs of it (inf_engine_inspect), and both together are a report.
 *
 * Thread: any; the functions keep no state. The reading ones are meant for a caged process: what
 *         they read is hostile, and they take memory in proportion to the archive's directory and
 *         code. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_VET_H
#define INFERD_VET_H

#include "inferd/error.h"
#include "inferd/json.h"
#include <stddef.h>
#include <stdint.h>

/* A number of the rules and lists in force, so that a report by others is not taken for one by
 * these. */
uint32_t inf_vet_rules(void);

/* Versions of the archive format that the engine reads (torch/csrc, caffe2/serialize/versions.h:
 * kMinProducedFileFormatVersion and kMaxSupportedFileFormatVersion; torch 1.4 wrote 3, 2.13 writes
 * 3 to 10 depending on the operations used). */
#define INF_VET_FORMAT_MIN 3
#define INF_VET_FORMAT_MAX 10

/* ---- the archive ---- */

/* Bytes of the file that are a tensor's. */
struct inf_vet_span {
    int64_t offset, length;
};

/* What an archive turned out to hold. */
struct inf_vet_facts {
    int32_t format_version;     /* of the archive's "version" record */
    uint32_t records;           /* files in the archive */
    uint32_t tensors;           /* that data.pkl and constants.pkl make */
    uint32_t span_count;        /* of spans */
    uint64_t code_bytes;        /* source text, unpacked */
    uint64_t tensor_bytes;      /* the spans', summed */
    struct inf_vet_span *spans; /* by offset, ascending; malloc'ed */
};

/* Reads the archive of `size` bytes in fd by pread: its directory, its pickle programs, its source
 * text; no tensor's bytes. 0 with the facts (to be freed), or -1 with BAD_REQUEST and a reason that
 * names the record and what is wrong with it (INTERNAL when memory ran out, IO when it cannot be
 * read). engine_version stands in the reason when the format is too new. */
int inf_vet_archive(int fd, int64_t size, const char *engine_version, struct inf_vet_facts *ret,
                    struct inf_error *err);
void inf_vet_facts_free(struct inf_vet_facts *facts);

/* ---- the operations ---- */

/* What is to be thought of an operation that a model's code names. Ordered: the worst counts. */
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

/* ---- the report ---- */

#define INF_VET_NAME                                                            \
    128 /* of an operation or function, bytes with the NUL; longer ones are cut \
         */
#define INF_VET_FINDINGS 16 /* listed in a report, at most */
#define INF_VET_REASON 768

/* Where the values live that an operation writes into. */
enum inf_vet_target {
    INF_VET_OWN,       /* the computation's own, or it writes nothing */
    INF_VET_ATTRIBUTE, /* an attribute of a module: what one request leaves there the next one sees
                        */
    INF_VET_CONSTANT   /* a constant of the code, which others may share */
};

/* An operation of a function that is not allowed. */
struct inf_vet_finding {
    uint32_t verdict; /* enum inf_vet_class */
    uint32_t target;  /* enum inf_vet_target */
    uint64_t count;   /* calls of the kind in the file */
    char operation[INF_VET_NAME];
    char function[INF_VET_NAME]; /* the first that has it: "__torch__.Model.forward" */
};

/* What vetting found out, in a form of fixed length that travels between processes. */
struct inf_vet_report {
    uint32_t verdict; /* enum inf_vet_class: accepted; needs approval; refused */
    int32_t format_version;
    uint32_t records, tensors;
    uint32_t functions, operations;          /* looked at; distinct ones in them */
    uint32_t finding_count, findings_listed; /* kinds of finding; how many `findings` has */
    uint64_t code_bytes, tensor_bytes;
    uint64_t archive_ns, load_ns, inspect_ns; /* wall time of the steps */
    char reason[INF_VET_REASON];              /* of the verdict; "" when accepted */
    struct inf_vet_finding findings[INF_VET_FINDINGS];
};

/* Counts one call in the report: its class, and the reason if it is the worst so far. Strings are
 * copied; names that are not printable ASCII are escaped. */
void inf_vet_report_call(struct inf_vet_report *report, const char *function, const char *operation,
                         enum inf_vet_target target);
/* Refuses for good with this reason, which replaces what was there. */
void inf_vet_report_refuse(struct inf_vet_report *report, const char *reason);
/* Refuses because the process that looked ended with this status (of waitpid) before it said
 * anything: a crash, which the definition is to blame for. */
void inf_vet_report_ended(struct inf_vet_report *report, int status);
/* Whether a report that came from another process can be used: known numbers, terminated printable
 * texts, counts within bounds. 0 or -1. */
int inf_vet_report_check(const struct inf_vet_report *report);
/* Takes a report from the bytes that another process sent; one that cannot be used refuses. */
void inf_vet_report_take(struct inf_vet_report *ret, const void *payload);
/* The members of the report (no braces) as GET ...?include=vetting shows them, but for what only
 * the asker knows (the file's SHA-256, approvals). */
void inf_vet_report_write(const struct inf_vet_report *report, struct inf_jsonw *w);
/* "accepted", "needs_approval" or "refused". */
const char *inf_vet_verdict_name(uint32_t verdict);

#endif
