/* pickle_object.c - objects and their states.
 *
 * The state of an object of libtorch's own goes to native code that was not written for strangers,
 * so it is checked as far as its numbers reach. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "pickle_object.h"

#include "pickle_global.h"
#include "pickle_tensor.h"
#include <inttypes.h>
#include <string.h>

int inf_pickle_new_object(struct inf_pickle *m)
{
    struct inf_pickle_value shell = {.kind = INF_PICKLE_SHELL, .flags = INF_PICKLE_RAW};
    struct inf_pickle_value tuple, global;
    char text[INF_PICKLE_QUOTE];
    uint32_t arguments = 0;
    if (inf_pickle_pop(m, &arguments) != 0 || inf_pickle_pop(m, &shell.first) != 0) {
        return -1;
    }
    tuple = inf_pickle_at(m, arguments);
    global = inf_pickle_at(m, shell.first);
    if (tuple.kind != INF_PICKLE_TUPLE || tuple.count != 0) {
        return inf_pickle_refuse(m, "an object is made with %s, not with an empty tuple",
                                 inf_pickle_kind_name(tuple.kind));
    }
    if (global.kind != INF_PICKLE_GLOBAL) {
        return inf_pickle_refuse(m, "an object is made of %s, not of a class",
                                 inf_pickle_kind_name(global.kind));
    }
    if (inf_pickle_global_kind(global) != INF_PICKLE_GLOBAL_CLASS &&
        inf_pickle_global_kind(global) != INF_PICKLE_GLOBAL_PACKED) {
        return inf_pickle_refuse(m, "[%s] is no class",
                                 inf_pickle_global_name(m, shell.first, text));
    }
    return inf_pickle_make(m, shell);
}

static bool is_kind(const struct inf_pickle *m, uint32_t value, enum inf_pickle_kind kind)
{
    return inf_pickle_at(m, value).kind == kind;
}

static bool is_text(const struct inf_pickle *m, uint32_t value, const char *text)
{
    struct inf_pickle_value string = inf_pickle_at(m, value);
    return string.kind == INF_PICKLE_STRING && string.count == strlen(text) &&
           memcmp(m->program + string.first, text, string.count) == 0;
}

/* A list of `count` items. */
static bool is_list(const struct inf_pickle *m, uint32_t value, uint32_t count)
{
    return is_kind(m, value, INF_PICKLE_LIST) && inf_pickle_at(m, value).count == count;
}

static bool is_type(const struct inf_pickle_tensor *tensor, const char *name)
{
    size_t count = 0;
    return strcmp(inf_pickle_storage_types(&count)[tensor->type].name, name) == 0;
}

/* A weight of so many dimensions, quantised in a way that the packing code reads. */
static bool is_weight(const struct inf_pickle *m, uint32_t value, int dimensions, bool may_be_float)
{
    struct inf_pickle_tensor tensor;
    if (!is_kind(m, value, INF_PICKLE_TENSOR)) {
        return false;
    }
    tensor = inf_pickle_tensor_at(m, value);
    if (tensor.dimensions != dimensions) {
        return false;
    }
    if (may_be_float && is_type(&tensor, "FloatStorage")) {
        return true;
    }
    return is_type(&tensor, "QInt8Storage") &&
           (tensor.scheme == INF_PICKLE_PER_TENSOR || tensor.scheme == INF_PICKLE_PER_CHANNEL);
}

/* None, or one float for each of `outputs`. A negative number of them is any. */
static bool is_bias(const struct inf_pickle *m, uint32_t value, int64_t outputs)
{
    struct inf_pickle_tensor tensor;
    if (is_kind(m, value, INF_PICKLE_NONE)) {
        return true;
    }
    if (!is_kind(m, value, INF_PICKLE_TENSOR)) {
        return false;
    }
    tensor = inf_pickle_tensor_at(m, value);
    return tensor.dimensions == 1 && is_type(&tensor, "FloatStorage") &&
           (outputs < 0 || tensor.first == outputs);
}

/* (weight, bias) */
static bool is_linear(const struct inf_pickle *m, const uint32_t *items, uint32_t count)
{
    return count == 2 && is_weight(m, items[0], 2, true) &&
           is_bias(m, items[1], inf_pickle_tensor_at(m, items[0]).first);
}

/* ("2", [numbers, weight], [bias]); the numbers are how often each of stride, padding, dilation and
 * output padding there are, those, the groups and whether it is transposed. A transposed one has
 * as many outputs as its second dimension says, so the bias may be of any length. */
static bool is_conv(const struct inf_pickle *m, const uint32_t *items, uint32_t count, int spatial)
{
    const uint32_t *tensors = NULL;
    struct inf_pickle_tensor numbers;
    if (count != 3 || !is_text(m, items[0], "2") || !is_list(m, items[1], 2) ||
        !is_list(m, items[2], 1)) {
        return false;
    }
    tensors = inf_pickle_children(m, items[1]);
    if (!is_kind(m, tensors[0], INF_PICKLE_TENSOR)) {
        return false;
    }
    numbers = inf_pickle_tensor_at(m, tensors[0]);
    return numbers.dimensions == 1 && numbers.first == 4 * spatial + 3 &&
           is_type(&numbers, "ShortStorage") && is_weight(m, tensors[1], spatial + 2, false) &&
           is_bias(m, *inf_pickle_children(m, items[2]), -1);
}

/* (1, [weight], [], [bits]) */
static bool is_embedding(const struct inf_pickle *m, const uint32_t *items, uint32_t count)
{
    struct inf_pickle_tensor weight;
    uint32_t tensor = 0, bits = 0;
    if (count != 4 || !is_kind(m, items[0], INF_PICKLE_INT) || !is_list(m, items[1], 1) ||
        !is_list(m, items[2], 0) || !is_list(m, items[3], 1)) {
        return false;
    }
    tensor = *inf_pickle_children(m, items[1]);
    bits = *inf_pickle_children(m, items[3]);
    if (!is_kind(m, tensor, INF_PICKLE_TENSOR) || !is_kind(m, bits, INF_PICKLE_INT)) {
        return false;
    }
    weight = inf_pickle_tensor_at(m, tensor);
    return inf_pickle_at(m, items[0]).number == 1 && inf_pickle_at(m, bits).number == 8 &&
           weight.dimensions == 2 && is_type(&weight, "QUInt8Storage") &&
           weight.scheme == INF_PICKLE_PER_CHANNEL_FLOAT && weight.axis == 0;
}

/* Two packed linear weights, of the inputs and of what the cell remembers. */
static bool is_linear_pair(const struct inf_pickle *m, uint32_t list)
{
    const uint32_t *items = inf_pickle_children(m, list);
    for (int i = 0; i < 2; i++) {
        struct inf_pickle_value global;
        if (!is_kind(m, items[i], INF_PICKLE_OBJECT)) {
            return false;
        }
        global = inf_pickle_at(m, inf_pickle_at(m, items[i]).first);
        if (inf_pickle_global_kind(global) != INF_PICKLE_GLOBAL_PACKED ||
            inf_pickle_global_detail(global) != INF_PICKLE_PACKED_LINEAR) {
            return false;
        }
    }
    return true;
}

/* ("quantized_dynamic", [bias, bias], [], [reduce range], [linear, linear]), or
 * ("quantized_fp16", [], [], [], [linear, linear]) */
static bool is_cell(const struct inf_pickle *m, const uint32_t *items, uint32_t count)
{
    bool dynamic = count == 5 && is_text(m, items[0], "quantized_dynamic");
    const uint32_t *biases = NULL;
    if (count != 5 || !(dynamic || is_text(m, items[0], "quantized_fp16")) ||
        !is_list(m, items[1], dynamic ? 2 : 0) || !is_list(m, items[2], 0) ||
        !is_list(m, items[3], dynamic ? 1 : 0) || !is_list(m, items[4], 2) ||
        !is_linear_pair(m, items[4])) {
        return false;
    }
    biases = inf_pickle_children(m, items[1]);
    return !dynamic || (is_kind(m, biases[0], INF_PICKLE_TENSOR) && is_bias(m, biases[0], -1) &&
                        is_kind(m, biases[1], INF_PICKLE_TENSOR) && is_bias(m, biases[1], -1) &&
                        is_kind(m, *inf_pickle_children(m, items[3]), INF_PICKLE_INT));
}

static int check_packed(struct inf_pickle *m, uint32_t global, uint32_t value)
{
    const uint32_t *items = inf_pickle_children(m, value);
    uint32_t count = inf_pickle_at(m, value).count;
    char text[INF_PICKLE_QUOTE];
    bool right = false;
    if (is_kind(m, value, INF_PICKLE_TUPLE)) {
        switch ((enum inf_pickle_packed)inf_pickle_global_detail(inf_pickle_at(m, global))) {
        case INF_PICKLE_PACKED_LINEAR:
            right = is_linear(m, items, count);
            break;
        case INF_PICKLE_PACKED_CONV2D:
            right = is_conv(m, items, count, 2);
            break;
        case INF_PICKLE_PACKED_CONV3D:
            right = is_conv(m, items, count, 3);
            break;
        case INF_PICKLE_PACKED_EMBEDDING:
            right = is_embedding(m, items, count);
            break;
        case INF_PICKLE_PACKED_CELL:
            right = is_cell(m, items, count);
            break;
        }
    }
    return right ? 0
                 : inf_pickle_refuse(m, "the state of [%s] is not one that torch writes",
                                     inf_pickle_global_name(m, global, text));
}

/* A dict that was written in place, whose keys are names. A dict with a type is a value, which a
 * __setstate__ takes. */
static int check_attributes(struct inf_pickle *m, uint32_t global, uint32_t dict)
{
    struct inf_pickle_value value = inf_pickle_at(m, dict);
    const uint32_t *items = inf_pickle_children(m, dict);
    char text[INF_PICKLE_QUOTE];
    if (!(value.flags & INF_PICKLE_FILLED)) {
        return inf_pickle_refuse(m, "[%s] is given a dict before its contents",
                                 inf_pickle_global_name(m, global, text));
    }
    for (uint32_t i = 0; i < value.count; i += 2) {
        unsigned kind = inf_pickle_at(m, items[i]).kind;
        if (kind != INF_PICKLE_STRING) {
            return inf_pickle_refuse(m, "the name of attribute [%" PRIu32 "] of [%s] is %s", i / 2,
                                     inf_pickle_global_name(m, global, text),
                                     inf_pickle_kind_name(kind));
        }
    }
    return 0;
}

static int check_state(struct inf_pickle *m, uint32_t global, uint32_t state)
{
    struct inf_pickle_value value = inf_pickle_at(m, state);
    char text[INF_PICKLE_QUOTE];
    if (inf_pickle_global_kind(inf_pickle_at(m, global)) == INF_PICKLE_GLOBAL_PACKED) {
        return check_packed(m, global, state);
    }
    if (value.kind == INF_PICKLE_DICT && !(value.flags & INF_PICKLE_TYPED)) {
        return check_attributes(m, global, state);
    }
    if (value.flags & INF_PICKLE_RAW) {
        return inf_pickle_refuse(m, "[%s] is given what is unfinished: %s",
                                 inf_pickle_global_name(m, global, text),
                                 inf_pickle_kind_name(value.kind));
    }
    if (!m->options->own_states) {
        return inf_pickle_refuse(m,
                                 "[%s] is given %s instead of its attributes, which its "
                                 "__setstate__ would take while the file is loaded",
                                 inf_pickle_global_name(m, global, text),
                                 inf_pickle_kind_name(value.kind));
    }
    return 0;
}

int inf_pickle_build(struct inf_pickle *m)
{
    struct inf_pickle_value object = {.kind = INF_PICKLE_OBJECT};
    struct inf_pickle_value shell, value;
    uint32_t state = 0, made = 0;
    if (inf_pickle_pop(m, &state) != 0 || inf_pickle_pop(m, &made) != 0) {
        return -1;
    }
    shell = inf_pickle_at(m, made);
    value = inf_pickle_at(m, state);
    if (shell.kind != INF_PICKLE_SHELL) {
        return inf_pickle_refuse(m, "%s is given attributes", inf_pickle_kind_name(shell.kind));
    }
    if (check_state(m, shell.first, state) != 0) {
        return -1;
    }
    object.first = shell.first;
    object.more = inf_pickle_walk(value);
    object.depth = value.depth;
    return inf_pickle_make(m, object);
}

bool inf_pickle_is_own_object(const struct inf_pickle *m, uint32_t value)
{
    struct inf_pickle_value object = inf_pickle_at(m, value);
    return object.kind == INF_PICKLE_OBJECT &&
           inf_pickle_global_kind(inf_pickle_at(m, object.first)) == INF_PICKLE_GLOBAL_CLASS;
}
