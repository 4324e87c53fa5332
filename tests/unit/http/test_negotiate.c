/* Media types of requests and answers. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "negotiate.h"
#include <stdio.h>
#include <string.h>

#define VENDORED "application/vnd.elasticsearch+json"

static void answers(const char *accept, const char *content_type, bool has_body,
                    const char *expected)
{
    struct inf_media media;
    struct inf_error err;
    char text[INF_MEDIA_TEXT];
    if (inf_negotiate(accept, content_type, has_body, false, &media, &err) != 0)
        fail_msg("%s", err.reason);
    assert_string_equal(inf_media_print(media, text), expected);
}

static void refused(const char *accept, const char *content_type, bool has_body,
                    enum inf_err_code code, const char *reason, const char *cause)
{
    struct inf_media media;
    struct inf_error err;
    assert_int_equal(inf_negotiate(accept, content_type, has_body, false, &media, &err), -1);
    assert_int_equal(err.code, code);
    assert_string_equal(err.reason, reason);
    assert_string_equal(err.cause, cause);
}

static void test_accept(void **state)
{
    (void)state;
    answers(NULL, NULL, false, "application/json");
    answers("*/*", NULL, false, "application/json");
    answers("application/*", NULL, false, "application/json");
    answers("application/json", NULL, false, "application/json");
    answers("text/html", NULL, false, "application/json");
    answers("application/yaml", NULL, false, "application/yaml");
    answers("application/vnd.elasticsearch+yaml; compatible-with=8", NULL, false,
            "application/vnd.elasticsearch+yaml;compatible-with=8");
    refused("application/cbor", NULL, false, INF_ERR_NOT_ACCEPTABLE,
            "Accept header [application/cbor] is not supported", "");
    refused("application/vnd.elasticsearch+smile;compatible-with=9", NULL, false,
            INF_ERR_NOT_ACCEPTABLE,
            "Accept header [application/vnd.elasticsearch+smile;compatible-with=9] is not "
            "supported",
            "");
    refused("application/yaml;version=1", NULL, false, INF_ERR_MEDIA_TYPE,
            "Invalid media-type value on headers [Accept]",
            "invalid media-type [application/yaml;version=1]");
    answers(VENDORED ";compatible-with=9", NULL, false, VENDORED ";compatible-with=9");
    answers(VENDORED " ; Compatible-With=8 ", NULL, false, VENDORED ";compatible-with=8");
    answers(VENDORED, NULL, false, VENDORED ";compatible-with=9");
    answers(VENDORED ";compatible-with=9,text/plain", NULL, false, "application/json");
    refused("foo", NULL, false, INF_ERR_MEDIA_TYPE, "Invalid media-type value on headers [Accept]",
            "invalid media-type [foo]");
    refused("", NULL, false, INF_ERR_MEDIA_TYPE, "Invalid media-type value on headers [Accept]",
            "invalid media-type []");
    refused(VENDORED ";compatible-with=10", NULL, false, INF_ERR_MEDIA_TYPE,
            "Invalid media-type value on headers [Accept, Content-Type]",
            "Accept version must be either version 9 or 8, but found 10. Accept=" VENDORED
            ";compatible-with=10");
    refused(VENDORED ";compatible-with=x", NULL, false, INF_ERR_MEDIA_TYPE,
            "Invalid media-type value on headers [Accept]",
            "invalid media-type [" VENDORED ";compatible-with=x]");
}

static void test_content_type(void **state)
{
    (void)state;
    answers(NULL, "text/plain", false, "application/json");
    answers(NULL, "nonsense", false, "application/json");
    answers(NULL, "application/json", true, "application/json");
    answers(NULL, "Application/JSON; charset=UTF-8", true, "application/json");
    answers(NULL, VENDORED ";compatible-with=8", true, "application/json");
    answers("*/*", VENDORED ";compatible-with=9", true, "application/json");
    answers(VENDORED ";compatible-with=8", VENDORED "; compatible-with=8", true,
            VENDORED ";compatible-with=8");
    refused(NULL, NULL, true, INF_ERR_NOT_ACCEPTABLE, "Content-Type header is missing", "");
    refused(NULL, "application/x-www-form-urlencoded", true, INF_ERR_NOT_ACCEPTABLE,
            "Content-Type header [application/x-www-form-urlencoded] is not supported", "");
    refused(NULL, "application/yaml", true, INF_ERR_NOT_ACCEPTABLE,
            "Content-Type header [application/yaml] is not supported", "");
    refused(NULL, "application/vnd.elasticsearch+yaml;compatible-with=9", true,
            INF_ERR_NOT_ACCEPTABLE,
            "Content-Type header [application/vnd.elasticsearch+yaml;compatible-with=9] is not "
            "supported",
            "");
    answers("application/yaml", "application/json", true, "application/yaml");
    refused(NULL, "json", true, INF_ERR_MEDIA_TYPE,
            "Invalid media-type value on headers [Content-Type]", "invalid media-type [json]");
    refused(NULL, "application/json;charset=latin1", true, INF_ERR_MEDIA_TYPE,
            "Invalid media-type value on headers [Content-Type]",
            "invalid media-type [application/json;charset=latin1]");
    refused(NULL, VENDORED ";compatible-with=7", true, INF_ERR_MEDIA_TYPE,
            "Invalid media-type value on headers [Accept, Content-Type]",
            "Content-Type version must be either version 9 or 8, but found 7. "
            "Content-Type=" VENDORED ";compatible-with=7");
}

static void test_versions_must_match(void **state)
{
    (void)state;
    static const char reason[] = "Invalid media-type value on headers [Accept, Content-Type]";
    static const char *const pairs[][2] = {
        {VENDORED ";compatible-with=8", VENDORED ";compatible-with=9"},
        {VENDORED ";compatible-with=9", "application/json"},
        {"application/json", VENDORED ";compatible-with=9"},
    };
    for (size_t i = 0; i < 3; i++) {
        char cause[INF_CAUSE_MAX];
        snprintf(cause, sizeof cause,
                 "A compatible version is required on both Content-Type and Accept headers if "
                 "either one has requested a compatible version and the compatible versions must "
                 "match. Accept=%s, Content-Type=%s",
                 pairs[i][0], pairs[i][1]);
        refused(pairs[i][0], pairs[i][1], true, INF_ERR_MEDIA_TYPE, reason, cause);
        answers(pairs[i][1], pairs[i][0], false,
                i == 1 ? "application/json" : VENDORED ";compatible-with=9");
    }
}

static void format_gives(const char *format, struct inf_media before, const char *expected,
                         bool named)
{
    struct inf_error err;
    char text[INF_MEDIA_TEXT];
    assert_int_equal(inf_negotiate_format(format, &before, &err), 0);
    assert_string_equal(inf_media_print(before, text), expected);
    assert_int_equal(before.named, named);
}

static void test_format(void **state)
{
    (void)state;
    const struct inf_media nine = {.compatible_with = 9, .named = true};
    struct inf_media media = nine;
    struct inf_error err;
    format_gives(NULL, nine, VENDORED ";compatible-with=9", true);
    format_gives("unknown", nine, VENDORED ";compatible-with=9", false);
    format_gives("json", nine, "application/json", true);
    format_gives("YAML", nine, "application/yaml", true);
    format_gives("json", (struct inf_media){.yaml = true}, "application/json", true);
    assert_int_equal(inf_negotiate_format("cbor", &media, &err), -1);
    assert_int_equal(err.code, INF_ERR_NOT_ACCEPTABLE);
    assert_string_equal(err.reason, "format [cbor] is not supported");
    assert_int_equal(inf_negotiate_format("Smile", &media, &err), -1);
}

static bool named(const char *accept)
{
    struct inf_media media;
    struct inf_error err;
    assert_int_equal(inf_negotiate(accept, NULL, false, false, &media, &err), 0);
    return media.named;
}

static void test_whether_the_client_names_a_type(void **state)
{
    (void)state;
    assert_false(named(NULL));
    assert_false(named("*/*"));
    assert_false(named("text/plain"));
    assert_false(named("text/plain," VENDORED ";compatible-with=9"));
    assert_true(named("application/json"));
    assert_true(named("application/yaml"));
    assert_true(named(VENDORED ";compatible-with=8"));
}

static void test_older_version(void **state)
{
    (void)state;
    assert_false(inf_negotiate_oldest(NULL, NULL));
    assert_false(inf_negotiate_oldest("*/*", "application/json"));
    assert_false(inf_negotiate_oldest(VENDORED ";compatible-with=9", VENDORED));
    assert_false(inf_negotiate_oldest(VENDORED ";compatible-with=", NULL));
    assert_true(inf_negotiate_oldest(VENDORED ";compatible-with=8", NULL));
    assert_true(inf_negotiate_oldest(VENDORED "; Compatible-With=8,text/plain", NULL));
    assert_true(inf_negotiate_oldest(NULL, VENDORED ";compatible-with=8"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_accept),
        cmocka_unit_test(test_content_type),
        cmocka_unit_test(test_versions_must_match),
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_whether_the_client_names_a_type),
        cmocka_unit_test(test_older_version),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
