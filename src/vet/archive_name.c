/* archive_name.c - what a record may be called.
 *
 * libtorch never unpacks an archive into a folder, but names become keys of tensors and modules'
 * paths, and whoever looks at the file with another tool should see what libtorch sees. So a name
 * is a path of plain components, in UTF-8, below one root folder. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "archive_parts.h"
#include "inferd/json.h"

#include <stdio.h>
#include <string.h>

void inf_archive_show(const uint8_t *bytes, size_t length, char out[INF_ARCHIVE_SHOWN])
{
    /* Room for one escape, the dots and the NUL must be left before each byte. */
    enum { LAST = INF_ARCHIVE_SHOWN - (4 + 3 + 1) };
    char *to = out;
    size_t i = 0;
    for (; i < length && to - out <= LAST; i++) {
        if (bytes[i] >= 0x20 && bytes[i] < 0x7f && bytes[i] != '\\') {
            *to++ = (char)bytes[i];
        } else {
            to += snprintf(to, 5, "\\x%02x", bytes[i]);
        }
    }
    memcpy(to, i < length ? "..." : "", i < length ? 4 : 1);
}

/* Whether the name, which is UTF-8, has a control character: below blank, DEL, U+0080 to U+009F. */
static bool has_control(const uint8_t *name, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (name[i] < 0x20 || name[i] == 0x7f || (name[i] == 0xc2 && name[i + 1] < 0xa0)) {
            return true;
        }
    }
    return false;
}

/* What is wrong with the components, or NULL. */
static const char *blame_components(const uint8_t *name, size_t length)
{
    size_t from = 0;
    if (name[0] == '/') {
        return "which begins with a slash";
    }
    if (name[length - 1] == '/') {
        return "which ends with a slash, as a folder's";
    }
    for (size_t i = 0; i <= length; i++) {
        if (i < length && name[i] != '/') {
            continue;
        }
        if (i == from) {
            return "which has two slashes in a row";
        }
        if (i - from <= 2 && memcmp(name + from, "..", i - from) == 0) {
            return "which has a component that is no name but a way through folders";
        }
        from = i + 1;
    }
    return memchr(name, '/', length) ? NULL : "which is not below a root folder";
}

static const char *blame(const uint8_t *name, size_t length)
{
    if (length == 0) {
        return "which is empty";
    }
    if (length > INF_ARCHIVE_NAME_MAX) {
        return "which is too long";
    }
    if (!inf_utf8_valid((const char *)name, length)) {
        return "which is not UTF-8";
    }
    if (has_control(name, length)) {
        return "which has a control character";
    }
    if (memchr(name, '\\', length)) {
        return "which has a backslash";
    }
    return blame_components(name, length);
}

int inf_archive_check_name(const uint8_t *name, size_t length, size_t number, struct inf_error *err)
{
    char shown[INF_ARCHIVE_SHOWN];
    const char *what = blame(name, length);
    if (!what) {
        return 0;
    }
    inf_archive_show(name, length, shown);
    if (length > INF_ARCHIVE_NAME_MAX) {
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "record %zu of the archive has the name [%s], %s: %zu bytes, more "
                             "than %d",
                             number, shown, what, length, INF_ARCHIVE_NAME_MAX);
    }
    return inf_error_set(err, INF_ERR_BAD_REQUEST,
                         "record %zu of the archive has the name [%s], %s", number, shown, what);
}

static int fold(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

int inf_archive_compare_folded(const char *a, const char *b)
{
    while (*a && fold(*a) == fold(*b)) {
        a++;
        b++;
    }
    return fold(*a) - fold(*b);
}
