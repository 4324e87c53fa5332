/* condition.c - reading a condition: recursive descent over the text, no separate tokens. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "condition.h"

#include "condition_tree.h"
#include "inferd/alloc.h"
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    const char *text, *at;
    int depth;
    struct inf_error *err;
};

static struct inf_node *read_or(struct reading *r);

/* ---- nodes ---- */

static void free_node(struct inf_node *node)
{
    if (node == NULL)
        return;
    free_node(node->left);
    free_node(node->right);
    inf_json_delete(node->value);
    free(node->text);
    free(node);
}

static struct inf_node *new_node(enum inf_operator op, struct inf_node *left,
                                 struct inf_node *right)
{
    struct inf_node *node = inf_alloc(1, sizeof *node);

    node->op = op;
    node->left = left;
    node->right = right;
    return node;
}

static struct inf_node *fail(struct reading *r, const char *what)
{
    inf_error_set(r->err, INF_ERR_ILLEGAL_ARGUMENT,
                  "compile error at character [%zu] of [%.300s]: %s. Of Painless, comparisons, && "
                  "|| !, fields of ctx and a few methods of strings and lists are served",
                  (size_t)(r->at - r->text) + 1, r->text, what);
    return NULL;
}

/* ---- words ---- */

static void skip(struct reading *r)
{
    r->at += strspn(r->at, " \t\r\n");
}

/* The sign, behind blanks, if it comes next. */
static bool take(struct reading *r, const char *sign)
{
    size_t length = strlen(sign);

    skip(r);
    if (strncmp(r->at, sign, length) != 0)
        return false;
    r->at += length;
    return true;
}

static size_t word_length(const char *at)
{
    size_t length = 0;

    while (isalnum((unsigned char)at[length]) || at[length] == '_')
        length++;
    return isdigit((unsigned char)at[0]) ? 0 : length;
}

static bool take_word(struct reading *r, const char *word)
{
    size_t length;

    skip(r);
    length = word_length(r->at);
    if (length != strlen(word) || strncmp(r->at, word, length) != 0)
        return false;
    r->at += length;
    return true;
}

/* NULL when no name comes next. The caller's. */
static char *take_name(struct reading *r)
{
    size_t length;
    char *name;

    skip(r);
    length = word_length(r->at);
    if (length == 0)
        return NULL;
    name = inf_alloc(length + 1, 1);
    memcpy(name, r->at, length);
    r->at += length;
    return name;
}

/* ---- literals ---- */

static struct inf_node *literal(struct reading *r, struct cJSON *value)
{
    struct inf_node *node;

    if (value == NULL)
        return fail(r, "not enough memory");
    node = new_node(INF_OP_VALUE, NULL, NULL);
    node->value = value;
    return node;
}

static struct inf_node *read_string(struct reading *r)
{
    char quote = *r->at++;
    struct inf_buf text;
    struct inf_node *node;

    inf_buf_init(&text, INF_CONDITION_MAX);
    while (*r->at != '\0' && *r->at != quote) {
        if (*r->at == '\\' && (r->at[1] == '\\' || r->at[1] == quote))
            r->at++;
        else if (*r->at == '\\')
            break;
        inf_buf_append(&text, r->at++, 1);
    }
    if (*r->at != quote)
        node = fail(r, "a string that does not end, or an escape other than of a quote");
    else
        node = literal(r, inf_json_new_string_n(text.length > 0 ? text.data : "", text.length));
    r->at += node != NULL;
    inf_buf_free(&text);
    return node;
}

static struct inf_node *read_number(struct reading *r)
{
    char *end;
    double value = strtod(r->at, &end);

    r->at = end;
    if (*r->at == 'L' || *r->at == 'f' || *r->at == 'd')
        r->at++;
    return literal(r, inf_json_new_double(value));
}

/* ---- what a comparison compares ---- */

/* The methods, and whether they take an argument. */
static const struct {
    const char *name;
    bool takes;
} methods[] = {
    {"contains", true},     {"startsWith", true},   {"endsWith", true}, {"equals", true},
    {"containsKey", true},  {"isEmpty", false},     {"length", false},  {"size", false},
    {"toLowerCase", false}, {"toUpperCase", false}, {"trim", false},    {"equalsIgnoreCase", true},
};

/* -1: there is no such method. */
static int takes_argument(const char *name)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (strcmp(methods[i].name, name) == 0)
            return methods[i].takes;
    return -1;
}

/* Behind "(". Takes node in any case. */
static struct inf_node *read_call(struct reading *r, struct inf_node *node)
{
    int takes = takes_argument(node->text);

    node->op = INF_OP_CALL;
    if (takes < 0)
        fail(r, "a method that is not served");
    else if (takes == 0 || (node->right = read_or(r)) != NULL) {
        if (take(r, ")"))
            return node;
        fail(r, "expected [)]");
    }
    free_node(node);
    return NULL;
}

/* Behind the dot. Takes left in any case. */
static struct inf_node *read_member(struct reading *r, struct inf_node *left, bool lenient)
{
    struct inf_node *node = new_node(INF_OP_FIELD, left, NULL);

    node->lenient = lenient;
    node->text = take_name(r);
    if (node->text != NULL)
        return take(r, "(") ? read_call(r, node) : node;
    free_node(node);
    return fail(r, "expected a name");
}

/* Behind "[". Takes left in any case. */
static struct inf_node *read_index(struct reading *r, struct inf_node *left)
{
    struct inf_node *node = new_node(INF_OP_INDEX, left, NULL);

    node->right = read_or(r);
    if (node->right != NULL && take(r, "]"))
        return node;
    if (node->right != NULL)
        fail(r, "expected []]");
    free_node(node);
    return NULL;
}

static struct inf_node *read_plain(struct reading *r)
{
    skip(r);
    if (*r->at == '\'' || *r->at == '"')
        return read_string(r);
    if (isdigit((unsigned char)*r->at) || (*r->at == '-' && isdigit((unsigned char)r->at[1])))
        return read_number(r);
    if (take_word(r, "ctx"))
        return new_node(INF_OP_CTX, NULL, NULL);
    if (take_word(r, "true"))
        return literal(r, inf_json_new_bool(true));
    if (take_word(r, "false"))
        return literal(r, inf_json_new_bool(false));
    if (take_word(r, "null"))
        return literal(r, inf_json_new_null());
    if (take(r, "(")) {
        struct inf_node *inner = read_or(r);

        if (inner == NULL || take(r, ")"))
            return inner;
        free_node(inner);
        return fail(r, "expected [)]");
    }
    return fail(r, *r->at == '\0' ? "something is missing at the end" : "this is not served");
}

static struct inf_node *read_operand(struct reading *r)
{
    struct inf_node *node = read_plain(r);

    for (int count = 0; node != NULL; count++) {
        if (count > INF_CONDITION_DEPTH) {
            free_node(node);
            return fail(r, "too many members one behind the other");
        }
        if (take(r, "?."))
            node = read_member(r, node, true);
        else if (take(r, "."))
            node = read_member(r, node, false);
        else if (take(r, "["))
            node = read_index(r, node);
        else
            break;
    }
    return node;
}

/* ---- operators, the loosest last ---- */

static struct inf_node *read_type(struct reading *r, struct inf_node *left)
{
    static const char *const types[] = {"String", "Number", "Boolean", "List", "Map"};
    struct inf_node *node = new_node(INF_OP_IS, left, NULL);

    node->text = take_name(r);
    for (size_t i = 0; node->text != NULL && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i], node->text) == 0)
            return node;
    free_node(node);
    return fail(r, "expected String, Number, Boolean, List or Map");
}

static struct inf_node *read_comparison(struct reading *r)
{
    static const struct {
        const char *sign;
        enum inf_operator op;
    } signs[] = {{"==", INF_OP_EQ}, {"!=", INF_OP_NE}, {"<=", INF_OP_LE},
                 {">=", INF_OP_GE}, {"<", INF_OP_LT},  {">", INF_OP_GT}};
    struct inf_node *left = read_operand(r), *right;

    if (left == NULL)
        return NULL;
    if (take_word(r, "instanceof"))
        return read_type(r, left);
    for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++)
        if (take(r, signs[i].sign)) {
            right = read_operand(r);
            if (right != NULL)
                return new_node(signs[i].op, left, right);
            free_node(left);
            return NULL;
        }
    return left;
}

static struct inf_node *read_not(struct reading *r)
{
    struct inf_node *node = NULL;

    if (++r->depth > INF_CONDITION_DEPTH) {
        node = fail(r, "too deep");
    } else if (take(r, "!")) {
        node = read_not(r);
        node = node != NULL ? new_node(INF_OP_NOT, node, NULL) : NULL;
    } else {
        node = read_comparison(r);
    }
    r->depth--;
    return node;
}

/* Operands of one rank, joined by sign. */
static struct inf_node *read_joined(struct reading *r, const char *sign, enum inf_operator op,
                                    struct inf_node *(*read)(struct reading *))
{
    struct inf_node *left = read(r);

    for (int count = 0; left != NULL && take(r, sign); count++) {
        struct inf_node *right = count < INF_CONDITION_DEPTH ? read(r) : fail(r, "too long");

        if (right == NULL) {
            free_node(left);
            return NULL;
        }
        left = new_node(op, left, right);
    }
    return left;
}

static struct inf_node *read_and(struct reading *r)
{
    return read_joined(r, "&&", INF_OP_AND, read_not);
}

static struct inf_node *read_or(struct reading *r)
{
    return read_joined(r, "||", INF_OP_OR, read_and);
}

/* ---- the whole ---- */

static struct inf_node *read_whole(struct reading *r)
{
    struct inf_node *root;

    take_word(r, "return");
    root = read_or(r);
    if (root == NULL)
        return NULL;
    take(r, ";");
    skip(r);
    if (*r->at == '\0')
        return root;
    free_node(root);
    return fail(r, "this is not served");
}

struct inf_condition *inf_condition_new(const char *text, struct inf_error *err)
{
    struct reading r = {.text = text, .at = text, .err = err};
    struct inf_condition *condition;
    struct inf_node *root;

    if (strlen(text) > INF_CONDITION_MAX) {
        inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                      "a condition of [%zu] bytes is longer than [%d]", strlen(text),
                      INF_CONDITION_MAX);
        return NULL;
    }
    root = read_whole(&r);
    if (root == NULL)
        return NULL;
    condition = inf_alloc(1, sizeof *condition);
    condition->text = inf_strdup(text);
    condition->root = root;
    return condition;
}

void inf_condition_free(struct inf_condition *condition)
{
    if (condition == NULL)
        return;
    free_node(condition->root);
    free(condition->text);
    free(condition);
}

const char *inf_condition_text(const struct inf_condition *condition)
{
    return condition->text;
}
