/* What an Authorization header says. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "credential.h"
#include <string.h>

static void says(const char *header, enum inf_credential_kind kind, const char *name,
                 const char *secret)
{
    struct inf_credential credential;

    inf_credential_read(header, &credential);
    assert_int_equal(credential.kind, kind);
    assert_string_equal(credential.name, name);
    assert_string_equal(credential.secret, secret);
    inf_credential_wipe(&credential);
    for (size_t i = 0; i < sizeof credential.text; i++)
        assert_int_equal(credential.text[i], 0);
}

static void passwords(void **state)
{
    (void)state;
    says("Basic YTpi", INF_CREDENTIAL_PASSWORD, "a", "b");
    says("basic   YTpi ", INF_CREDENTIAL_PASSWORD, "a", "b");
    says("BASIC YTpiOmM=", INF_CREDENTIAL_PASSWORD, "a", "b:c");
    says("Basic w6Q6w7w=", INF_CREDENTIAL_PASSWORD, "\xc3\xa4", "\xc3\xbc");
}

static void keys(void **state)
{
    (void)state;
    says("ApiKey YTpi", INF_CREDENTIAL_KEY, "a", "b");
    says("Bearer YTpi", INF_CREDENTIAL_KEY, "a", "b");
}

static void none(void **state)
{
    (void)state;
    says(NULL, INF_CREDENTIAL_NONE, "", "");
    says("", INF_CREDENTIAL_NONE, "", "");
    says("Digest YTpi", INF_CREDENTIAL_NONE, "", "");
    says("BasicYTpi", INF_CREDENTIAL_NONE, "", "");
}

static void broken(void **state)
{
    static const char *const headers[] = {"Basic",
                                          "Basic ",
                                          "Basic !!!!",
                                          "Basic YTpi=",
                                          "Basic YQ==", /* a */
                                          "Basic OmI=" /* :b */,
                                          "Basic YTo=" /* a: */,
                                          "Basic YTpiAA==", /* a:b\0 */
                                          "Basic YTr/" /* ill-formed */,
                                          "ApiKey YTpi YTpi",
                                          "Bearer token"};
    static char huge[INF_CREDENTIAL_MAX * 2] = "Basic ";

    (void)state;
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++)
        says(headers[i], INF_CREDENTIAL_BROKEN, "", "");
    memset(huge + 6, 'Y', sizeof huge - 7);
    says(huge, INF_CREDENTIAL_BROKEN, "", "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(passwords),
        cmocka_unit_test(keys),
        cmocka_unit_test(none),
        cmocka_unit_test(broken),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
