/* tok_japanese.c - Japanese text to words by MeCab, as Hugging Face's BertJapaneseTokenizer feeds
 * it: lower-case, normalise (NFKC), segment, lower-case what normalisation made upper-case; a
 * word's blanks separate it further, and what is left is cut by WordPiece.
 *
 * The normalised text of a piece is kept with the extent of each code point in the source, so words
 * and their parts have offsets in the original text. A piece is a constant amount of memory, on the
 * stack; MeCab's model is shared by all threads, its lattice is a call's own.
 *
 * What MeCab makes of a place depends on a few words around it. So of a piece that is not the last,
 * the words at its end are left to the next one, which begins some words before where this one
 * stopped; the words are those of the whole text, but for texts made to show the seam. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tok_japanese.h"

#include "inferd/alloc.h"
#include "mecab_library.h"
#include "nfkc.h"
#include "tok_wordpiece.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

/* Where the dictionary is: Debian's by its path, because MeCab's configuration may name another one
 * there, and without a user's settings; then whatever that configuration says. */
static const char *const places[] = {"-r /dev/null -d /var/lib/mecab/dic/ipadic-utf8", "", NULL};
/* Kinds of contexts in ipadic's table of connections, by which it is told from other dictionaries:
 * a model trained on the words of one makes nothing of another's. */
#define IPADIC_CONTEXTS 1316

struct japanese {
    const struct inf_mecab *mecab;
    mecab_model_t *model;
};

/* Code points before the end of a piece whose words are not trusted, and of the words before them
 * that are seen again. */
#define MARGIN 64
#define CONTEXT 64

/* Normalised text on its way to MeCab. */
struct piece {
    char text[INF_JAPANESE_PIECE * 4 + 1];
    uint16_t at[INF_JAPANESE_PIECE + 1]; /* where each code point begins; at[count] is the length */
    struct inf_nfkc_point points[INF_JAPANESE_PIECE];
    int count;
    int taken; /* code points at the front that are there as context only */
};

struct reader {
    const struct inf_mecab *mecab;
    mecab_t *tagger;
    mecab_lattice_t *lattice;
    struct inf_wordpiece cutter;
    struct inf_nfkc nfkc;
    struct piece piece;
    struct inf_word word; /* part of a word of MeCab's without blanks, under way */
    int units;            /* UTF-16 units of it, past the limit too */
};

/* ---- the dictionary ---- */

static bool is_ipadic(const struct inf_mecab *mecab, mecab_model_t *model)
{
    const mecab_dictionary_info_t *info = mecab->mecab_model_dictionary_info(model);
    return info && info->lsize == IPADIC_CONTEXTS && strncasecmp(info->charset, "utf", 3) == 0;
}

static mecab_model_t *open_model(const struct inf_mecab *mecab, const char *const *from)
{
    for (; *from; from++) {
        mecab_model_t *model = mecab->mecab_model_new2(*from);
        if (model && is_ipadic(mecab, model)) {
            return model;
        }
        if (model) {
            mecab->mecab_model_destroy(model);
        }
    }
    return NULL;
}

int inf_japanese_make_from(struct inf_tokenizer *tokenizer, const char *const *from,
                           struct inf_error *err)
{
    const struct inf_mecab *mecab = inf_mecab_library();
    mecab_model_t *model = mecab ? open_model(mecab, from) : NULL;
    struct japanese *own = NULL;
    if (!mecab) {
        return inf_error_set(err, INF_ERR_UNAVAILABLE,
                             "tokenizer [%s] needs MeCab; install the packages [libmecab2] and "
                             "[mecab-ipadic-utf8]",
                             tokenizer->settings.kind->name);
    }
    if (!model) {
        return inf_error_set(err, INF_ERR_UNAVAILABLE,
                             "tokenizer [%s] needs MeCab's dictionary ipadic in UTF-8; install the "
                             "package [mecab-ipadic-utf8]",
                             tokenizer->settings.kind->name);
    }
    own = inf_alloc(1, sizeof *own);
    own->mecab = mecab;
    own->model = model;
    tokenizer->own = own;
    return 0;
}

int inf_japanese_make(struct inf_tokenizer *tokenizer, const struct cJSON *body,
                      struct inf_error *err)
{
    (void)body;
    return inf_japanese_make_from(tokenizer, places, err);
}

void inf_japanese_destroy(void *own)
{
    struct japanese *japanese = own;
    japanese->mecab->mecab_model_destroy(japanese->model);
    free(japanese);
}

size_t inf_japanese_memory(const void *own)
{
    const struct japanese *japanese = own;
    return sizeof *japanese;
}

/* ---- words ---- */

/* White space as Python's str.split() has it, which separates the parts of a word. */
static bool is_blank(int32_t point)
{
    return (point >= 0x09 && point <= 0x0d) || (point >= 0x1c && point <= 0x20) || point == 0x85 ||
           point == 0xa0 || point == 0x1680 || (point >= 0x2000 && point <= 0x200a) ||
           point == 0x2028 || point == 0x2029 || point == 0x202f || point == 0x205f ||
           point == 0x3000;
}

static void add_to_word(struct reader *reader, const struct inf_nfkc_point *source)
{
    struct inf_word *word = &reader->word;
    bool lower = reader->cutter.tokenizer->settings.do_lower_case;
    int32_t point = lower ? utf8proc_tolower(source->point) : source->point;
    int at = word->points;
    if (reader->units == 0) {
        word->start = source->start;
    }
    word->end = source->end;
    if (reader->units > INF_WORD_UNITS) {
        return;
    }
    reader->units += point > 0xffff ? 2 : 1;
    if (reader->units <= INF_WORD_UNITS) {
        utf8proc_uint8_t *text = (utf8proc_uint8_t *)word->text + word->at[at];
        word->at[at + 1] = (uint16_t)(word->at[at] + utf8proc_encode_char(point, text));
        word->starts[at] = source->start;
        word->ends[at] = source->end;
        word->points++;
    }
}

/* Cuts the part that is under way, if any. */
static int end_part(struct reader *reader, bool *ret_any)
{
    if (reader->units == 0) {
        return 0;
    }
    reader->word.too_long = reader->units > INF_WORD_UNITS;
    int rc = inf_wordpiece_cut(&reader->cutter, &reader->word);
    reader->word.points = 0;
    reader->units = 0;
    *ret_any = true;
    return rc;
}

/* Takes code points from to `to` of the piece, a word of MeCab's. */
static int take_word(struct reader *reader, int from, int to)
{
    bool any = false;
    int rc = 0;
    for (int i = from; i < to && rc == 0; i++) {
        const struct inf_nfkc_point *point = &reader->piece.points[i];
        if (is_blank(point->point)) {
            rc = end_part(reader, &any);
        } else {
            add_to_word(reader, point);
        }
    }
    if (rc == 0) {
        rc = end_part(reader, &any);
    }
    reader->cutter.word += any ? 1 : 0;
    return rc;
}

static int take_mask(struct reader *reader, int start, int length)
{
    struct inf_word mask = {.never_split = true, .start = start, .end = start + length};
    int rc = inf_wordpiece_cut(&reader->cutter, &mask);
    reader->cutter.word++;
    return rc;
}

/* ---- pieces ---- */

/* MeCab is given a length, but where blanks end the text it looks for words behind them all the
 * same, up to a NUL. */
static int segment(struct reader *reader)
{
    struct piece *piece = &reader->piece;
    piece->text[piece->at[piece->count]] = '\0';
    reader->mecab->mecab_lattice_set_sentence2(reader->lattice, piece->text,
                                               piece->at[piece->count]);
    if (reader->mecab->mecab_parse_lattice(reader->tagger, reader->lattice)) {
        return 0;
    }
    return inf_error_set(reader->cutter.err, INF_ERR_UNAVAILABLE, "MeCab failed: %s",
                         reader->mecab->mecab_lattice_strerror(reader->lattice));
}

/* The code point at a byte of the piece, looked for from `point` on. */
static int point_at(const struct piece *piece, int point, int byte)
{
    while (point < piece->count && piece->at[point] < byte) {
        point++;
    }
    return point;
}

/* Takes the words that end at `limit` or before and were not taken before. Sets from where on the
 * next piece shall see the text. */
static int take_words(struct reader *reader, int limit, int *ret_keep)
{
    struct piece *piece = &reader->piece;
    const mecab_node_t *node = reader->mecab->mecab_lattice_get_bos_node(reader->lattice)->next;
    int to = 0;
    int rc = 0;
    *ret_keep = -1;
    for (; node && node->stat != MECAB_EOS_NODE && rc == 0; node = node->next) {
        int byte = (int)(node->surface - piece->text);
        int from = point_at(piece, to, byte);
        to = point_at(piece, from, byte + node->length);
        if (to > limit) {
            limit = from;
            break;
        }
        if (*ret_keep < 0 && to > limit - CONTEXT) {
            *ret_keep = from;
        }
        if (to > piece->taken) {
            rc = take_word(reader, from > piece->taken ? from : piece->taken, to);
        }
    }
    piece->taken = limit > piece->taken ? limit : piece->taken;
    *ret_keep = *ret_keep < 0 || *ret_keep > piece->taken ? piece->taken : *ret_keep;
    return rc;
}

/* Moves what is behind code point `keep` to the front. */
static void drop(struct piece *piece, int keep)
{
    uint16_t bytes = piece->at[keep];
    piece->count -= keep;
    piece->taken = piece->taken > keep ? piece->taken - keep : 0;
    memmove(piece->points, piece->points + keep, (size_t)piece->count * sizeof *piece->points);
    memmove(piece->text, piece->text + bytes, (size_t)(piece->at[keep + piece->count] - bytes));
    for (int i = 0; i <= piece->count; i++) {
        piece->at[i] = (uint16_t)(piece->at[keep + i] - bytes);
    }
}

/* Makes room in a full piece. A word of half a piece, which no real dictionary has, ends with it.
 */
static int advance(struct reader *reader)
{
    struct piece *piece = &reader->piece;
    int keep = 0;
    int rc = segment(reader);
    if (rc == 0) {
        rc = take_words(reader, piece->count - MARGIN, &keep);
    }
    if (rc == 0 && keep < piece->count / 2) {
        rc = take_words(reader, piece->count, &keep);
        keep = piece->count;
    }
    drop(piece, keep);
    return rc;
}

/* The normaliser's sink. */
static int add_to_piece(void *arg, const struct inf_nfkc_point *point)
{
    struct reader *reader = arg;
    struct piece *piece = &reader->piece;
    if (piece->count == INF_JAPANESE_PIECE && advance(reader) != 0) {
        return -1;
    }
    utf8proc_uint8_t *text = (utf8proc_uint8_t *)piece->text + piece->at[piece->count];
    int at = piece->count++;
    piece->points[at] = *point;
    piece->at[at + 1] = (uint16_t)(piece->at[at] + utf8proc_encode_char(point->point, text));
    return 0;
}

/* Takes all that has been added; what comes is segmented without regard to it. */
static int end_piece(struct reader *reader)
{
    int keep = 0;
    int rc = inf_nfkc_flush(&reader->nfkc);
    if (rc == 0 && reader->piece.count > 0) {
        rc = segment(reader);
        rc = rc != 0 ? rc : take_words(reader, reader->piece.count, &keep);
        reader->piece.count = 0;
        reader->piece.taken = 0;
    }
    return rc;
}

static int read_text(struct reader *reader, struct inf_text text)
{
    const char *mask = reader->cutter.tokenizer->settings.special[INF_SPECIAL_MASK];
    size_t mask_length = strlen(mask);
    size_t at = 0;
    int unit = 0;
    int rc = 0;
    while (at < text.length && rc == 0) {
        utf8proc_int32_t point = 0;
        if (text.data[at] == *mask && text.length - at >= mask_length &&
            memcmp(text.data + at, mask, mask_length) == 0) {
            rc = end_piece(reader);
            rc = rc != 0 ? rc : take_mask(reader, unit, (int)mask_length);
            at += mask_length;
            unit += (int)mask_length;
            continue;
        }
        utf8proc_ssize_t bytes = utf8proc_iterate((const utf8proc_uint8_t *)text.data + at,
                                                  (utf8proc_ssize_t)(text.length - at), &point);
        int units = point > 0xffff ? 2 : 1;
        if (bytes > 0) {
            rc = inf_nfkc_add(&reader->nfkc, point, unit, unit + units);
        }
        at += bytes > 0 ? (size_t)bytes : 1;
        unit += units;
    }
    return rc != 0 ? rc : end_piece(reader);
}

int inf_japanese_split(const struct inf_tokenizer *tokenizer, struct inf_text text,
                       struct inf_token_list *list, struct inf_error *err)
{
    const struct japanese *own = tokenizer->own;
    struct reader reader;
    int rc = -1;
    memset(&reader, 0, sizeof reader);
    reader.mecab = own->mecab;
    reader.tagger = own->mecab->mecab_model_new_tagger(own->model);
    reader.lattice = own->mecab->mecab_model_new_lattice(own->model);
    reader.cutter = (struct inf_wordpiece){.tokenizer = tokenizer, .list = list, .err = err};
    reader.nfkc.lower_case = tokenizer->settings.do_lower_case;
    reader.nfkc.sink = add_to_piece;
    reader.nfkc.arg = &reader;
    if (reader.tagger && reader.lattice) {
        rc = read_text(&reader, text);
    } else {
        inf_error_set(err, INF_ERR_MEMORY, "not enough memory for MeCab");
    }
    own->mecab->mecab_lattice_destroy(reader.lattice);
    own->mecab->mecab_destroy(reader.tagger);
    return rc;
}
