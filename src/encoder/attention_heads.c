/* Which head of which text: all of a length, shared by the team. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "attention_heads.h"
#include "team.h"

/* Of texts of one length, side by side. */
struct group {
    const struct inf_attention_kind *kind;
    const struct inf_attention *attention;
    int length, queries; /* of each text: its tokens, or the first alone */
    const float *qkv, *bias;
    float *to;
    char *room;
};

/* Counted over the group's texts. */
static struct inf_attention_head head_of(const struct group *group, size_t number)
{
    const struct inf_attention *attention = group->attention;
    size_t text = number / (size_t)attention->heads, head = number % (size_t)attention->heads;
    size_t size = (size_t)attention->size, width = (size_t)attention->heads * size;
    size_t length = (size_t)group->length;
    const float *from = group->qkv + text * length * 3 * width + head * size;

    return (struct inf_attention_head){
        .attention = attention,
        .number = (int)head,
        .length = group->length,
        .size = attention->size,
        .queries = group->queries,
        .query = from,
        .key = from + width,
        .value = from + 2 * width,
        .row = 3 * width,
        .bias = group->bias == NULL ? NULL : group->bias + head * length * length,
        .to = group->to + text * (size_t)group->queries * width + head * size,
        .to_row = width};
}

static void attend(void *arg, size_t first, size_t last, size_t member)
{
    const struct group *group = arg;
    char *room = group->room + member * group->kind->room(group->attention->size, group->length);

    for (size_t i = first; i < last; i++) {
        const struct inf_attention_head head = head_of(group, i);
        group->kind->attend(&head, room);
    }
}

size_t inf_attention_row(int count)
{
    size_t vectors = ((size_t)count + INF_KERNEL_PAD - 1) / INF_KERNEL_PAD;

    return (vectors | 1) * INF_KERNEL_PAD;
}

void inf_attention_turn_keys(const struct inf_attention_head *head, float *keys)
{
    size_t row = inf_attention_row(head->length);

    for (size_t token = 0; token < (size_t)head->length; token++) {
        const float *from = head->key + token * head->row;
        for (size_t i = 0; i < (size_t)head->size; i++)
            keys[i * row + token] = from[i];
    }
}

void inf_attention_by_keys(const struct inf_attention_head *head, const struct inf_kernels *kernels,
                           const float *keys, int first, int count, float *to)
{
    size_t row = inf_attention_row(head->length);

    kernels->product(&(struct inf_product){.a = head->query + (size_t)first * head->row,
                                           .a_row = head->row,
                                           .b = keys,
                                           .b_row = row,
                                           .to = to,
                                           .to_row = row,
                                           .rows = count,
                                           .depth = head->size,
                                           .cols = head->length});
}

void inf_attention_by_values(const struct inf_attention_head *head,
                             const struct inf_kernels *kernels, const float *weights,
                             const float *values, size_t values_row, int first, int count)
{
    kernels->product(&(struct inf_product){.a = weights,
                                           .a_row = inf_attention_row(head->length),
                                           .b = values,
                                           .b_row = values_row,
                                           .to = head->to + (size_t)first * head->to_row,
                                           .to_row = head->to_row,
                                           .rows = count,
                                           .depth = head->length,
                                           .cols = head->size});
}

void inf_attention_by(const struct inf_attention_kind *kind, const struct inf_attention *attention,
                      const struct inf_packing *packing, bool first_only, const float *qkv,
                      void *room, size_t members, float *to)
{
    size_t width = (size_t)attention->heads * (size_t)attention->size;

    for (int i = 0, next = 0; i < packing->count; i = next) {
        const struct inf_packed_text *text = &packing->texts[i];
        int length = text->length;
        struct group group = {
            .kind = kind,
            .attention = attention,
            .length = length,
            .queries = first_only ? 1 : length,
            .qkv = qkv + (size_t)text->start * 3 * width,
            .bias = attention->bias != NULL ? attention->bias(attention->arg, length) : NULL,
            .to = to + (size_t)(first_only ? i : text->start) * width,
            .room = room};
        size_t products = 0;
        next = inf_packing_next_length(packing, i);
        products = (size_t)(next - i) * width * (size_t)length * (size_t)group.queries;
        inf_team_run(products >= INF_TEAM_WORTH_IT ? members : 1,
                     (size_t)(next - i) * (size_t)attention->heads, attend, &group);
    }
}
