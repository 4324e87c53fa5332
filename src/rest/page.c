/* page.c - from and size of a listing. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "page.h"

int inf_page_init(struct inf_page *page, const struct inf_call *call, struct inf_error *err)
{
    page->from = inf_call_int(call, "from");
    page->size = inf_call_int(call, "size");
    page->total = 0;
    if (page->from < 0)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "Parameter [from] cannot be < 0");
    if (page->size < 0)
        return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT, "Parameter [size] cannot be < 0");
    return 0;
}

bool inf_page_take(struct inf_page *page)
{
    int64_t index = page->total++;

    return index >= page->from && index - page->from < page->size;
}
