/* unigram_word.c - the word's bytes, and Viterbi over them.
 *
 * From each place that a code point begins at, the trie gives all pieces that begin there. A piece
 * makes its end reachable with the sum of the scores so far, and a greater sum wins; of equal ones
 * the first found, which is the one whose last piece is longest. Where no piece is the single code
 * point, that one is unknown, at a price that no piece has. This is the order and the arithmetic of
 * Hugging Face's implementation, on which the choice between equal paths depends. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "unigram_word.h"
#include "inferd/reserve.h"

#include <stdlib.h>
#include <utf8proc.h>

#define FIRST_CAPACITY 256
#define UNREACHED (-1)

static int grow(struct inf_unigram_word *word, struct inf_error *err)
{
    size_t capacity = word->capacity ? 2 * word->capacity : FIRST_CAPACITY;
    char *text = inf_reserve_realloc(word->text, capacity);
    struct inf_unigram_place *places = NULL;
    if (text) {
        word->text = text;
        places = inf_reserve_reallocarray(word->places, capacity + 1, sizeof *places);
    }
    if (!places) {
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for a word of [%zu] bytes",
                             capacity);
    }
    word->places = places;
    word->capacity = capacity;
    return 0;
}

int inf_unigram_word_add(struct inf_unigram_word *word, const struct inf_nmt_point *point,
                         struct inf_error *err)
{
    size_t at = word->length;
    if (at + 4 > word->capacity && grow(word, err) != 0) {
        return -1;
    }
    if (point->point < 0x80) {
        word->text[at] = (char)point->point;
        word->length++;
    } else {
        word->length +=
            (size_t)utf8proc_encode_char(point->point, (utf8proc_uint8_t *)word->text + at);
    }
    word->places[at].start = point->start;
    word->places[word->length].end = point->end;
    return 0;
}

static size_t point_length(char first)
{
    unsigned char byte = (unsigned char)first;
    return byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
}

static void reach(struct inf_unigram_place *places, size_t from, size_t to, int32_t id,
                  double score)
{
    struct inf_unigram_place *place = &places[to];
    if (place->id == UNREACHED || score > place->score) {
        place->score = score;
        place->other = (uint32_t)from;
        place->id = id;
    }
}

/* Follows all pieces from a place, and the unknown one when no piece is the code point there. */
static void leave(struct inf_unigram_word *word, const struct inf_unigram_model *model, size_t from,
                  size_t point_end)
{
    const struct inf_unigram_trie *trie = &model->trie;
    double so_far = word->places[from].score;
    uint32_t node = trie->first[(unsigned char)word->text[from]];
    bool single = false;
    for (size_t to = from + 1; node != 0; to++) {
        int32_t id = trie->nodes[node].id;
        if (id >= 0) {
            reach(word->places, from, to, id, model->scores[id] + so_far);
            single = single || to == point_end;
        }
        node = to < word->length ? inf_unigram_trie_step(trie, node, (unsigned char)word->text[to])
                                 : 0;
    }
    if (!single) {
        reach(word->places, from, point_end, model->unknown, model->unknown_score + so_far);
    }
}

/* Turns the links around, so that they lead from the beginning to the end. */
static void turn(struct inf_unigram_place *places, size_t length)
{
    uint32_t behind = 0;
    uint32_t at = (uint32_t)length;
    while (at > 0) {
        uint32_t before = places[at].other;
        places[at].other = behind;
        behind = at;
        at = before;
    }
    places[0].other = behind;
}

void inf_unigram_word_cut(struct inf_unigram_word *word, const struct inf_unigram_model *model)
{
    for (size_t i = 1; i <= word->length; i++) {
        word->places[i].id = UNREACHED;
    }
    word->places[0].score = 0;
    for (size_t from = 0; from < word->length;) {
        size_t point_end = from + point_length(word->text[from]);
        leave(word, model, from, point_end);
        from = point_end;
    }
    turn(word->places, word->length);
}

void inf_unigram_word_drop(struct inf_unigram_word *word, size_t length)
{
    size_t left = word->length - length;
    memmove(word->text, word->text + length, left);
    memmove(word->places, word->places + length, (left + 1) * sizeof *word->places);
    word->length = left;
}

void inf_unigram_word_fini(struct inf_unigram_word *word)
{
    free(word->text);
    free(word->places);
    *word = (struct inf_unigram_word){0};
}
