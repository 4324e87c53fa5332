/* fuzz_authorization.c - what an Authorization header says: a credential is found only where name
 * and secret are both there, as text that has no NUL and is sound UTF-8, and its header can be made
 * again from it.
 *
 * Input: the header. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "credential.h"
#include "inferd/base64.h"
#include "inferd/json.h"
#include "must.h"
#include <string.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The decoded text behind the scheme, which was found to be sound. */
static size_t decode(const char *header, char *out)
{
    struct inf_base64 decoder = {0};
    const char *text = header + strcspn(header, " ");
    size_t length = 0, decoded = 0;
    text += strspn(text, " ");
    length = strcspn(text, " ");
    MUST(inf_base64_feed(&decoder, text, length, (uint8_t *)out, &decoded) == 0);
    MUST(inf_base64_end(&decoder) == 0);
    return decoded;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char header[1 << 16], decoded[1 << 16];
    struct inf_credential credential;
    if (size >= sizeof header)
        return 0;
    memcpy(header, data, size);
    header[size] = '\0';
    inf_credential_read(header, &credential);
    if (credential.kind == INF_CREDENTIAL_PASSWORD || credential.kind == INF_CREDENTIAL_KEY) {
        size_t name = strlen(credential.name), secret = strlen(credential.secret);
        MUST(name > 0 && secret > 0 && name + secret + 1 <= INF_CREDENTIAL_MAX);
        MUST(strchr(credential.name, ':') == NULL);
        MUST(inf_utf8_valid(credential.name, name) && inf_utf8_valid(credential.secret, secret));
        MUST(decode(header, decoded) == name + 1 + secret);
        MUST(memcmp(decoded, credential.name, name) == 0 && decoded[name] == ':');
        MUST(memcmp(decoded + name + 1, credential.secret, secret) == 0);
        MUST((strncasecmp(header, "basic", 5) == 0) ==
             (credential.kind == INF_CREDENTIAL_PASSWORD));
    } else {
        MUST(credential.name[0] == '\0' && credential.secret[0] == '\0');
    }
    inf_credential_wipe(&credential);
    return 0;
}
