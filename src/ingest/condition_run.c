/* condition_run.c - asking a condition about a document.
 *
 * Values are borrowed from the document and the condition where they can be, and own what a method
 * made. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "condition_tree.h"

#include "letters.h"
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum kind { NOTHING, BOOLEAN, NUMBER, TEXT, JSON };

struct result {
    enum kind kind;
    bool truth;
    double number;
    const char *text;
    char *own; /* text's, when a method made it */
    struct cJSON *json;
};

struct asking {
    struct inf_doc *doc;
    struct inf_error *err;
};

static int ask(const struct asking *a, const struct inf_node *node, struct result *ret);

static int fail(const struct asking *a, const char *type, const char *what, const char *name)
{
    inf_error_set(a->err, INF_ERR_ILLEGAL_ARGUMENT, "runtime error");
    return inf_error_cause(a->err, INF_ERR_ILLEGAL_ARGUMENT, "%s: %s [%s]", type, what, name);
}

static void release(struct result *result)
{
    free(result->own);
    *result = (struct result){.kind = NOTHING};
}

static struct result truth(bool value)
{
    return (struct result){.kind = BOOLEAN, .truth = value};
}

static struct result of_json(struct cJSON *value)
{
    if (value == NULL || inf_json_unfold(value) != 0 || inf_json_is_null(value))
        return (struct result){.kind = NOTHING};
    if (inf_json_is_bool(value))
        return truth(inf_json_true(value));
    if (inf_json_is_number(value))
        return (struct result){.kind = NUMBER, .number = inf_json_double(value)};
    if (inf_json_is_string(value))
        return (struct result){.kind = TEXT, .text = inf_json_string(value)};
    return (struct result){.kind = JSON, .json = value};
}

/* ---- members ---- */

static int ask_field(const struct asking *a, const struct inf_node *node, struct result *ret)
{
    struct result left;
    int rc = 0;

    if (ask(a, node->left, &left) != 0)
        return -1;
    *ret = (struct result){.kind = NOTHING};
    if (left.kind == JSON && inf_json_is_object(left.json))
        *ret = of_json(strcmp(node->text, "_ingest") == 0 && node->left->op == INF_OP_CTX
                           ? a->doc->ingest
                           : inf_json_find(left.json, node->text));
    else if (left.kind != NOTHING || !node->lenient)
        rc = left.kind == NOTHING
                 ? fail(a, "null_pointer_exception",
                        "cannot access method/field from a null def reference", node->text)
                 : fail(a, "illegal_argument_exception", "no field of this name is in the value",
                        node->text);
    release(&left);
    return rc;
}

static struct result element(struct cJSON *container, const struct result *index)
{
    if (inf_json_is_object(container) && index->kind == TEXT)
        return of_json(inf_json_find(container, index->text));
    if (inf_json_is_array(container) && index->kind == NUMBER && index->number >= 0)
        return of_json(inf_json_at(container, (size_t)index->number));
    return (struct result){.kind = NOTHING};
}

static int ask_index(const struct asking *a, const struct inf_node *node, struct result *ret)
{
    struct result left, right;
    int rc = 0;

    if (ask(a, node->left, &left) != 0)
        return -1;
    if (ask(a, node->right, &right) != 0) {
        release(&left);
        return -1;
    }
    if (left.kind == JSON)
        *ret = element(left.json, &right);
    else
        rc = fail(a, "null_pointer_exception", "cannot index what is neither map nor list", "");
    release(&left);
    release(&right);
    return rc;
}

/* ---- methods ---- */

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), tail = strlen(end);

    return length >= tail && strcmp(text + length - tail, end) == 0;
}

static int equal(const struct result *a, const struct result *b, bool *ret);

static bool list_contains(const struct cJSON *list, const struct result *wanted)
{
    for (const struct cJSON *one = inf_json_first(list); one != NULL; one = inf_json_next(one)) {
        const struct result element_is = of_json((struct cJSON *)one);
        bool same = false;

        if (equal(&element_is, wanted, &same) == 0 && same)
            return true;
    }
    return false;
}

/* false: the text has no such method. */
static bool text_method(const char *name, const char *text, const struct result *argument,
                        struct result *ret)
{
    const char *other = argument->kind == TEXT ? argument->text : NULL;

    if (strcmp(name, "contains") == 0 && other != NULL)
        *ret = truth(strstr(text, other) != NULL);
    else if (strcmp(name, "startsWith") == 0 && other != NULL)
        *ret = truth(strncmp(text, other, strlen(other)) == 0);
    else if (strcmp(name, "endsWith") == 0 && other != NULL)
        *ret = truth(ends_with(text, other));
    else if (strcmp(name, "equalsIgnoreCase") == 0)
        *ret = truth(other != NULL && strcasecmp(text, other) == 0);
    else if (strcmp(name, "isEmpty") == 0)
        *ret = truth(text[0] == '\0');
    else if (strcmp(name, "length") == 0)
        *ret = (struct result){.kind = NUMBER, .number = (double)inf_letters_utf16(text)};
    else if (strcmp(name, "toLowerCase") == 0)
        *ret = (struct result){.kind = TEXT, .own = inf_letters_lower(text)};
    else if (strcmp(name, "toUpperCase") == 0)
        *ret = (struct result){.kind = TEXT, .own = inf_letters_upper(text)};
    else if (strcmp(name, "trim") == 0)
        *ret = (struct result){.kind = TEXT, .own = inf_letters_trim(text)};
    else
        return false;
    return true;
}

static bool container_method(const char *name, const struct cJSON *json,
                             const struct result *argument, struct result *ret)
{
    bool list = inf_json_is_array(json);

    if (strcmp(name, "isEmpty") == 0)
        *ret = truth(inf_json_first(json) == NULL);
    else if (strcmp(name, "size") == 0)
        *ret = (struct result){.kind = NUMBER, .number = (double)inf_json_size(json)};
    else if (strcmp(name, "contains") == 0 && list)
        *ret = truth(list_contains(json, argument));
    else if (strcmp(name, "containsKey") == 0 && !list && argument->kind == TEXT)
        *ret = truth(inf_json_get(json, argument->text) != NULL);
    else
        return false;
    return true;
}

static int call(const struct asking *a, const struct inf_node *node, const struct result *left,
                const struct result *argument, struct result *ret)
{
    bool known;

    if (left->kind == NOTHING && !node->lenient)
        return fail(a, "null_pointer_exception",
                    "cannot access method/field from a null def reference", node->text);
    if (left->kind == NOTHING)
        return 0;
    if (strcmp(node->text, "equals") == 0) {
        bool same = false;

        known = equal(left, argument, &same) == 0;
        *ret = truth(same);
    } else if (left->kind == TEXT) {
        known = text_method(node->text, left->text, argument, ret);
    } else {
        known = left->kind == JSON && container_method(node->text, left->json, argument, ret);
    }
    if (ret->own != NULL)
        ret->text = ret->own;
    if (known && (ret->kind != TEXT || ret->text != NULL))
        return 0;
    return fail(a, "illegal_argument_exception", "the value has no such method with this argument",
                node->text);
}

static int ask_call(const struct asking *a, const struct inf_node *node, struct result *ret)
{
    struct result left, argument = {.kind = NOTHING};
    int rc;

    if (ask(a, node->left, &left) != 0)
        return -1;
    if (node->right != NULL && ask(a, node->right, &argument) != 0) {
        release(&left);
        return -1;
    }
    *ret = (struct result){.kind = NOTHING};
    rc = call(a, node, &left, &argument, ret);
    release(&left);
    release(&argument);
    return rc;
}

/* ---- operators ---- */

/* 0, always; so that it can be joined with others that fail. */
static int equal(const struct result *a, const struct result *b, bool *ret)
{
    *ret = a->kind == b->kind;
    if (!*ret)
        return 0;
    if (a->kind == BOOLEAN)
        *ret = a->truth == b->truth;
    else if (a->kind == NUMBER)
        *ret = !(a->number < b->number) && !(a->number > b->number);
    else if (a->kind == TEXT)
        *ret = strcmp(a->text, b->text) == 0;
    else if (a->kind == JSON)
        *ret = inf_json_equal(a->json, b->json);
    return 0;
}

static int compare(const struct asking *a, enum inf_operator op, const struct result *left,
                   const struct result *right, struct result *ret)
{
    bool same = false;

    if (op == INF_OP_EQ || op == INF_OP_NE) {
        equal(left, right, &same);
        *ret = truth(same == (op == INF_OP_EQ));
        return 0;
    }
    if (left->kind != NUMBER || right->kind != NUMBER)
        return fail(a, "class_cast_exception", "only numbers can be compared by", "< <= > >=");
    if (op == INF_OP_LT)
        *ret = truth(left->number < right->number);
    else if (op == INF_OP_LE)
        *ret = truth(left->number <= right->number);
    else if (op == INF_OP_GT)
        *ret = truth(left->number > right->number);
    else
        *ret = truth(left->number >= right->number);
    return 0;
}

static int ask_comparison(const struct asking *a, const struct inf_node *node, struct result *ret)
{
    struct result left, right;
    int rc;

    if (ask(a, node->left, &left) != 0)
        return -1;
    if (ask(a, node->right, &right) != 0) {
        release(&left);
        return -1;
    }
    rc = compare(a, node->op, &left, &right, ret);
    release(&left);
    release(&right);
    return rc;
}

static int ask_truth(const struct asking *a, const struct inf_node *node, bool *ret)
{
    struct result result;

    if (ask(a, node, &result) != 0)
        return -1;
    *ret = result.truth;
    if (result.kind == BOOLEAN)
        return 0;
    release(&result);
    return fail(a, "class_cast_exception", "a boolean is wanted, not", "def");
}

static int ask_logic(const struct asking *a, const struct inf_node *node, struct result *ret)
{
    bool left = false, right = false;

    if (ask_truth(a, node->left, &left) != 0)
        return -1;
    if (node->op == INF_OP_NOT || left == (node->op == INF_OP_OR)) {
        *ret = truth(node->op == INF_OP_NOT ? !left : left);
        return 0;
    }
    if (ask_truth(a, node->right, &right) != 0)
        return -1;
    *ret = truth(right);
    return 0;
}

static int ask_type(const struct asking *a, const struct inf_node *node, struct result *ret)
{
    struct result left;
    bool is;

    if (ask(a, node->left, &left) != 0)
        return -1;
    if (strcmp(node->text, "String") == 0)
        is = left.kind == TEXT;
    else if (strcmp(node->text, "Number") == 0)
        is = left.kind == NUMBER;
    else if (strcmp(node->text, "Boolean") == 0)
        is = left.kind == BOOLEAN;
    else
        is = left.kind == JSON && inf_json_is_array(left.json) == (strcmp(node->text, "List") == 0);
    release(&left);
    *ret = truth(is);
    return 0;
}

static int ask(const struct asking *a, const struct inf_node *node, struct result *ret)
{
    *ret = (struct result){.kind = NOTHING};
    switch (node->op) {
    case INF_OP_VALUE:
        *ret = of_json(node->value);
        return 0;
    case INF_OP_CTX:
        *ret = of_json(a->doc->fields);
        return 0;
    case INF_OP_FIELD:
        return ask_field(a, node, ret);
    case INF_OP_INDEX:
        return ask_index(a, node, ret);
    case INF_OP_CALL:
        return ask_call(a, node, ret);
    case INF_OP_IS:
        return ask_type(a, node, ret);
    case INF_OP_NOT:
    case INF_OP_AND:
    case INF_OP_OR:
        return ask_logic(a, node, ret);
    default:
        return ask_comparison(a, node, ret);
    }
}

int inf_condition_holds(const struct inf_condition *condition, struct inf_doc *doc, bool *ret,
                        struct inf_error *err)
{
    const struct asking a = {.doc = doc, .err = err};

    return ask_truth(&a, condition->root, ret);
}
