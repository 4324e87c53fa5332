/* Files that are no archives: the reason says what they seem to be. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "archive_fixture.h"

#define IS(bytes, reason) bytes_refused(bytes, sizeof(bytes) - 1, "not a ZIP archive: " reason)

static void known_files_are_named(void **state)
{
    uint8_t tar[300] = "model/";
    (void)state;
    IS("\xff\xd8\xff\xe0\0\x10JFIF",
       "it looks like a JPEG image and starts with [\\xff\\xd8\\xff\\xe0\\x00\\x10JFIF]");
    IS("\x89PNG\r\n\x1a\n",
       "it looks like a PNG image and starts with [\\x89PNG\\x0d\\x0a\\x1a\\x0a]");
    IS("\x1f\x8b\x08", "it looks like gzip and starts with [\\x1f\\x8b\\x08]");
    IS("\x80\x02\x8a\x0al\xfc\x9c",
       "it looks like a pickle, as torch.save once wrote them and starts with "
       "[\\x80\\x02\\x8a\\x0al\\xfc\\x9c]");
    IS("\x80\x04\x95", "it looks like a pickle and starts with [\\x80\\x04\\x95]");
    IS("\x10\0\0\0\0\0\0\0{\"__metadata__\":",
       "it looks like safetensors and starts with "
       "[\\x10\\x00\\x00\\x00\\x00\\x00\\x00\\x00{\"__meta]");
    IS("GGUF\3", "it looks like GGUF and starts with [GGUF\\x03]");
    IS("{\"a\": 1}", "it looks like JSON and starts with [{\"a\": 1}]");
    IS("<html>", "it looks like HTML or XML and starts with [<html>]");
    IS("\x7f"
       "ELF\2",
       "it looks like an ELF program and starts with [\\x7fELF\\x02]");
    IS("version https://git-lfs.github.com/spec/v1\n",
       "it looks like a Git LFS pointer instead of the file and starts with [version https://]");
    memcpy(tar + 257, "ustar", 5);
    bytes_refused(tar, sizeof tar,
                  "not a ZIP archive: it looks like a tar archive and starts with "
                  "[model/\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00]");
}

static void unknown_files_are_shown(void **state)
{
    (void)state;
    IS("", "it is empty");
    IS("P", "its 1 bytes start with [P]");
    IS("\0\\", "its 2 bytes start with [\\x00\\x5c]");
    IS("the quick brown fox jumps", "its 25 bytes start with [the quick brown ]");
    IS("\x80", "its 1 bytes start with [\\x80]");
}

/* What begins as an archive has lost its end, or something is behind it; the end is looked for as
 * far back as a comment can reach. */
static void archives_without_end_are_told_from_longer_ones(void **state)
{
    static const uint8_t zeros[70000];
    struct zip zip;
    size_t end;
    (void)state;
    bytes_refused("PK\3\4", 4,
                  "the archive is cut off: its 4 bytes begin as a ZIP archive, but have no end "
                  "record");
    zip_plain(&zip);
    end = zip.end;
    zip.bytes.length--;
    refused(&zip,
            "the archive is cut off: its %zu bytes begin as a ZIP archive, but have no end record",
            end + 21);
    zip_plain(&zip);
    add(&zip, zeros, 65535);
    refused(&zip,
            "the archive's end record, at byte %zu, is not at the very end: 65535 bytes of comment "
            "or of something else follow it",
            end);
    zip_plain(&zip);
    add(&zip, zeros, 65536);
    refused(&zip,
            "the archive is cut off: its %zu bytes begin as a ZIP archive, but have no end record",
            end + 22 + 65536);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_files_are_named),
        cmocka_unit_test(unknown_files_are_shown),
        cmocka_unit_test(archives_without_end_are_told_from_longer_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
