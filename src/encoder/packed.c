/* An encoder and its head at work. Texts are computed a few hundred tokens at a time, which is as
 * fast as more at once and takes less memory. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/packed.h"
#include "packed_parts.h"
#include "packing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKENS_AT_ONCE 512
#define KEPT_MOST \
    ((size_t)1 << 20) /* numbers; more is only for heads with a column for each word */

/* ---- what is kept from one call to the next ---- */

/* Of one call. */
struct inf_packed_rows {
    struct inf_packed_rows *next;
    struct inf_encoder_rows rows;
    struct inf_packed_text *texts;
    int text_count;
    float *head; /* what a head needs besides */
    size_t head_count;
};

/* What inf_packed_output.data is the end of. */
struct inf_packed_answer_room {
    struct inf_packed_answer_room *next;
    size_t count;
    float data[];
};

static struct inf_packed_rows *take_rows(struct inf_packed *packed)
{
    struct inf_packed_rows *rows = NULL;

    pthread_mutex_lock(&packed->lock);
    rows = packed->idle;
    if (rows != NULL)
        packed->idle = rows->next;
    pthread_mutex_unlock(&packed->lock);
    return rows != NULL ? rows : calloc(1, sizeof *rows);
}

static void put_rows(struct inf_packed *packed, struct inf_packed_rows *rows)
{
    if (rows->head_count > KEPT_MOST) {
        free(rows->head);
        rows->head = NULL;
        rows->head_count = 0;
    }
    pthread_mutex_lock(&packed->lock);
    rows->next = packed->idle;
    packed->idle = rows;
    pthread_mutex_unlock(&packed->lock);
}

static void free_rows(struct inf_packed_rows *rows)
{
    inf_encoder_rows_free(&rows->rows);
    free(rows->texts);
    free(rows->head);
    free(rows);
}

/* Its texts; NULL: no memory. */
static struct inf_packed_text *reserve_texts(struct inf_packed_rows *rows, int count)
{
    if (count > rows->text_count) {
        free(rows->texts);
        rows->texts = malloc((size_t)count * sizeof *rows->texts);
        rows->text_count = rows->texts != NULL ? count : 0;
    }
    return rows->texts;
}

static int reserve_head(struct inf_packed_rows *rows, size_t count)
{
    if (count <= rows->head_count)
        return 0;
    free(rows->head);
    rows->head = malloc(count * sizeof *rows->head);
    rows->head_count = rows->head != NULL ? count : 0;
    return rows->head != NULL ? 0 : -1;
}

/* So many zeros; NULL: no memory. */
static float *take_answer(struct inf_packed *packed, size_t count)
{
    struct inf_packed_answer_room *room = NULL;

    pthread_mutex_lock(&packed->lock);
    room = packed->answers;
    if (room != NULL)
        packed->answers = room->next;
    pthread_mutex_unlock(&packed->lock);
    if (room == NULL || room->count < count) {
        free(room);
        room = malloc(sizeof *room + count * sizeof room->data[0]);
        if (room == NULL)
            return NULL;
        room->count = count;
    }
    return memset(room->data, 0, count * sizeof room->data[0]);
}

void inf_packed_forget(struct inf_packed *packed, struct inf_packed_output *output)
{
    struct inf_packed_answer_room *room = NULL;

    if (output->data == NULL)
        return;
    room = (struct inf_packed_answer_room *)(void *)((char *)output->data - sizeof *room);
    output->data = NULL;
    if (room->count > KEPT_MOST) {
        free(room);
        return;
    }
    pthread_mutex_lock(&packed->lock);
    room->next = packed->answers;
    packed->answers = room;
    pthread_mutex_unlock(&packed->lock);
}

/* ---- an answer ---- */

/* What the answer of the text is, in `to`, which has a row for each of the input's; x is its
 * tokens', or its first one's. */
static int put_answer(const struct inf_packed *packed, const struct inf_packed_text *text,
                      const float *x, int cols, float *room, float *to)
{
    const struct inf_head *head = &packed->head;
    bool has_each = head->tokens == INF_HEAD_ALL || head->tokens == INF_HEAD_SPANS;
    size_t per_row = (size_t)head->out * (has_each ? (size_t)cols : 1);

    return inf_head_run(head, &packed->encoder, x, text->length, cols, room,
                        to + (size_t)text->row * per_row);
}

static const char *answer_piece(const struct inf_packed *packed,
                                const struct inf_packed_input *input,
                                const struct inf_packing *piece, struct inf_packed_rows *kept,
                                float *to)
{
    bool first_only = !inf_head_reads_all(&packed->head);
    size_t width = (size_t)packed->encoder.hidden;
    struct inf_encoder_rows *rows = &kept->rows;
    int longest = piece->texts[piece->count - 1].length;
    const char *wrong = NULL;

    if (inf_encoder_rows_reserve(rows, &packed->encoder, piece) != 0 ||
        reserve_head(kept, inf_head_room(&packed->head, width, longest)) != 0)
        return "out of memory";
    wrong = inf_encoder_run(&packed->encoder, input, piece, first_only, rows);
    for (int i = 0; i < piece->count && wrong == NULL; i++) {
        size_t at = (size_t)(first_only ? i : piece->texts[i].start);
        if (put_answer(packed, &piece->texts[i], rows->x + at * width, input->cols, kept->head,
                       to) != 0)
            wrong = "out of memory";
    }
    return wrong;
}

static const char *answer_all(struct inf_packed *packed, const struct inf_packed_input *input,
                              struct inf_packed_rows *rows, float *to)
{
    struct inf_packed_text *texts = reserve_texts(rows, input->rows);
    struct inf_packing whole, piece;
    const char *wrong = "out of memory";

    if (texts != NULL)
        wrong = inf_packing_make(input, texts, &whole);
    if (wrong != NULL)
        return wrong;
    for (int done = 0; done < whole.count && wrong == NULL; done += piece.count) {
        inf_packing_piece(&whole, done, TOKENS_AT_ONCE, &piece);
        wrong = answer_piece(packed, input, &piece, rows, to);
    }
    return wrong;
}

static void describe(const struct inf_packed *packed, const struct inf_packed_input *input,
                     struct inf_packed_output *ret)
{
    const struct inf_head *head = &packed->head;

    *ret = (struct inf_packed_output){.rank = 2, .shape = {input->rows, head->out, 0}};
    if (head->tokens == INF_HEAD_ALL)
        *ret =
            (struct inf_packed_output){.rank = 3, .shape = {input->rows, input->cols, head->out}};
    else if (head->tokens == INF_HEAD_SPANS)
        *ret = (struct inf_packed_output){.rank = 3, .shape = {2 * input->rows, 1, input->cols}};
}

size_t inf_packed_count(const struct inf_packed_output *output)
{
    size_t count = 1;

    for (int i = 0; i < output->rank; i++)
        count *= (size_t)output->shape[i];
    return count;
}

int inf_packed_complain(char *reason, const char *text)
{
    snprintf(reason, INF_PACKED_REASON, "%s", text);
    return -1;
}

int inf_packed_answer(struct inf_packed *packed, const struct inf_packed_input *input,
                      struct inf_packed_output *ret, char *reason)
{
    struct inf_packed_rows *rows = take_rows(packed);
    const char *wrong = "out of memory";

    describe(packed, input, ret);
    ret->data = take_answer(packed, inf_packed_count(ret));
    if (rows != NULL && ret->data != NULL)
        wrong = answer_all(packed, input, rows, ret->data);
    if (rows != NULL)
        put_rows(packed, rows);
    if (wrong == NULL)
        return 0;
    inf_packed_forget(packed, ret);
    return inf_packed_complain(reason, wrong);
}

/* ---- the whole ---- */

const char *inf_packed_name(const struct inf_packed *packed)
{
    return packed->architecture->name;
}

struct inf_packed *inf_packed_empty(void)
{
    struct inf_packed *packed = calloc(1, sizeof *packed);

    if (packed != NULL)
        pthread_mutex_init(&packed->lock, NULL);
    return packed;
}

void inf_packed_free(struct inf_packed *packed)
{
    if (packed == NULL)
        return;
    inf_head_fini(&packed->head);
    inf_encoder_fini(&packed->encoder);
    while (packed->idle != NULL) {
        struct inf_packed_rows *rows = packed->idle;
        packed->idle = rows->next;
        free_rows(rows);
    }
    while (packed->answers != NULL) {
        struct inf_packed_answer_room *room = packed->answers;
        packed->answers = room->next;
        free(room);
    }
    pthread_mutex_destroy(&packed->lock);
    inf_parcel_free(packed->parcel);
    free(packed);
}
