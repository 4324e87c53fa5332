/* libtorch's own attention, over views of the packed rows: one call for all texts of a length. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "attention.h"
#include "aten.h"

#include <string.h>

enum { QUERY, KEY, VALUE, PARTS };

/* Of texts of the same length, side by side. */
struct group {
    int first_token, count, length;
    int queries;  /* of each text: its tokens, or the first alone */
    int to_token; /* where the answers of these go */
};

static AtenTensorHandle view(const float *data, const int64_t sizes[4], const int64_t strides[4])
{
    AtenTensorHandle tensor = NULL;

    if (aoti_torch_create_tensor_from_blob((float *)data, 4, sizes, strides, 0,
                                           aoti_torch_dtype_float32(), aoti_torch_device_type_cpu(),
                                           0, &tensor) != 0)
        return NULL;
    return tensor;
}

static void drop(AtenTensorHandle tensor)
{
    if (tensor != NULL)
        aoti_torch_delete_tensor_object(tensor);
}

static AtenTensorHandle view_of_part(const struct inf_attention *attention,
                                     const struct group *group, const float *qkv, int part)
{
    const int64_t width = (int64_t)attention->heads * attention->size, row = PARTS * width;
    const int64_t sizes[] = {group->count, attention->heads,
                             part == QUERY ? group->queries : group->length, attention->size};
    const int64_t strides[] = {group->length * row, attention->size, row, 1};

    return view(qkv + (int64_t)group->first_token * row + part * width, sizes, strides);
}

/* The same for each text of the group. */
static AtenTensorHandle view_of_bias(const struct inf_attention *attention,
                                     const struct group *group)
{
    const int64_t length = group->length;
    const int64_t sizes[] = {1, attention->heads, group->queries, length};
    const int64_t strides[] = {attention->heads * length * length, length * length, length, 1};

    return view(attention->bias(attention->arg, group->length), sizes, strides);
}

/* The output lies as [count, length, heads, size], as it is wanted, unless libtorch changed its
 * mind about that. */
static int take_output(const struct inf_attention *attention, const struct group *group,
                       AtenTensorHandle output, float *to)
{
    const int64_t size = attention->size, width = attention->heads * size;
    int64_t *strides = NULL;
    void *data = NULL;

    if (aoti_torch_get_data_ptr(output, &data) != 0 ||
        aoti_torch_get_strides(output, &strides) != 0)
        return -1;
    to += (int64_t)group->to_token * width;
    if (strides[1] == size && strides[2] == width && strides[3] == 1 &&
        (group->count == 1 || strides[0] == group->queries * width)) {
        memcpy(to, data, (size_t)(group->count * group->queries * width) * sizeof *to);
        return 0;
    }
    for (int text = 0; text < group->count; text++)
        for (int token = 0; token < group->queries; token++)
            for (int head = 0; head < attention->heads; head++)
                for (int64_t i = 0; i < size; i++)
                    *to++ = ((const float *)data)[text * strides[0] + head * strides[1] +
                                                  token * strides[2] + i * strides[3]];
    return 0;
}

static int attend(const struct inf_attention *attention, const struct group *group,
                  const float *qkv, float *to)
{
    AtenTensorHandle parts[PARTS], bias = NULL, output = NULL, sums = NULL;
    bool is_ready = true;
    int rc = -1;

    for (int part = 0; part < PARTS; part++) {
        parts[part] = view_of_part(attention, group, qkv, part);
        is_ready = is_ready && parts[part] != NULL;
    }
    if (attention->bias != NULL) {
        bias = view_of_bias(attention, group);
        is_ready = is_ready && bias != NULL;
    }
    if (is_ready && aoti_torch_cpu__scaled_dot_product_flash_attention_for_cpu(
                        parts[QUERY], parts[KEY], parts[VALUE], 0, 0, bias != NULL ? &bias : NULL,
                        NULL, &output, &sums) == 0)
        rc = take_output(attention, group, output, to);
    for (int part = 0; part < PARTS; part++)
        drop(parts[part]);
    drop(bias);
    drop(output);
    drop(sums);
    return rc;
}

int inf_attention(const struct inf_attention *attention, const struct inf_packing *packing,
                  bool first_only, const float *qkv, float *to)
{
    int rc = 0;

    for (int i = 0, next = 0; i < packing->count && rc == 0; i = next) {
        const struct inf_packed_text *text = &packing->texts[i];
        struct group group = {.first_token = text->start,
                              .length = text->length,
                              .queries = first_only ? 1 : text->length,
                              .to_token = first_only ? i : text->start};
        next = inf_packing_next_length(packing, i);
        group.count = next - i;
        rc = attend(attention, &group, qkv, to);
    }
    return rc;
}
