/* What ends a run: fail and drop; and what is not served. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest_fixture.h"

static const struct ingest_case done[] = {
    {"[{'fail':{'message':'a is {{a}}'}}]", "{'a':[1,2]}", "! a is [1,2]"},
    {"[{'fail':{'message':'no','ignore_failure':true}}]", "{'a':1}", "{'a':1}"},
    {"[{'fail':{'message':'no','if':'ctx.a == 2'}}]", "{'a':1}", "{'a':1}"},
    {"[{'drop':{}},{'fail':{'message':'no'}}]", "{}", "dropped"},
    {"[{'drop':{'if':'ctx.a == 2'}}]", "{'a':1}", "{'a':1}"},
};

static const struct ingest_refusal refused[] = {
    {"[{'fail':{}}]", "[message] required property is missing"},
    {"[{'fail':{'message':1}}]", "[message] property isn't a string"},
    {"[{'drop':{'field':'a'}}]",
     "doesn't support one or more provided configuration parameters [field]"},
    {"[{'script':{'source':'1'}}]", "this server runs no scripts"},
};

int main(void)
{
    return ingest_main(&INGEST_TABLES(done, refused), NULL);
}
