/* kernels_product.h - the part of the kernels' source (kernels_body.h, which includes it) that
 * multiplies matrices, and what else attention in float32 is made of.
 *
 * A block of a few rows by a few vectors of columns stays in registers while the whole depth goes
 * by; so each number of a row is read once for all its columns, each of a column once for all its
 * rows, and sums are added up in the same order for any number of rows. */
/* SPDX-License-Identifier: Apache-2.0 */

/* Registers: one a sum, one a strip, one for the row's. There are 32 of the widest, and of NEON's.
 */
#define STRIPS 3
#if VECTOR_BYTES == 64 || defined __aarch64__
#define BLOCK_ROWS 8
#else
#define BLOCK_ROWS 4
#endif

#define EXP_LEAST (-87.0F) /* e to this is still a normal number */

#define INLINE __attribute__((always_inline)) static inline

/* ---- products ---- */

INLINE void put_sums(const struct inf_product *p, const vec *sums, int strips, int columns,
                     float *to)
{
#pragma GCC unroll 4
    for (int j = 0; j < strips; j++, to += LANES, columns -= LANES) {
        if (columns >= LANES)
            store(to, sums[j] + (p->add ? load(to) : fill(0)));
        else
            store_some(to, sums[j] + (p->add ? load_some(to, columns) : fill(0)), columns);
    }
}

/* `rows` and `strips` are constants where this is called. */
INLINE void multiply_block(const struct inf_product *p, int row, int col, int rows, int strips)
{
    const float *left = p->a + (size_t)row * p->a_row, *right = p->b + col;
    float *to = p->to + (size_t)row * p->to_row + col;
    vec sums[BLOCK_ROWS][STRIPS] = {{{0}}};

    for (int k = 0; k < p->depth; k++, right += p->b_row) {
        vec across[STRIPS];
#pragma GCC unroll 4
        for (int j = 0; j < strips; j++)
            across[j] = load(right + j * LANES);
#pragma GCC unroll 8
        for (int i = 0; i < rows; i++) {
            vec down = fill(left[(size_t)i * p->a_row + (size_t)k]);
#pragma GCC unroll 4
            for (int j = 0; j < strips; j++)
                sums[i][j] += down * across[j];
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < rows; i++)
        put_sums(p, sums[i], strips, p->cols - col, to + (size_t)i * p->to_row);
}

#define BLOCK_OF(count)                             \
    case count:                                     \
        multiply_block(p, row, col, count, strips); \
        break

INLINE void any_rows(const struct inf_product *p, int row, int col, int rows, int strips)
{
    switch (rows) {
        BLOCK_OF(1);
        BLOCK_OF(2);
        BLOCK_OF(3);
        BLOCK_OF(4);
#if BLOCK_ROWS > 4
        BLOCK_OF(5);
        BLOCK_OF(6);
        BLOCK_OF(7);
        BLOCK_OF(8);
#endif
    }
}

/* Blocks of rows as equal as can be, since a small one is slower for each row. */
INLINE void all_rows(const struct inf_product *p, int col, int strips)
{
    int blocks = (p->rows + BLOCK_ROWS - 1) / BLOCK_ROWS;

    for (int row = 0, rows = 0; blocks > 0; blocks--, row += rows) {
        rows = (p->rows - row) / blocks;
        any_rows(p, row, col, rows, strips);
    }
}

static void multiply(const struct inf_product *p)
{
    for (int col = 0; col < p->cols; col += STRIPS * LANES) {
        int left = p->cols - col;
        if (left > 2 * LANES)
            all_rows(p, col, STRIPS);
        else if (left > LANES)
            all_rows(p, col, 2);
        else
            all_rows(p, col, 1);
    }
}

/* ---- softmax ---- */

/* e^x for x of at most 0: 2^n * e^f with f at most ln(2) / 2 away from 0, of whose series 8 terms
 * are enough. */
static inline vec exp_of(vec x)
{
    static const float terms[] = {1.0F / 5040, 1.0F / 720, 1.0F / 120, 1.0F / 24,
                                  1.0F / 6,    0.5F,       1.0F,       1.0F};
    const vec to_integer = fill(12582912.0F); /* 1.5 * 2^23: adding it takes the fraction away */
    vec at = choose(x < fill(EXP_LEAST), fill(EXP_LEAST), x); /* a NaN stays one */
    vec power = (at * fill(1.44269504F) + to_integer) - to_integer;
    vec rest = at - power * fill(0.693359375F) + power * fill(2.12194440e-4F);
    vec value = fill(terms[0]);

#pragma GCC unroll 8
    for (size_t i = 1; i < sizeof terms / sizeof terms[0]; i++)
        value = value * rest + fill(terms[i]);
    return value * (vec)((__builtin_convertvector(power, wide) + 127) << 23);
}

/* Behind the last as little as there can be, which becomes nothing. */
static float largest_of(float *x, int count, int padded)
{
    vec most = fill(-INFINITY);
    float lanes[LANES], ret = -INFINITY;

    for (int i = count; i < padded; i++)
        x[i] = -INFINITY;
    for (int i = 0; i < padded; i += LANES)
        most = larger(load(x + i), most);
    store(lanes, most);
    for (int i = 0; i < LANES; i++)
        ret = lanes[i] > ret ? lanes[i] : ret;
    return ret;
}

static void softmax(float *x, int count, float scale)
{
    int padded = (count + LANES - 1) / LANES * LANES;
    float most = largest_of(x, count, padded), by = 0;
    vec total = {0};

    for (int i = 0; i < padded; i += LANES) {
        vec value = exp_of((load(x + i) - fill(most)) * fill(scale));
        store(x + i, value);
        total += value;
    }
    by = 1 / sum(total);
    for (int i = 0; i < padded; i += LANES)
        store(x + i, load(x + i) * fill(by));
}

static void add(const float *x, float by, int count, float *to)
{
    int i = 0;

    for (; i + LANES <= count; i += LANES)
        store(to + i, load(to + i) + load(x + i) * fill(by));
    for (; i < count; i++)
        to[i] += x[i] * by;
}
