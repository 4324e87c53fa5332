/* page.h - from and size of a listing. Thread: loop only. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_PAGE_H
#define INFERD_REST_PAGE_H

#include "inferd/error.h"
#include "inferd/http.h"
#include <stdbool.h>
#include <stdint.h>

struct inf_page {
    int64_t from, size;
    int64_t total; /* entries shown to inf_page_take */
};

/* Reads the call's [from] and [size]; ILLEGAL_ARGUMENT when one is negative. */
int inf_page_init(struct inf_page *page, const struct inf_call *call, struct inf_error *err);
/* Counts the next entry; true when it is on the page. */
bool inf_page_take(struct inf_page *page);

#endif
