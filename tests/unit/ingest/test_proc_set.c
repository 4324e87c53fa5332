/* Values that are put into fields. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest_fixture.h"

static const struct ingest_case done[] = {
    {"[{'set':{'field':'a.b','value':{'c':'{{d}}!'}}}]", "{'d':1}", "{'d':1,'a':{'b':{'c':'1!'}}}"},
    {"[{'set':{'field':'{{a}}','value':1}}]", "{'a':'b'}", "{'a':'b','b':1}"},
    {"[{'set':{'field':'a','value':2,'override':false}}]", "{'a':1}", "{'a':1}"},
    {"[{'set':{'field':'a','value':2,'override':false}}]", "{'a':null}", "{'a':2}"},
    {"[{'set':{'field':'a','value':'{{x}}','ignore_empty_value':true}}]", "{}", "{}"},
    {"[{'set':{'field':'a','copy_from':'b'}}]", "{'b':[1]}", "{'b':[1],'a':[1]}"},
    {"[{'set':{'field':'a','copy_from':'x'}}]", "{}",
     "! field [x] not present as part of path [x]"},
    {"[{'set':{'field':'a.b','value':1}}]", "{'a':1}",
     "! cannot set [b] with parent object of type [java.lang.Integer] as part of path [a.b]"},
    {"[{'append':{'field':'a','value':'x'}}]", "{}", "{'a':['x']}"},
    {"[{'append':{'field':'a','value':['x',2]}}]", "{'a':1}", "{'a':[1,'x',2]}"},
    {"[{'append':{'field':'a','value':[2,3,3],'allow_duplicates':false}}]", "{'a':[1,2]}",
     "{'a':[1,2,3]}"},
    {"[{'append':{'field':'a','copy_from':'b'}}]", "{'b':{'c':1}}", "{'b':{'c':1},'a':[{'c':1}]}"},
    {"[{'append':{'field':'a','copy_from':'x'}}]", "{}",
     "! field [x] not present as part of path [x]"},
    {"[{'append':{'field':'a','copy_from':'x','ignore_empty_values':true}}]", "{'a':1}", "{'a':1}"},
    {"[{'append':{'field':'a','value':['',null,' '],'ignore_empty_values':true}}]", "{}",
     "{'a':[' ']}"},
    {"[{'append':{'field':'a','value':'','ignore_empty_values':true}}]", "{}", "{}"},
};

static const struct ingest_refusal refused[] = {
    {"[{'set':{'field':'a'}}]", "[value] required property is missing"},
    {"[{'set':{'field':'a','value':1,'copy_from':'b'}}]",
     "cannot set both `copy_from` and `value`"},
    {"[{'set':{'field':'a','value':['{{#x}}']}}]", "[value] "},
    {"[{'set':{'field':'a','value':1,'override':'x'}}]", "[override] property isn't a boolean"},
    {"[{'append':{'field':'a'}}]", "[value] required property is missing"},
    {"[{'append':{'field':'a','value':1,'copy_from':'b'}}]",
     "cannot set both `copy_from` and `value`"},
};

int main(void)
{
    return ingest_main(&INGEST_TABLES(done, refused), NULL);
}
