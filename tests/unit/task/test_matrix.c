/* A model's output as a matrix: which part of it, by rank; what is refused; how it is written. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tokenize_fixture.h"

#include "matrix.h"
#include <math.h>

static const float numbers[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

static struct inf_tensor tensor_of(int rank, int64_t a, int64_t b, int64_t c)
{
    return (struct inf_tensor){
        .dtype = INF_FLOAT32, .rank = rank, .shape = {a, b, c}, .data = numbers};
}

static void is(struct inf_tensor tensor, size_t rows, size_t cols)
{
    struct inf_matrix matrix;
    struct inf_error err;
    assert_int_equal(inf_matrix_of(&tensor, &matrix, &err), 0);
    assert_int_equal(matrix.rows, rows);
    assert_int_equal(matrix.cols, cols);
    assert_ptr_equal(matrix.data, numbers);
}

static void test_ranks(void **state)
{
    (void)state;
    is(tensor_of(1, 4, 0, 0), 1, 4);
    is(tensor_of(2, 3, 4, 0), 3, 4);
    is(tensor_of(3, 2, 3, 2), 3, 2);
}

static void refuses(struct inf_tensor tensor, const char *reason)
{
    struct inf_matrix matrix;
    struct inf_error err = {0};
    assert_int_equal(inf_matrix_of(&tensor, &matrix, &err), -1);
    assert_int_equal(err.code, INF_ERR_INTERNAL);
    assert_string_equal(err.reason, reason);
}

static void test_refused(void **state)
{
    struct inf_tensor other = tensor_of(1, 4, 0, 0);
    (void)state;
    refuses(tensor_of(0, 0, 0, 0), "Cannot convert results tensor of size []");
    refuses(tensor_of(4, 1, 2, 3), "Cannot convert results tensor of size [1, 2, 3] and more "
                                   "dimensions");
    refuses(tensor_of(2, 3, 0, 0), "Cannot convert results tensor of size [3, 0]");
    refuses(tensor_of(2, -1, 4, 0), "Cannot convert results tensor of size [-1, 4]");
    other.dtype = 7;
    refuses(other, "Cannot process result tensor of type [7]");
}

static void test_numbers_that_json_lacks(void **state)
{
    float values[] = {1, 2, 3, NAN};
    double wide[] = {1, -INFINITY};
    struct inf_matrix matrix = {.dtype = INF_FLOAT32, .rows = 2, .cols = 2, .data = values};
    struct inf_error err = {0};
    (void)state;
    assert_int_equal(inf_matrix_check(&matrix, 1, &err), 0);
    assert_int_equal(inf_matrix_check(&matrix, 2, &err), -1);
    assert_int_equal(err.code, INF_ERR_INTERNAL);
    assert_string_equal(err.reason, "The model's output holds [NaN] at row [1], column [1], which "
                                    "is no JSON number");
    values[0] = INFINITY;
    assert_int_equal(inf_matrix_check(&matrix, 1, &err), -1);
    assert_string_equal(err.reason, "The model's output holds [Infinity] at row [0], column [0], "
                                    "which is no JSON number");
    matrix = (struct inf_matrix){.dtype = INF_FLOAT64, .rows = 1, .cols = 2, .data = wide};
    assert_int_equal(inf_matrix_check(&matrix, 1, &err), -1);
    assert_string_equal(err.reason, "The model's output holds [-Infinity] at row [0], column [1], "
                                    "which is no JSON number");
}

static void writes(const struct inf_matrix *matrix, size_t row, const char *expected)
{
    struct inf_buf out;
    struct inf_jsonw w;
    inf_buf_init(&out, 4096);
    inf_jsonw_init(&w, &out);
    inf_matrix_write_row(matrix, row, &w);
    assert_string_equal(out.data, expected);
    inf_buf_free(&out);
}

/* 0.1 is another number as a float than as a double, and each is written in its own shortest form.
 */
static void test_rows(void **state)
{
    float narrow[] = {0.1f, -2, 1e-8f, 3.5f};
    double wide[] = {0.1, 1.0 / 3};
    struct inf_matrix matrix = {.dtype = INF_FLOAT32, .rows = 2, .cols = 2, .data = narrow};
    (void)state;
    writes(&matrix, 0, "[0.1,-2.0]");
    writes(&matrix, 1, "[1.0E-8,3.5]");
    matrix = (struct inf_matrix){.dtype = INF_FLOAT64, .rows = 1, .cols = 2, .data = wide};
    writes(&matrix, 0, "[0.1,0.3333333333333333]");
    double row[2];
    inf_matrix_read_row(&matrix, 0, row);
    assert_memory_equal(row, wide, sizeof wide);
    matrix = (struct inf_matrix){.dtype = INF_FLOAT32, .rows = 2, .cols = 2, .data = narrow};
    inf_matrix_read_row(&matrix, 1, row);
    assert_true(row[0] == (double)1e-8f && row[1] == 3.5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranks),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_numbers_that_json_lacks),
        cmocka_unit_test(test_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
