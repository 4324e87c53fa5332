/* Texts that are JSON. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest_fixture.h"

static const struct ingest_case done[] = {
    {"[{'json':{'field':'a'}}]", "{'a':'[1,{\\\"b\\\":null}]'}", "{'a':[1,{'b':null}]}"},
    {"[{'json':{'field':'a','target_field':'b.c'}}]", "{'a':'1'}", "{'a':'1','b':{'c':1}}"},
    {"[{'json':{'field':'a','add_to_root':true}}]", "{'a':'{\\\"a\\\":2}'}", "{'a':2}"},
    {"[{'json':{'field':'a','add_to_root':true,'add_to_root_conflict_strategy':'merge'}}]",
     "{'a':'{\\\"m\\\":{\\\"x\\\":1}}','m':{'y':2}}",
     "{'a':'{\\\"m\\\":{\\\"x\\\":1}}','m':{'y':2,'x':1}}"},
    {"[{'json':{'field':'a','add_to_root':true}}]", "{'a':'1'}",
     "! cannot add non-map fields to root of document"},
    {"[{'json':{'field':'b'}}]", "{}", "! field [b] not present as part of path [b]"},
};

static const struct ingest_refusal refused[] = {
    {"[{'json':{}}]", "[field] required property is missing"},
    {"[{'json':{'field':'a','add_to_root':true,'target_field':'b'}}]",
     "Cannot set a target field while also"},
    {"[{'json':{'field':'a','add_to_root_conflict_strategy':'x'}}]",
     "conflict strategy [x] not supported"},
};

int main(void)
{
    return ingest_main(&INGEST_TABLES(done, refused), NULL);
}
