/* Texts apart and together, and patterns in them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest_fixture.h"

static const struct ingest_case done[] = {
    {"[{'split':{'field':'a','separator':','}}]", "{'a':'x,,y,,'}", "{'a':['x','','y']}"},
    {"[{'split':{'field':'a','separator':',','preserve_trailing':true}}]", "{'a':'x,,'}",
     "{'a':['x','','']}"},
    {"[{'split':{'field':'a','separator':'[0-9]+','target_field':'b'}}]", "{'a':'x12y'}",
     "{'a':'x12y','b':['x','y']}"},
    {"[{'split':{'field':'a','separator':','}}]", "{'a':1}",
     "! field [a] of type [java.lang.Integer] cannot be cast to [java.lang.String]"},
    {"[{'split':{'field':'x','separator':',','ignore_missing':true}}]", "{}", "{}"},
    {"[{'join':{'field':'a','separator':'-'}}]", "{'a':['x',1,true,null]}",
     "{'a':'x-1-true-null'}"},
    {"[{'join':{'field':'a','separator':'-'}}]", "{'a':[]}", "{'a':''}"},
    {"[{'join':{'field':'a','separator':'-'}}]", "{'a':'x'}",
     "! field [a] of type [java.lang.String] cannot be cast to [java.util.List]"},
    {"[{'gsub':{'field':'a','pattern':'(.)x','replacement':'$1-'}}]", "{'a':['ax','bx']}",
     "{'a':['a-','b-']}"},
    {"[{'gsub':{'field':'a','pattern':'','replacement':'.'}}]", "{'a':'xy'}", "{'a':'.x.y.'}"},
    {"[{'gsub':{'field':'x','pattern':'a','replacement':''}}]", "{}",
     "! field [x] not present as part of path [x]"},
};

static const struct ingest_refusal refused[] = {
    {"[{'split':{'field':'a'}}]", "[separator] required property is missing"},
    {"[{'split':{'field':'a','separator':'('}}]", "[separator] Invalid regex pattern [(]"},
    {"[{'join':{'field':'a'}}]", "[separator] required property is missing"},
    {"[{'gsub':{'field':'a','pattern':'a'}}]", "[replacement] required property is missing"},
    {"[{'gsub':{'field':'a','pattern':'[','replacement':''}}]",
     "[pattern] Invalid regex pattern [[]"},
};

int main(void)
{
    return ingest_main(&INGEST_TABLES(done, refused), NULL);
}
