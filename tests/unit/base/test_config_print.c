/* The printers: nothing left out, and the sample file is current. */
/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "inferd/config.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_file(const char *path, struct inf_buf *out)
{
    char block[4096];
    size_t count;
    FILE *file = fopen(path, "re");
    assert_non_null(file);
    while ((count = fread(block, 1, sizeof block, file)) > 0) {
        inf_buf_append(out, block, count);
    }
    fclose(file);
}

static void test_print(void **state)
{
    (void)state;
    struct inf_config *config = inf_config_new();
    struct inf_buf out;
    inf_buf_init(&out, 1 << 16);
    inf_config_print(config, &out);
    assert_non_null(strstr(out.data, "cluster.name: \"inferd\"\n"));
    assert_non_null(strstr(out.data, "http.port: 9200\n"));
    assert_non_null(strstr(out.data, "logger.level: info\n"));
    assert_non_null(strstr(out.data, "http.max_content_length: 100mb\n"));
    inf_buf_free(&out);
    inf_config_free(config);
}

/* config/inferd.yml is what the program prints, and with its settings uncommented it is a file that
 * the loader takes and that changes nothing. */
static void test_sample_file_is_current(void **state)
{
    (void)state;
    struct inf_buf printed, file;
    inf_buf_init(&printed, 1 << 16);
    inf_buf_init(&file, 1 << 16);
    inf_config_print_sample(&printed);
    read_file(INFERD_SOURCE_DIR "/config/inferd.yml", &file);
    assert_string_equal(file.data, printed.data);
    inf_buf_free(&printed);
    inf_buf_free(&file);
}

static void test_sample_uncommented_is_the_defaults(void **state)
{
    (void)state;
    char path[] = "/tmp/test_config_print_XXXXXX";
    struct inf_config *defaults = inf_config_new(), *loaded = inf_config_new();
    struct inf_buf sample, expected, seen;
    struct inf_error err;
    inf_buf_init(&sample, 1 << 16);
    inf_buf_init(&expected, 1 << 16);
    inf_buf_init(&seen, 1 << 16);
    inf_config_print_sample(&sample);
    FILE *file = fdopen(mkstemp(path), "w");
    assert_non_null(file);
    for (const char *line = sample.data; *line; line += strcspn(line, "\n") + 1) {
        const char *text = line[0] == '#' && line[1] != ' ' ? line + 1 : line;
        fprintf(file, "%.*s\n", (int)strcspn(text, "\n"), text);
    }
    inf_buf_free(&sample);
    assert_int_equal(fclose(file), 0);
    if (inf_config_load(loaded, path, &err)) {
        fail_msg("%s", err.reason);
    }
    remove(path);
    inf_config_print(defaults, &expected);
    inf_config_print(loaded, &seen);
    assert_string_equal(seen.data, expected.data);
    inf_buf_free(&expected);
    inf_buf_free(&seen);
    inf_config_free(defaults);
    inf_config_free(loaded);
}

static void test_docs_name_everything(void **state)
{
    (void)state;
    struct inf_buf out;
    inf_buf_init(&out, 1 << 17);
    inf_config_print_docs(&out);
    assert_false(out.failed);
    assert_memory_equal(out.data, "# Configuration\n", 16);
    for (const struct inf_setting *setting = inf_settings; setting->name; setting++) {
        char heading[128];
        snprintf(heading, sizeof heading, "\n### `%s`\n", setting->name);
        assert_non_null(strstr(out.data, heading));
        assert_non_null(strstr(out.data, setting->doc));
    }
    assert_non_null(strstr(out.data, "| integer | `9200` | an integer from 0 to 65535 | no |"));
    assert_non_null(strstr(out.data, "| choice | `info` | one of trace, debug, info, warn, error "
                                     "| yes |"));
    inf_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_print),
        cmocka_unit_test(test_sample_file_is_current),
        cmocka_unit_test(test_sample_uncommented_is_the_defaults),
        cmocka_unit_test(test_docs_name_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
