/* credential.h - what an Authorization header says about who asks.
 *
 * Thread: any (pure). Owns: the decoded text, on the caller's stack; wipe it after use.
 * Bound: INF_CREDENTIAL_MAX bytes after decoding; a longer one is broken. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SECURITY_CREDENTIAL_H
#define INFERD_SECURITY_CREDENTIAL_H

#define INF_CREDENTIAL_MAX 2048

enum inf_credential_kind {
    INF_CREDENTIAL_NONE,     /* no header, or a scheme that is not known here */
    INF_CREDENTIAL_BROKEN,   /* a known scheme with something that cannot be read */
    INF_CREDENTIAL_PASSWORD, /* Basic */
    INF_CREDENTIAL_KEY       /* ApiKey, or Bearer with the same text behind it */
};

struct inf_credential {
    enum inf_credential_kind kind;
    const char *name;   /* of the user, or the key's id; points into text */
    const char *secret; /* the password, or the key; points into text */
    char text[INF_CREDENTIAL_MAX + 1];
};

/* header: its value, or NULL. */
void inf_credential_read(const char *header, struct inf_credential *ret);
void inf_credential_wipe(struct inf_credential *credential);

#endif
