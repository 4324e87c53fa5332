/* Fields that go, stay, or go elsewhere. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest_fixture.h"

static const struct ingest_case done[] = {
    {"[{'remove':{'field':['a.b','c']}}]", "{'a':{'b':1,'d':2},'c':3}", "{'a':{'d':2}}"},
    {"[{'remove':{'field':'{{a}}'}}]", "{'a':'b','b':1}", "{'a':'b'}"},
    {"[{'remove':{'field':['x','a'],'ignore_missing':true}}]", "{'a':1}", "{}"},
    {"[{'remove':{'field':'x'}}]", "{'a':1}", "! field [x] not present as part of path [x]"},
    {"[{'remove':{'keep':['a.b','c.d.e','f']}}]",
     "{'a':{'b':{'x':1},'bb':2},'c':{'d':{'e':1,'g':2},'h':3},'f':[1],'ff':1}",
     "{'a':{'b':{'x':1}},'c':{'d':{'e':1}},'f':[1]}"},
    {"[{'remove':{'keep':'a.b.c'}}]", "{'a':{'b':1},'z':2}", "{'a':{'b':1}}"},
    {"[{'remove':{'keep':'a.0'}}]", "{'a':[{'b':1}],'z':2}", "{'a':[{'b':1}]}"},
    {"[{'remove':{'keep':[]}}]", "{'a':1}", "{}"},
    {"[{'rename':{'field':'a','target_field':'b.c'}}]", "{'a':1}", "{'b':{'c':1}}"},
    {"[{'rename':{'field':'a','target_field':'b','override':true}}]", "{'a':1,'b':2}", "{'b':1}"},
    {"[{'rename':{'field':'a','target_field':'b'}}]", "{'a':1,'b':2}",
     "! field [b] already exists"},
    {"[{'rename':{'field':'a','target_field':'b.c','ignore_failure':true}}]", "{'a':1,'b':2}",
     "{'a':1,'b':2}"},
    {"[{'rename':{'field':'x','target_field':'b'}}]", "{}", "! field [x] doesn't exist"},
    {"[{'rename':{'field':'x','target_field':'b','ignore_missing':true}}]", "{}", "{}"},
};

static const struct ingest_refusal refused[] = {
    {"[{'remove':{}}]", "[keep] or [field] must be specified."},
    {"[{'remove':{'field':'a','keep':'b'}}]", "[keep] or [field] must be specified."},
    {"[{'remove':{'keep':['a',2]}}]",
     "[keep] property isn't a string, but of type [java.lang.Integer]"},
    {"[{'remove':{'field':'{{#a}}'}}]", "{{field}} and {{{field}}} alone"},
    {"[{'rename':{'field':'a'}}]", "[target_field] required property is missing"},
};

int main(void)
{
    return ingest_main(&INGEST_TABLES(done, refused), NULL);
}
