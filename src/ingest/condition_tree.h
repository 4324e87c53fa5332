/* condition_tree.h - a parsed condition, between condition.c, which reads it, and condition_run.c,
 * which asks it. Thread: none. Owns: a node has the nodes and the text inside it. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_INGEST_CONDITION_TREE_H
#define INFERD_INGEST_CONDITION_TREE_H

#include "condition.h"

enum inf_operator {
    INF_OP_VALUE, /* a literal */
    INF_OP_CTX,   /* the document */
    INF_OP_FIELD, /* left.text */
    INF_OP_INDEX, /* left[right] */
    INF_OP_CALL,  /* left.text(right) */
    INF_OP_IS,    /* left instanceof text */
    INF_OP_NOT,
    INF_OP_AND,
    INF_OP_OR,
    INF_OP_EQ,
    INF_OP_NE,
    INF_OP_LT,
    INF_OP_LE,
    INF_OP_GT,
    INF_OP_GE
};

struct inf_node {
    enum inf_operator op;
    bool lenient; /* FIELD and CALL: ?. */
    struct inf_node *left, *right;
    struct cJSON *value; /* VALUE */
    char *text;          /* FIELD, CALL, IS: the name */
};

struct inf_condition {
    char *text;
    struct inf_node *root;
};

#endif
