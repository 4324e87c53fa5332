/* bring_inner.h - what bring.c and bring_store.c share: the one on its way.
 *
 * Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_DEFINITIONS_BRING_INNER_H
#define INFERD_DEFINITIONS_BRING_INNER_H

#include "bring.h"
#include "vocabulary_set.h"

struct inf_http_request;

struct inf_bring {
    struct inf_definitions *definitions;
    struct inf_vocabulary_set *vocabularies; /* that are here */
    char *last;                 /* model that was looked at last, so that each gets its turn */
    char *problem, *problem_of; /* what the last failure was, and which model's */
    bool noted;                 /* it was of this round */
    uint64_t pause_ms;          /* after the next failure it is longer */
    uint64_t next_round_ms;     /* nothing is begun before */
    struct inf_rest rest;       /* of the store */
    bool stopped;
    /* The one on its way. */
    char *model_id;   /* NULL: nothing is */
    size_t asked;     /* members so far */
    bool depot_asked; /* it has had its turn */
    int breaks;
    struct inf_http_request *request;
    struct inf_depot_job *job;
    int64_t job_from;        /* bytes that were there when it began */
    struct inf_fetch *fetch; /* what a node sends, or the store while it does */
    int memory;              /* the vocabulary that the store sends, -1: none */
    bool storing;
    /* What broke off, or NULL. */
    struct inf_fetch *half;
    char *half_of;
};

struct inf_store *inf_bring_store(const struct inf_bring *bring);
const struct inf_model *inf_bring_model(const struct inf_bring *bring); /* NULL: it is gone */
void inf_bring_set_text(char **text, const char *to); /* a copy of to, which may be NULL */
void inf_bring_log(const struct inf_bring *bring, const char *words);
/* An attempt has failed; others may follow. */
void inf_bring_note_problem(struct inf_bring *bring, const char *problem);
/* Asks whoever comes next; none: it is not to be had now. */
void inf_bring_next_source(struct inf_bring *bring);
/* It is here, or nobody needs it any more. */
void inf_bring_end(struct inf_bring *bring);
void inf_bring_end_without(struct inf_bring *bring, const char *problem); /* not to be had now */
/* A descriptor of the fetch's file for whoever fills it, -1 after the end. */
int inf_bring_begin_file(struct inf_bring *bring);
/* The vocabulary's text goes to the store of this node; then the definition's turn comes. */
void inf_bring_keep_vocabulary(struct inf_bring *bring, const char *text, size_t length);

/* ---- bring_store.c ---- */
void inf_bring_ask_store(struct inf_bring *bring, bool vocabulary);
void inf_bring_drop_half(struct inf_bring *bring);

#endif
