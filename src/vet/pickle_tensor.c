/* pickle_tensor.c - storages and the tensors that are made of them.
 *
 * These are the numbers that libtorch believes: a storage is as many bytes long as the program
 * says, whatever its record has. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "pickle_tensor.h"

#include "pickle_global.h"
#include <inttypes.h>
#include <math.h>
#include <string.h>

#define KEY_MAX 19    /* digits of a storage's key */
#define DEVICE_MAX 16 /* bytes of a storage's device */

static const struct inf_pickle_storage_type storage_types[] = {
    {"ByteStorage", 1, INF_PICKLE_TYPE_INTEGER},
    {"CharStorage", 1, INF_PICKLE_TYPE_INTEGER},
    {"ShortStorage", 2, INF_PICKLE_TYPE_INTEGER},
    {"IntStorage", 4, INF_PICKLE_TYPE_INTEGER},
    {"LongStorage", 8, INF_PICKLE_TYPE_INTEGER},
    {"BoolStorage", 1, INF_PICKLE_TYPE_INTEGER},
    {"UInt16Storage", 2, INF_PICKLE_TYPE_INTEGER},
    {"UInt32Storage", 4, INF_PICKLE_TYPE_INTEGER},
    {"UInt64Storage", 8, INF_PICKLE_TYPE_INTEGER},
    {"HalfStorage", 2, INF_PICKLE_TYPE_FLOATING},
    {"BFloat16Storage", 2, INF_PICKLE_TYPE_FLOATING},
    {"FloatStorage", 4, INF_PICKLE_TYPE_FLOATING},
    {"DoubleStorage", 8, INF_PICKLE_TYPE_FLOATING},
    {"Float8_e5m2Storage", 1, INF_PICKLE_TYPE_FLOATING},
    {"Float8_e4m3fnStorage", 1, INF_PICKLE_TYPE_FLOATING},
    {"Float8_e5m2fnuzStorage", 1, INF_PICKLE_TYPE_FLOATING},
    {"Float8_e4m3fnuzStorage", 1, INF_PICKLE_TYPE_FLOATING},
    {"Float8_e8m0fnuStorage", 1, INF_PICKLE_TYPE_FLOATING},
    {"ComplexHalfStorage", 4, INF_PICKLE_TYPE_COMPLEX},
    {"ComplexFloatStorage", 8, INF_PICKLE_TYPE_COMPLEX},
    {"ComplexDoubleStorage", 16, INF_PICKLE_TYPE_COMPLEX},
    {"QInt8Storage", 1, INF_PICKLE_TYPE_QUANTISED},
    {"QUInt8Storage", 1, INF_PICKLE_TYPE_QUANTISED},
    {"QInt32Storage", 4, INF_PICKLE_TYPE_QUANTISED},
};

const struct inf_pickle_storage_type *inf_pickle_storage_types(size_t *ret_count)
{
    *ret_count = sizeof storage_types / sizeof *storage_types;
    return storage_types;
}

struct inf_pickle_tensor inf_pickle_tensor_at(const struct inf_pickle *m, uint32_t value)
{
    return ((const struct inf_pickle_tensor *)m->tensors.items)[inf_pickle_at(m, value).first];
}

static struct inf_pickle_storage storage_at(const struct inf_pickle *m, uint32_t value)
{
    return ((const struct inf_pickle_storage *)m->storages.items)[inf_pickle_at(m, value).first];
}

static enum inf_pickle_type_class class_of(const struct inf_pickle_tensor *tensor)
{
    return storage_types[tensor->type].type_class;
}

/* The argument's kind is `kind`, or a reason. */
static int expect(struct inf_pickle *m, uint32_t value, enum inf_pickle_kind kind, const char *what)
{
    unsigned is = inf_pickle_at(m, value).kind;
    if (is == kind) {
        return 0;
    }
    return inf_pickle_refuse(m, "%s is %s, not %s", what, inf_pickle_kind_name(is),
                             inf_pickle_kind_name(kind));
}

static int expect_text(struct inf_pickle *m, uint32_t value, size_t longest, const char *what,
                       const uint8_t **ret, size_t *ret_length)
{
    struct inf_pickle_value string = inf_pickle_at(m, value);
    char quoted[INF_PICKLE_QUOTE];
    if (expect(m, value, INF_PICKLE_STRING, what) != 0) {
        return -1;
    }
    *ret = m->program + string.first;
    *ret_length = string.count;
    if (string.count > longest) {
        return inf_pickle_refuse(m, "%s [%s] has [%" PRIu32 "] bytes, at most [%zu]", what,
                                 inf_pickle_quote(*ret, *ret_length, quoted), string.count,
                                 longest);
    }
    return 0;
}

static bool all_digits(const uint8_t *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9') {
            return false;
        }
    }
    return length > 0;
}

/* The device that the storage was on; libtorch is told to put it on the CPU whichever it was. */
static int check_location(struct inf_pickle *m, uint32_t value)
{
    const uint8_t *text = NULL;
    size_t length = 0;
    char quoted[INF_PICKLE_QUOTE];
    if (expect_text(m, value, DEVICE_MAX, "a storage's device", &text, &length) != 0) {
        return -1;
    }
    if ((length == 3 && memcmp(text, "cpu", 3) == 0) ||
        (length == 4 && memcmp(text, "cuda", 4) == 0) ||
        (length > 5 && length <= 8 && memcmp(text, "cuda:", 5) == 0 &&
         all_digits(text + 5, length - 5))) {
        return 0;
    }
    return inf_pickle_refuse(m, "a storage's device is [%s], not [cpu] or [cuda:N]",
                             inf_pickle_quote(text, length, quoted));
}

/* The writer divides the record's bytes by the size of a value, and so leaves out a rest. */
static int check_record(struct inf_pickle *m, const char *key, int64_t values, int bytes)
{
    int64_t record = m->options->record_size(m->options->arg, key);
    if (record < 0) {
        return inf_pickle_refuse(m, "storage [%s] has no record", key);
    }
    if (record / bytes != values) {
        return inf_pickle_refuse(m,
                                 "storage [%s] claims [%" PRId64 "] values of [%d] bytes, but its "
                                 "record has [%" PRId64 "] bytes",
                                 key, values, bytes, record);
    }
    return 0;
}

static int read_key(struct inf_pickle *m, uint32_t value, char key[KEY_MAX + 1])
{
    const uint8_t *text = NULL;
    size_t length = 0;
    char quoted[INF_PICKLE_QUOTE];
    if (expect_text(m, value, KEY_MAX, "a storage's key", &text, &length) != 0) {
        return -1;
    }
    if (!all_digits(text, length)) {
        return inf_pickle_refuse(m, "a storage's key is [%s], not a number",
                                 inf_pickle_quote(text, length, quoted));
    }
    memcpy(key, text, length);
    key[length] = '\0';
    return 0;
}

static int read_storage_type(struct inf_pickle *m, uint32_t value, uint32_t *ret)
{
    struct inf_pickle_value global = inf_pickle_at(m, value);
    char quoted[INF_PICKLE_QUOTE];
    if (expect(m, value, INF_PICKLE_GLOBAL, "a storage's type") != 0) {
        return -1;
    }
    if (inf_pickle_global_kind(global) != INF_PICKLE_GLOBAL_STORAGE) {
        return inf_pickle_refuse(m, "[%s] is no type of a storage",
                                 inf_pickle_global_name(m, value, quoted));
    }
    *ret = inf_pickle_global_detail(global);
    return 0;
}

static int check_persistent_id(struct inf_pickle *m, uint32_t value)
{
    const uint8_t *text = NULL;
    size_t length = 0;
    char quoted[INF_PICKLE_QUOTE];
    if (expect_text(m, value, KEY_MAX, "what a persistent id names", &text, &length) != 0) {
        return -1;
    }
    if (length != 7 || memcmp(text, "storage", 7) != 0) {
        return inf_pickle_refuse(m, "a persistent id names a [%s], not a [storage]",
                                 inf_pickle_quote(text, length, quoted));
    }
    return 0;
}

/* Older writers end with a place for what was never used. */
static int check_view(struct inf_pickle *m, uint32_t tuple, const uint32_t *items)
{
    return inf_pickle_at(m, tuple).count < 6
               ? 0
               : expect(m, items[5], INF_PICKLE_NONE, "the view of a storage");
}

int inf_pickle_load_storage(struct inf_pickle *m)
{
    struct inf_pickle_value made = {
        .kind = INF_PICKLE_STORAGE, .flags = INF_PICKLE_RAW, .first = m->storages.count};
    struct inf_pickle_storage storage = {0};
    char key[KEY_MAX + 1];
    const uint32_t *items = NULL;
    void *place = NULL;
    uint32_t tuple = 0;
    if (inf_pickle_pop(m, &tuple) != 0 ||
        inf_pickle_arguments(m, tuple, "a persistent id", 5, 6, &items) != 0 ||
        check_persistent_id(m, items[0]) != 0 || check_view(m, tuple, items) != 0 ||
        read_storage_type(m, items[1], &storage.type) != 0 || read_key(m, items[2], key) != 0 ||
        check_location(m, items[3]) != 0 ||
        expect(m, items[4], INF_PICKLE_INT, "a storage's number of values") != 0) {
        return -1;
    }
    storage.values = inf_pickle_at(m, items[4]).number;
    if (check_record(m, key, storage.values, storage_types[storage.type].bytes) != 0 ||
        inf_pickle_grow(m, &m->storages, sizeof storage, &place) != 0) {
        return -1;
    }
    memcpy(place, &storage, sizeof storage);
    return inf_pickle_make(m, made);
}

bool inf_pickle_extent(const int64_t *sizes, const int64_t *strides, size_t dimensions,
                       int64_t offset, int64_t *ret_end)
{
    int64_t end = 0;
    int64_t product = 1;
    int64_t reach = 0;
    bool some = true;
    for (size_t i = 0; i < dimensions; i++) {
        some = some && sizes[i] != 0;
        /* Zeros aside, since libtorch may multiply the others before it meets one. */
        if (sizes[i] != 0 && __builtin_mul_overflow(product, sizes[i], &product)) {
            return false;
        }
    }
    for (size_t i = 0; some && i < dimensions; i++) {
        if (__builtin_mul_overflow(sizes[i] - 1, strides[i], &reach) ||
            __builtin_add_overflow(end, reach, &end)) {
            return false;
        }
    }
    return !__builtin_add_overflow(end, some ? 1 : 0, &end) &&
           !__builtin_add_overflow(end, offset, ret_end);
}

/* A tuple of ints >= 0. */
static int read_numbers(struct inf_pickle *m, uint32_t tuple, const char *what,
                        int64_t numbers[INF_PICKLE_DIMENSIONS_MAX], uint32_t *ret_count)
{
    struct inf_pickle_value value = inf_pickle_at(m, tuple);
    const uint32_t *items = inf_pickle_children(m, tuple);
    if (value.kind != INF_PICKLE_TUPLE) {
        return inf_pickle_refuse(m, "the %ss of a tensor are %s, not a tuple", what,
                                 inf_pickle_kind_name(value.kind));
    }
    if (value.count > INF_PICKLE_DIMENSIONS_MAX) {
        return inf_pickle_refuse(m, "a tensor has [%" PRIu32 "] %ss, at most [%d]", value.count,
                                 what, INF_PICKLE_DIMENSIONS_MAX);
    }
    for (uint32_t i = 0; i < value.count; i++) {
        struct inf_pickle_value item = inf_pickle_at(m, items[i]);
        if (item.kind != INF_PICKLE_INT) {
            return inf_pickle_refuse(m, "%s [%" PRIu32 "] of a tensor is %s, not an int", what, i,
                                     inf_pickle_kind_name(item.kind));
        }
        if (item.number < 0) {
            return inf_pickle_refuse(m, "%s [%" PRIu32 "] of a tensor is [%" PRId64 "]", what, i,
                                     item.number);
        }
        numbers[i] = item.number;
    }
    *ret_count = value.count;
    return 0;
}

/* A tensor's shape, for what follows from it. */
struct shape {
    int64_t sizes[INF_PICKLE_DIMENSIONS_MAX];
    uint32_t dimensions;
};

/* Offset, sizes and strides: the view must lie in its storage. */
static int read_shape(struct inf_pickle *m, const uint32_t *items, struct shape *ret)
{
    int64_t strides[INF_PICKLE_DIMENSIONS_MAX];
    struct inf_pickle_storage storage = storage_at(m, items[0]);
    struct inf_pickle_value offset = inf_pickle_at(m, items[1]);
    uint32_t count = 0;
    int64_t end = 0;
    if (expect(m, items[1], INF_PICKLE_INT, "the offset of a tensor") != 0 ||
        read_numbers(m, items[2], "size", ret->sizes, &ret->dimensions) != 0 ||
        read_numbers(m, items[3], "stride", strides, &count) != 0) {
        return -1;
    }
    if (offset.number < 0) {
        return inf_pickle_refuse(m, "the offset of a tensor is [%" PRId64 "]", offset.number);
    }
    if (ret->dimensions != count) {
        return inf_pickle_refuse(m, "a tensor has [%" PRIu32 "] sizes, but [%" PRIu32 "] strides",
                                 ret->dimensions, count);
    }
    if (!inf_pickle_extent(ret->sizes, strides, count, offset.number, &end)) {
        return inf_pickle_refuse(m, "the sizes and strides of a tensor are too large");
    }
    if (end > storage.values) {
        return inf_pickle_refuse(m,
                                 "a tensor reaches to value [%" PRId64
                                 "] of its storage, which has "
                                 "[%" PRId64 "]",
                                 end, storage.values);
    }
    return 0;
}

/* One number a channel. */
static int check_channel_values(struct inf_pickle *m, uint32_t value, const char *what,
                                int64_t channels, enum inf_pickle_type_class wanted)
{
    struct inf_pickle_tensor tensor = {0};
    if (expect(m, value, INF_PICKLE_TENSOR, what) != 0) {
        return -1;
    }
    tensor = inf_pickle_tensor_at(m, value);
    if (tensor.dimensions != 1 || tensor.first != channels) {
        return inf_pickle_refuse(m,
                                 "%s has [%d] dimensions and [%" PRId64 "] values, but there are "
                                 "[%" PRId64 "] channels",
                                 what, tensor.dimensions, tensor.first, channels);
    }
    if (class_of(&tensor) != wanted) {
        return inf_pickle_refuse(m, "%s is of type [%s]", what, storage_types[tensor.type].name);
    }
    return 0;
}

static int check_per_tensor(struct inf_pickle *m, const uint32_t *items)
{
    if (expect(m, items[1], INF_PICKLE_FLOAT, "the scale of a quantised tensor") != 0 ||
        expect(m, items[2], INF_PICKLE_INT, "the zero point of a quantised tensor") != 0) {
        return -1;
    }
    if (!isfinite(inf_pickle_at(m, items[1]).real)) {
        return inf_pickle_refuse(m, "the scale of a quantised tensor is [%g]",
                                 inf_pickle_at(m, items[1]).real);
    }
    return 0;
}

static int check_per_channel(struct inf_pickle *m, const uint32_t *items, const struct shape *shape,
                             struct inf_pickle_tensor *ret)
{
    enum inf_pickle_type_class zeros = ret->scheme == INF_PICKLE_PER_CHANNEL_FLOAT
                                           ? INF_PICKLE_TYPE_FLOATING
                                           : INF_PICKLE_TYPE_INTEGER;
    int64_t axis = inf_pickle_at(m, items[3]).number;
    if (expect(m, items[3], INF_PICKLE_INT, "the axis of the channels") != 0) {
        return -1;
    }
    if (axis < 0 || axis >= (int64_t)shape->dimensions) {
        return inf_pickle_refuse(m,
                                 "the axis of the channels is [%" PRId64 "], but the tensor has "
                                 "[%" PRIu32 "] dimensions",
                                 axis, shape->dimensions);
    }
    ret->axis = (uint8_t)axis;
    return check_channel_values(m, items[1], "the tensor of scales", shape->sizes[axis],
                                INF_PICKLE_TYPE_FLOATING) == 0 &&
                   check_channel_values(m, items[2], "the tensor of zero points",
                                        shape->sizes[axis], zeros) == 0
               ? 0
               : -1;
}

/* The tuple that says how a tensor is quantised. */
static int read_scheme(struct inf_pickle *m, uint32_t tuple, const struct shape *shape,
                       struct inf_pickle_tensor *ret)
{
    static const uint32_t arguments[] = {[INF_PICKLE_PER_TENSOR] = 3,
                                         [INF_PICKLE_PER_CHANNEL] = 4,
                                         [INF_PICKLE_PER_CHANNEL_FLOAT] = 4};
    const uint32_t *items = NULL;
    char quoted[INF_PICKLE_QUOTE];
    if (inf_pickle_arguments(m, tuple, "a quantiser", 3, 4, &items) != 0 ||
        expect(m, items[0], INF_PICKLE_GLOBAL, "a quantiser's scheme") != 0) {
        return -1;
    }
    if (inf_pickle_global_kind(inf_pickle_at(m, items[0])) != INF_PICKLE_GLOBAL_SCHEME) {
        return inf_pickle_refuse(m, "[%s] is no scheme of a quantiser",
                                 inf_pickle_global_name(m, items[0], quoted));
    }
    ret->scheme = (uint8_t)inf_pickle_global_detail(inf_pickle_at(m, items[0]));
    if (inf_pickle_at(m, tuple).count != arguments[ret->scheme]) {
        return inf_pickle_refuse(m, "a quantiser [%s] has [%" PRIu32 "] parts, not [%" PRIu32 "]",
                                 inf_pickle_global_name(m, items[0], quoted),
                                 inf_pickle_at(m, tuple).count, arguments[ret->scheme]);
    }
    return ret->scheme == INF_PICKLE_PER_TENSOR ? check_per_tensor(m, items)
                                                : check_per_channel(m, items, shape, ret);
}

/* Whether a tensor is to be read as conjugated or negated: {"conj": True}. */
static int check_metadata(struct inf_pickle *m, uint32_t dict,
                          const struct inf_pickle_tensor *tensor)
{
    struct inf_pickle_value value = inf_pickle_at(m, dict);
    const uint32_t *items = inf_pickle_children(m, dict);
    char quoted[INF_PICKLE_QUOTE];
    if (expect(m, dict, INF_PICKLE_DICT, "the metadata of a tensor") != 0) {
        return -1;
    }
    if (!(value.flags & INF_PICKLE_TYPED) || value.count > 4) {
        return inf_pickle_refuse(m,
                                 "the metadata of a tensor are no Dict[str, bool] of conj and neg");
    }
    for (uint32_t i = 0; i < value.count; i += 2) {
        struct inf_pickle_value key = inf_pickle_at(m, items[i]);
        const uint8_t *text = m->program + key.first;
        if (expect(m, items[i], INF_PICKLE_STRING, "a key of a tensor's metadata") != 0 ||
            expect(m, items[i + 1], INF_PICKLE_BOOL, "a value of a tensor's metadata") != 0) {
            return -1;
        }
        bool conj = key.count == 4 && memcmp(text, "conj", 4) == 0;
        bool neg = key.count == 3 && memcmp(text, "neg", 3) == 0;
        if (!neg && !(conj && class_of(tensor) == INF_PICKLE_TYPE_COMPLEX)) {
            return inf_pickle_refuse(m, "metadata [%s] of a tensor of type [%s]",
                                     inf_pickle_quote(text, key.count, quoted),
                                     storage_types[tensor->type].name);
        }
    }
    return 0;
}

static int make_tensor(struct inf_pickle *m, const struct inf_pickle_tensor *tensor)
{
    struct inf_pickle_value made = {.kind = INF_PICKLE_TENSOR, .first = m->tensors.count};
    void *place = NULL;
    if (inf_pickle_grow(m, &m->tensors, sizeof *tensor, &place) != 0) {
        return -1;
    }
    memcpy(place, tensor, sizeof *tensor);
    return inf_pickle_make(m, made);
}

/* The storage's type is one that this function makes tensors of. */
static int check_quantised(struct inf_pickle *m, uint32_t type, bool quantised)
{
    if ((storage_types[type].type_class == INF_PICKLE_TYPE_QUANTISED) == quantised) {
        return 0;
    }
    return inf_pickle_refuse(m, "a %s tensor is made of [%s]", quantised ? "quantised" : "plain",
                             storage_types[type].name);
}

int inf_pickle_rebuild(struct inf_pickle *m, uint32_t arguments, bool quantised)
{
    const char *name = quantised ? "_rebuild_qtensor" : "_rebuild_tensor_v2";
    struct inf_pickle_tensor tensor = {.first = 1};
    struct shape shape;
    const uint32_t *items = NULL;
    uint32_t rest = quantised ? 5 : 4; /* where the flag for gradients is */
    if (inf_pickle_arguments(m, arguments, name, rest + 2, 7, &items) != 0 ||
        expect(m, items[0], INF_PICKLE_STORAGE, "what a tensor is made of") != 0) {
        return -1;
    }
    tensor.type = (uint8_t)storage_at(m, items[0]).type;
    if (check_quantised(m, tensor.type, quantised) != 0 || read_shape(m, items, &shape) != 0 ||
        (quantised && read_scheme(m, items[4], &shape, &tensor) != 0) ||
        expect(m, items[rest], INF_PICKLE_BOOL, "whether a tensor has gradients") != 0 ||
        expect(m, items[rest + 1], INF_PICKLE_HOOKS, "what a tensor has for hooks") != 0) {
        return -1;
    }
    if (rest + 2 < inf_pickle_at(m, arguments).count &&
        check_metadata(m, items[rest + 2], &tensor) != 0) {
        return -1;
    }
    tensor.dimensions = (uint8_t)shape.dimensions;
    tensor.first = shape.dimensions ? shape.sizes[0] : 1;
    return make_tensor(m, &tensor);
}
