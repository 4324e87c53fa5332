/* Reads "<scheme> <base64 of name:secret>", RFC 7617 for Basic. A name has no colon, a secret may.
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "credential.h"

#include "inferd/base64.h"
#include "inferd/json.h"
#include <string.h>
#include <strings.h>

static const struct {
    const char *name;
    enum inf_credential_kind kind;
} schemes[] = {{"Basic", INF_CREDENTIAL_PASSWORD},
               {"ApiKey", INF_CREDENTIAL_KEY},
               {"Bearer", INF_CREDENTIAL_KEY}};

/* The scheme's kind; *ret_rest is what follows it and the blanks. */
static enum inf_credential_kind scheme_of(const char *header, const char **ret_rest)
{
    size_t length = strcspn(header, " ");

    *ret_rest = header + length + strspn(header + length, " ");
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++)
        if (strlen(schemes[i].name) == length && strncasecmp(schemes[i].name, header, length) == 0)
            return schemes[i].kind;
    return INF_CREDENTIAL_NONE;
}

/* 0 when text is base64 of sound UTF-8 with a colon and something before and after it. */
static int decode(const char *text, struct inf_credential *ret)
{
    struct inf_base64 decoder = {0};
    size_t length = strlen(text), decoded = 0;
    char *colon;

    while (length > 0 && text[length - 1] == ' ')
        length--;
    if (INF_BASE64_ROOM(length) > INF_CREDENTIAL_MAX ||
        inf_base64_feed(&decoder, text, length, (uint8_t *)ret->text, &decoded) != 0 ||
        inf_base64_end(&decoder) != 0 || memchr(ret->text, '\0', decoded) != NULL ||
        !inf_utf8_valid(ret->text, decoded))
        return -1;
    ret->text[decoded] = '\0';
    colon = strchr(ret->text, ':');
    if (colon == NULL || colon == ret->text || colon[1] == '\0')
        return -1;
    *colon = '\0';
    ret->name = ret->text;
    ret->secret = colon + 1;
    return 0;
}

void inf_credential_read(const char *header, struct inf_credential *ret)
{
    const char *rest;

    ret->kind = header != NULL ? scheme_of(header, &rest) : INF_CREDENTIAL_NONE;
    ret->name = ret->secret = "";
    if (ret->kind != INF_CREDENTIAL_NONE && decode(rest, ret) != 0)
        ret->kind = INF_CREDENTIAL_BROKEN;
}

void inf_credential_wipe(struct inf_credential *credential)
{
    explicit_bzero(credential->text, sizeof credential->text);
}
