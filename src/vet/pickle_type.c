/* pickle_type.c - the types of lists and dicts. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "pickle_type.h"

#include <inttypes.h>
#include <string.h>

struct cursor {
    const uint8_t *next;
    const uint8_t *end;
    const char *problem;
};

/* The types with nothing in brackets whose values are of known kinds. */
static const struct {
    const char *name;
    uint32_t kinds;
} plain_types[] = {
    {"int", INF_PICKLE_BIT(INF_PICKLE_INT)},         {"float", INF_PICKLE_BIT(INF_PICKLE_FLOAT)},
    {"bool", INF_PICKLE_BIT(INF_PICKLE_BOOL)},       {"str", INF_PICKLE_BIT(INF_PICKLE_STRING)},
    {"complex", INF_PICKLE_BIT(INF_PICKLE_COMPLEX)}, {"Tensor", INF_PICKLE_BIT(INF_PICKLE_TENSOR)},
    {"Device", INF_PICKLE_BIT(INF_PICKLE_DEVICE)},   {"NoneType", INF_PICKLE_BIT(INF_PICKLE_NONE)},
    {"None", INF_PICKLE_BIT(INF_PICKLE_NONE)},
};

#define KEY_KINDS                                                             \
    (INF_PICKLE_BIT(INF_PICKLE_BOOL) | INF_PICKLE_BIT(INF_PICKLE_INT) |       \
     INF_PICKLE_BIT(INF_PICKLE_FLOAT) | INF_PICKLE_BIT(INF_PICKLE_STRING) |   \
     INF_PICKLE_BIT(INF_PICKLE_COMPLEX) | INF_PICKLE_BIT(INF_PICKLE_TENSOR) | \
     INF_PICKLE_BIT(INF_PICKLE_DEVICE))

static int problem(struct cursor *c, const char *text)
{
    c->problem = text;
    return -1;
}

static bool take_byte(struct cursor *c, char byte)
{
    bool there = c->next < c->end && *c->next == (uint8_t)byte;
    c->next += there;
    return there;
}

static bool is_letter(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
}

static bool is_name_byte(uint8_t byte)
{
    return is_letter(byte) || (byte >= '0' && byte <= '9');
}

/* Identifiers with dots between them. */
static int read_name(struct cursor *c, const uint8_t **ret, size_t *ret_length)
{
    const uint8_t *start = c->next;
    do {
        if (c->next >= c->end || !is_letter(*c->next)) {
            return problem(c, "a name is missing");
        }
        while (c->next < c->end && is_name_byte(*c->next)) {
            c->next++;
        }
    } while (take_byte(c, '.'));
    *ret = start;
    *ret_length = (size_t)(c->next - start);
    return 0;
}

static bool is(const uint8_t *name, size_t length, const char *word)
{
    return strlen(word) == length && memcmp(name, word, length) == 0;
}

static uint32_t kinds_of_plain(const uint8_t *name, size_t length)
{
    for (size_t i = 0; i < sizeof plain_types / sizeof *plain_types; i++) {
        if (is(name, length, plain_types[i].name)) {
            return plain_types[i].kinds;
        }
    }
    return INF_PICKLE_ANY_KIND;
}

/* What is between the brackets of a type. */
struct insides {
    unsigned count;
    uint32_t first, second; /* kinds of the first two */
    uint32_t all;
};

static uint32_t kinds_of_brackets(struct cursor *c, const uint8_t *name, size_t length,
                                  const struct insides *in)
{
    static const struct {
        const char *name;
        unsigned count;
        uint32_t kinds;
    } rows[] = {{"List", 1, INF_PICKLE_BIT(INF_PICKLE_LIST)},
                {"Dict", 2, INF_PICKLE_BIT(INF_PICKLE_DICT)},
                {"Optional", 1, INF_PICKLE_BIT(INF_PICKLE_NONE)}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (is(name, length, rows[i].name)) {
            if (in->count != rows[i].count) {
                problem(c, "List and Optional take one type, Dict takes two");
            }
            return rows[i].kinds | (i == 2 ? in->first : 0);
        }
    }
    if (is(name, length, "Union")) {
        return in->all;
    }
    return is(name, length, "Tuple") ? INF_PICKLE_BIT(INF_PICKLE_TUPLE) : INF_PICKLE_ANY_KIND;
}

static int read_type(struct cursor *c, int depth, uint32_t *ret, struct insides *in);

/* What follows the opening bracket, the closing one included. */
static int read_insides(struct cursor *c, int depth, struct insides *in)
{
    if (take_byte(c, '(')) { /* Tuple[()] */
        return take_byte(c, ')') && take_byte(c, ']') ? 0 : problem(c, "a bracket is missing");
    }
    do {
        struct insides deeper = {0};
        uint32_t kinds = 0;
        take_byte(c, ' ');
        if (read_type(c, depth + 1, &kinds, &deeper) != 0) {
            return -1;
        }
        in->first = in->count == 0 ? kinds : in->first;
        in->second = in->count == 1 ? kinds : in->second;
        in->all |= kinds;
        in->count++;
    } while (take_byte(c, ','));
    return take_byte(c, ']') ? 0 : problem(c, "a bracket is missing");
}

/* One type; *in is what is in its brackets. The recursion ends with the limit of the depth. */
static int read_type(struct cursor *c, int depth, uint32_t *ret, struct insides *in)
{
    const uint8_t *name = NULL;
    size_t length = 0;
    if (depth > INF_PICKLE_TYPE_DEPTH_MAX) {
        return problem(c, "types lie too deep in types");
    }
    if (read_name(c, &name, &length) != 0) {
        return -1;
    }
    if (!take_byte(c, '[')) {
        *ret = kinds_of_plain(name, length);
        return 0;
    }
    if (read_insides(c, depth, in) != 0) {
        return -1;
    }
    *ret = kinds_of_brackets(c, name, length, in);
    return c->problem ? -1 : 0;
}

int inf_pickle_type_read(const uint8_t *text, size_t length, struct inf_pickle_type *ret,
                         const char **ret_problem)
{
    struct cursor c = {.next = text, .end = text + length};
    struct insides in = {0};
    uint32_t kinds = 0;
    *ret_problem = "it is too long";
    if (length > INF_PICKLE_TYPE_MAX) {
        return -1;
    }
    if (read_type(&c, 1, &kinds, &in) != 0) {
        *ret_problem = c.problem;
        return -1;
    }
    *ret_problem = "something follows";
    if (c.next != c.end) {
        return -1;
    }
    *ret_problem = "it is neither List[] nor Dict[]";
    if (kinds == INF_PICKLE_BIT(INF_PICKLE_LIST)) {
        *ret = (struct inf_pickle_type){.container = INF_PICKLE_LIST, .items = in.first};
    } else if (kinds == INF_PICKLE_BIT(INF_PICKLE_DICT)) {
        *ret = (struct inf_pickle_type){
            .container = INF_PICKLE_DICT, .keys = in.first, .items = in.second};
    } else {
        return -1;
    }
    return 0;
}

/* The type that a string says, read once for each string. */
static int type_of_string(struct inf_pickle *m, uint32_t string, struct inf_pickle_type *ret)
{
    struct inf_pickle_value *value = (struct inf_pickle_value *)m->values.items + string;
    const uint8_t *text = m->program + value->first;
    const char *what = NULL;
    char quoted[INF_PICKLE_QUOTE];
    void *place = NULL;
    if (value->more) {
        *ret = ((struct inf_pickle_type *)m->types.items)[value->more - 1];
        return 0;
    }
    if (inf_pickle_type_read(text, value->count, ret, &what) != 0) {
        return inf_pickle_refuse(m, "type [%s] is not one that TorchScript writes: %s",
                                 inf_pickle_quote(text, value->count, quoted), what);
    }
    if (inf_pickle_grow(m, &m->types, sizeof *ret, &place) != 0) {
        return -1;
    }
    memcpy(place, ret, sizeof *ret);
    value->more = m->types.count;
    return 0;
}

static int check_kind(struct inf_pickle *m, const char *what, uint32_t i, unsigned kind,
                      uint32_t kinds)
{
    if (INF_PICKLE_BIT(kind) & kinds) {
        return 0;
    }
    return inf_pickle_refuse(m, "%s [%" PRIu32 "] is %s, which the type does not allow", what, i,
                             inf_pickle_kind_name(kind));
}

static int check_items(struct inf_pickle *m, uint32_t list, const struct inf_pickle_type *type)
{
    const uint32_t *items = inf_pickle_children(m, list);
    struct inf_pickle_value value = inf_pickle_at(m, list);
    bool dict = type->container == INF_PICKLE_DICT;
    for (uint32_t i = 0; i < value.count; i++) {
        unsigned kind = inf_pickle_at(m, items[i]).kind;
        int rc = dict && i % 2 == 0 ? check_kind(m, "key", i / 2, kind, type->keys & KEY_KINDS)
                 : dict             ? check_kind(m, "value", i / 2, kind, type->items)
                                    : check_kind(m, "item", i, kind, type->items);
        if (rc != 0) {
            return -1;
        }
    }
    return 0;
}

/* Gives the list or dict its type, if it has contents and no type. */
static int set_type(struct inf_pickle *m, uint32_t list, const struct inf_pickle_type *type)
{
    struct inf_pickle_value *value = (struct inf_pickle_value *)m->values.items + list;
    if (value->kind != type->container) {
        return inf_pickle_refuse(m, "%s is given the type of %s", inf_pickle_kind_name(value->kind),
                                 inf_pickle_kind_name(type->container));
    }
    if (value->flags != (INF_PICKLE_RAW | INF_PICKLE_FILLED)) {
        return inf_pickle_refuse(m, "%s is given its type %s", inf_pickle_kind_name(value->kind),
                                 value->flags & INF_PICKLE_TYPED ? "again" : "before its contents");
    }
    if (check_items(m, list, type) != 0) {
        return -1;
    }
    value->flags = INF_PICKLE_FILLED | INF_PICKLE_TYPED;
    return inf_pickle_push(m, list);
}

int inf_pickle_restore_type(struct inf_pickle *m, uint32_t arguments)
{
    struct inf_pickle_value tuple = inf_pickle_at(m, arguments);
    const uint32_t *items = inf_pickle_children(m, arguments);
    struct inf_pickle_type type = {0};
    if (tuple.kind != INF_PICKLE_TUPLE || tuple.count != 2 ||
        inf_pickle_at(m, items[1]).kind != INF_PICKLE_STRING) {
        return inf_pickle_refuse(m, "restore_type_tag takes a list or dict and a string");
    }
    return type_of_string(m, items[1], &type) == 0 ? set_type(m, items[0], &type) : -1;
}

int inf_pickle_build_list(struct inf_pickle *m, uint32_t arguments, enum inf_pickle_kind kind)
{
    struct inf_pickle_value tuple = inf_pickle_at(m, arguments);
    struct inf_pickle_type type = {.container = INF_PICKLE_LIST, .items = INF_PICKLE_BIT(kind)};
    if (tuple.kind != INF_PICKLE_TUPLE || tuple.count != 1) {
        return inf_pickle_refuse(m, "the function that gives a list its type takes one list");
    }
    return set_type(m, *inf_pickle_children(m, arguments), &type);
}
