/* Texts that are turned. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest_fixture.h"

static const struct ingest_case done[] = {
    {"[{'lowercase':{'field':'a'}},{'trim':{'field':'a'}}]", "{'a':[' X ','Y']}",
     "{'a':['x','y']}"},
    {"[{'uppercase':{'field':'a','target_field':'b'}}]", "{'a':'äx'}", "{'a':'äx','b':'ÄX'}"},
    {"[{'html_strip':{'field':'a'}}]", "{'a':'<b>x</b> &amp; y'}", "{'a':'x & y'}"},
    {"[{'trim':{'field':'a'}}]", "{'a':{}}",
     "! field [a] of type [java.util.HashMap] cannot be cast to [java.lang.String]"},
    {"[{'trim':{'field':'a'}}]", "{'a':null}", "! field [a] is null, cannot process it."},
    {"[{'trim':{'field':'a','ignore_missing':true}}]", "{'a':null}", "{'a':null}"},
    {"[{'trim':{'field':'x','ignore_missing':true}}]", "{}", "{}"},
};

static const struct ingest_refusal refused[] = {
    {"[{'trim':{}}]", "[field] required property is missing"},
    {"[{'lowercase':{'field':'a','ignore_missing':1}}]",
     "[ignore_missing] property isn't a boolean"},
    {"[{'uppercase':{'field':'a','foo':1}}]",
     "doesn't support one or more provided configuration parameters [foo]"},
};

int main(void)
{
    return ingest_main(&INGEST_TABLES(done, refused), NULL);
}
