/* Dates, by several formats and in zones. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "ingest_fixture.h"

static const struct ingest_case done[] = {
    {"[{'date':{'field':'a','formats':['yyyy','ISO8601']}}]", "{'a':'2026-11-28'}",
     "{'a':'2026-11-28','@timestamp':'2026-11-28T00:00:00.000Z'}"},
    {"[{'date':{'field':'a','formats':['UNIX_MS'],'target_field':'a','timezone':'-03:30'}}]",
     "{'a':0}", "{'a':'1969-12-31T20:30:00.000-03:30'}"},
    {"[{'date':{'field':'a','formats':['yyyy-MM-dd "
     "HH:mm'],'target_field':'a','timezone':'Europe/Berlin'}}]",
     "{'a':'2026-03-29 02:30'}", "{'a':'2026-03-29T03:30:00.000+02:00'}"},
    {"[{'date':{'field':'a','formats':['yyyy-MM-dd "
     "HH:mm'],'target_field':'a','timezone':'Europe/Berlin'}}]",
     "{'a':'2026-10-25 02:30'}", "{'a':'2026-10-25T02:30:00.000+02:00'}"},
    {"[{'date':{'field':'a','formats':['ISO8601'],'target_field':'a','timezone':'America/"
     "New_York','output_format':'HH:mm XX'}}]",
     "{'a':'2026-01-01T00:00:00Z'}", "{'a':'19:00 -0500'}"},
    {"[{'date':{'field':'a','formats':['UNIX_MS'],'target_field':'a','timezone':'Asia/Kolkata'}}]",
     "{'a':-1}", "{'a':'1970-01-01T05:29:59.999+05:30'}"},
    {"[{'date':{'field':'a','formats':['UNIX']}}]", "{'a':'x'}", "! unable to parse date [x]"},
    {"[{'date':{'field':'b','formats':['UNIX']}}]", "{}",
     "! field [b] not present as part of path [b]"},
};

static const struct ingest_refusal refused[] = {
    {"[{'date':{'field':'a'}}]", "[formats] required property is missing"},
    {"[{'date':{'field':'a','formats':'UNIX'}}]", "[formats] property isn't a list"},
    {"[{'date':{'field':'a','formats':[1]}}]",
     "[formats] holds a value of type [java.lang.Integer]"},
    {"[{'date':{'field':'a','formats':['QQ']}}]", "Invalid format: [QQ]"},
    {"[{'date':{'field':'a','formats':['UNIX'],'output_format':'UNIX'}}]",
     "invalid output format [UNIX]"},
    {"[{'date':{'field':'a','formats':['UNIX'],'timezone':'Nowhere/No'}}]",
     "[timezone] [Nowhere/No] is not served"},
    {"[{'date':{'field':'a','formats':['UNIX'],'locale':'de'}}]", "[locale] [de] is not served"},
};

int main(void)
{
    return ingest_main(&INGEST_TABLES(done, refused), NULL);
}
