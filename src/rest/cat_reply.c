/* cat_reply.c - what all _cat endpoints have in common. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cat_reply.h"

#include "reply.h"

static enum inf_outcome reply_text(struct inf_call *call, struct inf_buf *body,
                                   struct inf_error *err)
{
    if (body->failed)
        return rest_reply(call, body, err);
    inf_call_reply_text(call, 200, body);
    return INF_REPLIED;
}

static enum inf_outcome reply_help(struct inf_call *call, const struct inf_cat_column *columns,
                                   struct inf_error *err)
{
    struct inf_buf body;

    inf_buf_init(&body, INF_RESPONSE_MAX);
    inf_cat_columns_write(columns, &body);
    return reply_text(call, &body, err);
}

static enum inf_outcome reply_table(struct inf_call *call, const struct inf_cat_table *table,
                                    struct inf_error *err)
{
    struct inf_jsonw w;
    struct inf_buf body;

    inf_buf_init(&body, INF_RESPONSE_MAX);
    if (inf_call_wants_text(call)) {
        inf_cat_table_write_text(table, &body);
        return reply_text(call, &body, err);
    }
    inf_jsonw_init(&w, &body);
    inf_cat_table_write_json(table, &w);
    return rest_reply(call, &body, err);
}

enum inf_outcome rest_cat_reply(struct inf_call *call, const struct inf_cat_column *columns,
                                rest_cat_fill fill, const struct inf_gathered *others,
                                struct inf_error *err)
{
    const struct inf_cat_options options = {.columns = inf_call_str(call, "h"),
                                            .sort = inf_call_str(call, "s"),
                                            .byte_unit = inf_call_str(call, "bytes"),
                                            .header = inf_call_bool(call, "v")};
    enum inf_outcome outcome = INF_FAILED;
    struct inf_cat_table *table;

    if (inf_call_bool(call, "help"))
        return reply_help(call, columns, err);
    table = inf_cat_table_new(columns, &options);
    if (fill(call, others, table, err) == 0 && inf_cat_table_sort(table, err) == 0)
        outcome = reply_table(call, table, err);
    inf_cat_table_free(table);
    return outcome;
}

enum inf_outcome rest_cat_gather(struct inf_call *call, const struct inf_gathering *gathering,
                                 struct inf_error *err)
{
    static const struct inf_gathered none = {0};

    return inf_call_bool(call, "help") ? gathering->answer(call, &none, err)
                                       : rest_gather(call, gathering, err);
}
