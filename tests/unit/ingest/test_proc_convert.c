/* Texts and numbers of other types. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest_fixture.h"

static const struct ingest_case done[] = {
    {"[{'convert':{'field':'a','type':'integer'}}]", "{'a':'0x1F'}", "{'a':31}"},
    {"[{'convert':{'field':'a','type':'integer'}}]", "{'a':'-2147483648'}", "{'a':-2147483648}"},
    {"[{'convert':{'field':'a','type':'integer'}}]", "{'a':'2147483648'}",
     "! unable to convert [2147483648] to integer"},
    {"[{'convert':{'field':'a','type':'integer'}}]", "{'a':''}",
     "! unable to convert [] to integer"},
    {"[{'convert':{'field':'a','type':'long'}}]", "{'a':['9223372036854775807','1']}",
     "{'a':[9223372036854775807,1]}"},
    {"[{'convert':{'field':'a','type':'long'}}]", "{'a':'9223372036854775808'}",
     "! unable to convert [9223372036854775808] to long"},
    {"[{'convert':{'field':'a','type':'long'}}]", "{'a':'1.5'}",
     "! unable to convert [1.5] to long"},
    {"[{'convert':{'field':'a','type':'boolean'}}]", "{'a':'TRUE'}", "{'a':true}"},
    {"[{'convert':{'field':'a','type':'boolean'}}]", "{'a':'1'}",
     "! [1] is not a boolean value, cannot convert to boolean"},
    {"[{'convert':{'field':'a','type':'string'}}]", "{'a':1.5}", "{'a':'1.5'}"},
    {"[{'convert':{'field':'a','type':'string','target_field':'b'}}]", "{'a':true}",
     "{'a':true,'b':'true'}"},
    {"[{'convert':{'field':'a','type':'ip'}}]", "{'a':'::1'}", "{'a':'::1'}"},
    {"[{'convert':{'field':'a','type':'ip'}}]", "{'a':'1.2.3'}",
     "! '1.2.3' is not an IP string literal."},
    {"[{'convert':{'field':'a','type':'auto'}}]", "{'a':['true','1','1.5','x']}",
     "{'a':[true,1,1.5,'x']}"},
    {"[{'convert':{'field':'a','type':'long','ignore_missing':true}}]", "{'a':null}", "{'a':null}"},
    {"[{'convert':{'field':'b','type':'long'}}]", "{}",
     "! field [b] not present as part of path [b]"},
};

static const struct ingest_refusal refused[] = {
    {"[{'convert':{'field':'a'}}]", "[type] required property is missing"},
    {"[{'convert':{'field':'a','type':'foo'}}]", "type [foo] not supported"},
    {"[{'convert':{'type':'long'}}]", "[field] required property is missing"},
};

int main(void)
{
    return ingest_main(&INGEST_TABLES(done, refused), NULL);
}
