/* pickle_global.c - the constructors that a program may name. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "pickle_global.h"

#include "pickle_tensor.h"
#include "pickle_type.h"
#include <inttypes.h>
#include <string.h>

#define DEVICE_MAX 32 /* bytes of a device's name */

/* Besides these rows there are the storage types (module torch) and the file's own classes. */
static const struct constructor {
    const char *module;
    const char *name;
    enum inf_pickle_global kind;
    uint32_t detail;
} constructors[] = {
    {"torch._utils", "_rebuild_tensor_v2", INF_PICKLE_GLOBAL_REBUILD, false},
    {"torch._utils", "_rebuild_qtensor", INF_PICKLE_GLOBAL_REBUILD, true},
    {"collections", "OrderedDict", INF_PICKLE_GLOBAL_HOOKS, 0},
    {"torch.jit._pickle", "restore_type_tag", INF_PICKLE_GLOBAL_TYPE, 0},
    {"torch.jit._pickle", "build_intlist", INF_PICKLE_GLOBAL_LIST, INF_PICKLE_INT},
    {"torch.jit._pickle", "build_doublelist", INF_PICKLE_GLOBAL_LIST, INF_PICKLE_FLOAT},
    {"torch.jit._pickle", "build_boollist", INF_PICKLE_GLOBAL_LIST, INF_PICKLE_BOOL},
    {"torch.jit._pickle", "build_tensorlist", INF_PICKLE_GLOBAL_LIST, INF_PICKLE_TENSOR},
    {"torch", "per_tensor_affine", INF_PICKLE_GLOBAL_SCHEME, INF_PICKLE_PER_TENSOR},
    {"torch", "per_channel_affine", INF_PICKLE_GLOBAL_SCHEME, INF_PICKLE_PER_CHANNEL},
    {"torch", "per_channel_affine_float_qparams", INF_PICKLE_GLOBAL_SCHEME,
     INF_PICKLE_PER_CHANNEL_FLOAT},
    {"torch", "device", INF_PICKLE_GLOBAL_DEVICE, 0},
    {"builtins", "complex", INF_PICKLE_GLOBAL_COMPLEX, 0},
    {"__torch__.torch.classes.quantized", "LinearPackedParamsBase", INF_PICKLE_GLOBAL_PACKED,
     INF_PICKLE_PACKED_LINEAR},
    {"__torch__.torch.classes.quantized", "Conv2dPackedParamsBase", INF_PICKLE_GLOBAL_PACKED,
     INF_PICKLE_PACKED_CONV2D},
    {"__torch__.torch.classes.quantized", "Conv3dPackedParamsBase", INF_PICKLE_GLOBAL_PACKED,
     INF_PICKLE_PACKED_CONV3D},
    {"__torch__.torch.classes.quantized", "EmbeddingPackedParamsBase", INF_PICKLE_GLOBAL_PACKED,
     INF_PICKLE_PACKED_EMBEDDING},
    {"__torch__.torch.classes.rnn", "CellParamsBase", INF_PICKLE_GLOBAL_PACKED,
     INF_PICKLE_PACKED_CELL},
};

enum { ROWS = sizeof constructors / sizeof *constructors, ROW_CLASS = ROWS, ROW_STORAGES };

/* A line of the program without its end. */
struct word {
    const uint8_t *text;
    size_t length;
};

static bool is(struct word word, const char *text)
{
    return strlen(text) == word.length && memcmp(word.text, text, word.length) == 0;
}

enum inf_pickle_global inf_pickle_global_kind(struct inf_pickle_value global)
{
    return global.count < ROWS         ? constructors[global.count].kind
           : global.count == ROW_CLASS ? INF_PICKLE_GLOBAL_CLASS
                                       : INF_PICKLE_GLOBAL_STORAGE;
}

uint32_t inf_pickle_global_detail(struct inf_pickle_value global)
{
    return global.count < ROWS            ? constructors[global.count].detail
           : global.count >= ROW_STORAGES ? global.count - ROW_STORAGES
                                          : 0;
}

const char *inf_pickle_global_name(const struct inf_pickle *m, uint32_t value,
                                   char text[INF_PICKLE_QUOTE])
{
    struct inf_pickle_value global = inf_pickle_at(m, value);
    uint8_t name[INF_PICKLE_QUOTE]; /* longer ones are cut anyway */
    size_t length = global.more < sizeof name ? global.more : sizeof name;
    memcpy(name, m->program + global.first, length);
    for (size_t i = 0; i < length; i++) {
        name[i] = name[i] == '\n' ? '.' : name[i];
    }
    return inf_pickle_quote(name, length, text);
}

static bool is_identifier(struct word word)
{
    for (size_t i = 0; i < word.length; i++) {
        uint8_t byte = word.text[i];
        bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
        if (!letter && !(i > 0 && byte >= '0' && byte <= '9')) {
            return false;
        }
    }
    return word.length > 0;
}

/* Identifiers with dots between them, the first of them __torch__. */
static bool is_class_module(struct word module)
{
    bool first = true;
    while (true) {
        const uint8_t *dot = module.length ? memchr(module.text, '.', module.length) : NULL;
        struct word part = {module.text, dot ? (size_t)(dot - module.text) : module.length};
        if (!is_identifier(part) || (first && !is(part, "__torch__"))) {
            return false;
        }
        if (!dot) {
            return true;
        }
        first = false;
        module.text = dot + 1;
        module.length -= part.length + 1;
    }
}

/* Where libtorch has the classes that are written in C++: their objects' state goes to native code.
 */
static bool is_native_module(struct word module)
{
    static const char native[] = "__torch__.torch.classes";
    size_t length = sizeof native - 1;
    return module.length >= length && memcmp(module.text, native, length) == 0 &&
           (module.length == length || module.text[length] == '.');
}

static bool find_row(struct word module, struct word name, uint32_t *ret)
{
    size_t types = 0;
    const struct inf_pickle_storage_type *type = inf_pickle_storage_types(&types);
    for (uint32_t i = 0; i < ROWS; i++) {
        if (is(module, constructors[i].module) && is(name, constructors[i].name)) {
            *ret = i;
            return true;
        }
    }
    for (uint32_t i = 0; is(module, "torch") && i < types; i++) {
        if (is(name, type[i].name)) {
            *ret = ROW_STORAGES + i;
            return true;
        }
    }
    *ret = ROW_CLASS;
    return is_class_module(module) && is_identifier(name) && !is_native_module(module);
}

static int read_word(struct inf_pickle *m, struct word *ret)
{
    uint32_t left = m->length - m->next;
    const uint8_t *start = m->program + m->next;
    const uint8_t *end =
        memchr(start, '\n', left <= INF_PICKLE_NAME_MAX ? left : INF_PICKLE_NAME_MAX + 1);
    if (!end) {
        return left <= INF_PICKLE_NAME_MAX
                   ? inf_pickle_refuse(m, "the program ends inside of an opcode")
                   : inf_pickle_refuse(m, "a constructor's name has more than [%d] bytes",
                                       INF_PICKLE_NAME_MAX);
    }
    *ret = (struct word){start, (size_t)(end - start)};
    m->next += (uint32_t)ret->length + 1;
    return 0;
}

int inf_pickle_load_global(struct inf_pickle *m)
{
    struct inf_pickle_value global = {.kind = INF_PICKLE_GLOBAL, .flags = INF_PICKLE_RAW};
    struct word module, name;
    char text[INF_PICKLE_QUOTE];
    uint32_t value = m->values.count;
    global.first = m->next;
    if (read_word(m, &module) != 0 || read_word(m, &name) != 0) {
        return -1;
    }
    global.more = m->next - global.first - 1;
    if (!find_row(module, name, &global.count)) {
        global.count = ROW_CLASS;
        return inf_pickle_make(m, global) != 0
                   ? -1
                   : inf_pickle_refuse(m,
                                       "constructor [%s] is not one that a TorchScript file needs",
                                       inf_pickle_global_name(m, value, text));
    }
    return inf_pickle_make(m, global);
}

int inf_pickle_arguments(struct inf_pickle *m, uint32_t tuple, const char *what, uint32_t least,
                         uint32_t most, const uint32_t **ret)
{
    struct inf_pickle_value value = inf_pickle_at(m, tuple);
    *ret = inf_pickle_children(m, tuple);
    if (value.kind != INF_PICKLE_TUPLE) {
        return inf_pickle_refuse(m, "%s takes a tuple, not %s", what,
                                 inf_pickle_kind_name(value.kind));
    }
    if (value.count < least || value.count > most) {
        return inf_pickle_refuse(m,
                                 "%s takes [%" PRIu32 "] to [%" PRIu32 "] parts, not [%" PRIu32 "]",
                                 what, least, most, value.count);
    }
    return 0;
}

static int make_hooks(struct inf_pickle *m, uint32_t arguments)
{
    struct inf_pickle_value value = inf_pickle_at(m, arguments);
    if (value.kind != INF_PICKLE_TUPLE || value.count != 0) {
        return inf_pickle_refuse(m, "[collections.OrderedDict] is not empty");
    }
    return inf_pickle_make(
        m, (struct inf_pickle_value){.kind = INF_PICKLE_HOOKS, .flags = INF_PICKLE_RAW});
}

static int make_complex(struct inf_pickle *m, uint32_t arguments)
{
    const uint32_t *items = NULL;
    if (inf_pickle_arguments(m, arguments, "[builtins.complex]", 2, 2, &items) != 0) {
        return -1;
    }
    for (int i = 0; i < 2; i++) {
        if (inf_pickle_at(m, items[i]).kind != INF_PICKLE_FLOAT) {
            return inf_pickle_refuse(m, "[builtins.complex] takes floats, not %s",
                                     inf_pickle_kind_name(inf_pickle_at(m, items[i]).kind));
        }
    }
    return inf_pickle_make(m, (struct inf_pickle_value){.kind = INF_PICKLE_COMPLEX});
}

/* The name of a device: lower-case letters, and a number behind a colon if it has one. */
static bool is_device(struct word word)
{
    const uint8_t *colon = word.length ? memchr(word.text, ':', word.length) : NULL;
    size_t letters = colon ? (size_t)(colon - word.text) : word.length;
    for (size_t i = 0; i < word.length; i++) {
        uint8_t byte = word.text[i];
        if (i != letters &&
            (byte < (i < letters ? 'a' : '0') || byte > (i < letters ? 'z' : '9'))) {
            return false;
        }
    }
    return letters > 0 && letters + 1 != word.length && word.length <= DEVICE_MAX;
}

static int make_device(struct inf_pickle *m, uint32_t arguments)
{
    const uint32_t *items = NULL;
    struct inf_pickle_value text;
    char quoted[INF_PICKLE_QUOTE];
    if (inf_pickle_arguments(m, arguments, "[torch.device]", 1, 1, &items) != 0) {
        return -1;
    }
    text = inf_pickle_at(m, items[0]);
    if (text.kind != INF_PICKLE_STRING) {
        return inf_pickle_refuse(m, "[torch.device] takes a string, not %s",
                                 inf_pickle_kind_name(text.kind));
    }
    if (!is_device((struct word){m->program + text.first, text.count})) {
        return inf_pickle_refuse(m, "[%s] is no device",
                                 inf_pickle_quote(m->program + text.first, text.count, quoted));
    }
    return inf_pickle_make(m, (struct inf_pickle_value){.kind = INF_PICKLE_DEVICE});
}

/* A class that is called with a plain value is an enum, and the value is its member's. */
static int make_enum(struct inf_pickle *m, uint32_t global, uint32_t member)
{
    unsigned kind = inf_pickle_at(m, member).kind;
    char text[INF_PICKLE_QUOTE];
    if (kind != INF_PICKLE_INT && kind != INF_PICKLE_FLOAT && kind != INF_PICKLE_STRING) {
        return inf_pickle_refuse(m,
                                 "[%s] is called with %s; only enums are called, with an int, a "
                                 "float or a string",
                                 inf_pickle_global_name(m, global, text),
                                 inf_pickle_kind_name(kind));
    }
    return inf_pickle_make(m, (struct inf_pickle_value){.kind = INF_PICKLE_ENUM});
}

int inf_pickle_reduce(struct inf_pickle *m)
{
    uint32_t arguments = 0, function = 0;
    struct inf_pickle_value global;
    char text[INF_PICKLE_QUOTE];
    if (inf_pickle_pop(m, &arguments) != 0 || inf_pickle_pop(m, &function) != 0) {
        return -1;
    }
    global = inf_pickle_at(m, function);
    if (global.kind != INF_PICKLE_GLOBAL) {
        return inf_pickle_refuse(m, "%s is called as if it were a constructor",
                                 inf_pickle_kind_name(global.kind));
    }
    switch (inf_pickle_global_kind(global)) {
    case INF_PICKLE_GLOBAL_REBUILD:
        return inf_pickle_rebuild(m, arguments, inf_pickle_global_detail(global) != 0);
    case INF_PICKLE_GLOBAL_LIST:
        return inf_pickle_build_list(m, arguments, inf_pickle_global_detail(global));
    case INF_PICKLE_GLOBAL_TYPE:
        return inf_pickle_restore_type(m, arguments);
    case INF_PICKLE_GLOBAL_HOOKS:
        return make_hooks(m, arguments);
    case INF_PICKLE_GLOBAL_COMPLEX:
        return make_complex(m, arguments);
    case INF_PICKLE_GLOBAL_DEVICE:
        return make_device(m, arguments);
    case INF_PICKLE_GLOBAL_CLASS:
        return make_enum(m, function, arguments);
    default:
        return inf_pickle_refuse(m, "[%s] is no function",
                                 inf_pickle_global_name(m, function, text));
    }
}
