/* tok_wordpiece.c - words to pieces, greedily: the longest prefix that the vocabulary holds, then
 * the longest that it holds after "##", and so on; a word that cannot be cut so is one unknown
 * token.
 *
 * The hashes of all prefixes of what is left are computed in one go, since each is the one before
 * and one byte more; the longest is then looked up first. A word has at most 100 units, so the
 * worst word costs a bounded amount and a text costs its length. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "tok_wordpiece.h"

struct pieces {
    int count;
    int32_t ids[INF_WORD_UNITS];
    int first[INF_WORD_UNITS], last[INF_WORD_UNITS]; /* code points of the word */
};

static const char continuation[2] = {'#', '#'};

/* Finds the longest piece that begins at code point `from`. Returns the code point behind it, or
 * from when there is none. */
static int find_piece(const struct inf_wordpiece *cutter, const struct inf_word *word, int from,
                      int32_t *ret_id)
{
    uint64_t hashes[INF_WORD_UNITS + 1];
    size_t prefix = from > 0 ? sizeof continuation : 0;
    const char *text = word->text + word->at[from];
    size_t longest = inf_vocabulary_longest(cutter->tokenizer->vocabulary);
    uint64_t hash = INF_HASH_START;
    int to = from;
    for (size_t i = 0; i < prefix; i++) {
        hash = inf_hash_byte(hash, continuation[i]);
    }
    for (; to < word->points; to++) {
        if ((size_t)(word->at[to + 1] - word->at[from]) + prefix > longest) {
            break;
        }
        for (int i = word->at[to]; i < word->at[to + 1]; i++) {
            hash = inf_hash_byte(hash, word->text[i]);
        }
        hashes[to + 1] = hash;
    }
    for (; to > from; to--) {
        *ret_id = inf_vocabulary_find(cutter->tokenizer->vocabulary, hashes[to], continuation,
                                      prefix, text, (size_t)(word->at[to] - word->at[from]));
        if (*ret_id >= 0) {
            return to;
        }
    }
    return from;
}

/* Fails when the word cannot be cut into pieces of the vocabulary. */
static int cut(const struct inf_wordpiece *cutter, const struct inf_word *word, struct pieces *ret)
{
    int from = 0;
    ret->count = 0;
    while (from < word->points) {
        int to = find_piece(cutter, word, from, &ret->ids[ret->count]);
        if (to == from) {
            return -1;
        }
        ret->first[ret->count] = from;
        ret->last[ret->count] = to - 1;
        ret->count++;
        from = to;
    }
    return 0;
}

static int push_whole(const struct inf_wordpiece *cutter, const struct inf_word *word, int32_t id)
{
    struct inf_token token = {
        .id = id, .start = word->start, .end = word->end, .word = cutter->word};
    return inf_token_list_push(cutter->list, &token, cutter->err);
}

static int push_pieces(const struct inf_wordpiece *cutter, const struct inf_word *word,
                       const struct pieces *pieces)
{
    for (int i = 0; i < pieces->count; i++) {
        struct inf_token token = {.id = pieces->ids[i],
                                  .start = word->starts[pieces->first[i]],
                                  .end = word->ends[pieces->last[i]],
                                  .word = cutter->word};
        if (inf_token_list_push(cutter->list, &token, cutter->err) != 0) {
            return -1;
        }
    }
    return 0;
}

int inf_wordpiece_cut(const struct inf_wordpiece *cutter, const struct inf_word *word)
{
    int32_t mask = cutter->tokenizer->special[INF_SPECIAL_MASK];
    int32_t unknown = cutter->tokenizer->special[INF_SPECIAL_UNKNOWN];
    struct pieces pieces;
    if (word->never_split) {
        return push_whole(cutter, word, mask >= 0 ? mask : unknown);
    }
    if (word->too_long || cut(cutter, word, &pieces) != 0) {
        return push_whole(cutter, word, unknown);
    }
    return push_pieces(cutter, word, &pieces);
}

static int take_word(void *arg, const struct inf_word *word)
{
    struct inf_wordpiece *cutter = arg;
    int rc = inf_wordpiece_cut(cutter, word);
    cutter->word++;
    return rc;
}

int inf_wordpiece_split(const struct inf_tokenizer *tokenizer, struct inf_text text,
                        struct inf_token_list *list, struct inf_error *err)
{
    struct inf_wordpiece cutter = {.tokenizer = tokenizer, .list = list, .err = err};
    struct inf_basic_rules rules = {.lower_case = tokenizer->settings.do_lower_case,
                                    .split_cjk = true,
                                    .never_split = tokenizer->settings.special[INF_SPECIAL_MASK],
                                    .sink = take_word,
                                    .arg = &cutter};
    return inf_basic_split(&rules, text.data, text.length);
}
