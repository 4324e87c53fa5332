/* task_ner.c - named entities: a row of scores a token, a row of labels a word, groups of words.
 *
 * A word's probabilities are the mean of its tokens'. A word with a label of a class begins an
 * entity; the words after it join in as long as theirs are of the same class and do not begin
 * another. Only the first window of a text is looked at, as in Elasticsearch. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "iob.h"
#include "labels.h"
#include "matrix.h"
#include "probability.h"
#include "task_row.h"
#include "text_slice.h"

#include <stdlib.h>
#include <string.h>

static const char *const default_labels[] = {"O",     "B_MISC", "I_MISC", "B_PER", "I_PER",
                                             "B_ORG", "I_ORG",  "B_LOC",  "I_LOC"};
#define DEFAULT_LABELS (sizeof default_labels / sizeof *default_labels)

/* ---- configuration ---- */

static void defaults(struct inf_inference_config *config)
{
    config->classification_labels = inf_labels_of(default_labels, DEFAULT_LABELS);
}

/* An empty list means the default one. */
static int parse(const struct inf_fields *fields, const struct cJSON *member,
                 struct inf_inference_config *ret, struct inf_error *err)
{
    if (inf_labels_parse(fields, member, &ret->classification_labels, err) != 0) {
        return -1;
    }
    if (inf_labels_count(ret->classification_labels) == 0) {
        inf_labels_unref(ret->classification_labels);
        defaults(ret);
    }
    return 0;
}

static int check_model(const struct inf_inference_config *config, struct inf_error *err)
{
    return inf_iob_check(config->classification_labels, err);
}

static void write_members(const struct inf_inference_config *config, struct inf_jsonw *w)
{
    inf_labels_write(config->classification_labels, "classification_labels", w);
}

/* ---- words ---- */

/* Reads the first row of an encoding word by word. */
struct reader {
    const struct inf_encoding *encoding;
    struct inf_matrix matrix;
    double *token, *mean; /* [labels] probabilities */
    int col;
};

struct word {
    size_t label;
    double score;
    int start, end; /* UTF-16 units */
};

static void add_token(struct reader *reader)
{
    inf_matrix_read_row(&reader->matrix, (size_t)reader->col, reader->token);
    inf_softmax(reader->token, reader->matrix.cols);
    for (size_t i = 0; i < reader->matrix.cols; i++) {
        reader->mean[i] += reader->token[i];
    }
}

/* False at the row's end. */
static bool next_word(struct reader *reader, struct word *ret)
{
    const struct inf_encoding *encoding = reader->encoding;
    const int *words = encoding->words;
    while (reader->col < *encoding->lengths && words[reader->col] < 0) {
        reader->col++;
    }
    int first = reader->col;
    if (first == *encoding->lengths) {
        return false;
    }
    memset(reader->mean, 0, reader->matrix.cols * sizeof *reader->mean);
    for (; reader->col < *encoding->lengths && words[reader->col] == words[first]; reader->col++) {
        add_token(reader);
    }
    inf_top(reader->mean, reader->matrix.cols, 1, &ret->label);
    ret->score = reader->mean[ret->label] / (reader->col - first);
    ret->start = encoding->starts[first];
    ret->end = encoding->ends[reader->col - 1];
    return true;
}

static int check_output(const struct inf_labels *labels, const struct inf_encoding *encoding,
                        const struct inf_matrix *matrix, struct inf_error *err)
{
    size_t length = (size_t)*encoding->lengths;
    if (matrix->cols != inf_labels_count(labels)) {
        return inf_error_set(err, INF_ERR_CONFLICT,
                             "Expected exactly [%zu] values in ner result; got [%zu]",
                             inf_labels_count(labels), matrix->cols);
    }
    if (matrix->rows < length) {
        return inf_error_set(err, INF_ERR_INTERNAL,
                             "Expected a row of the ner result for each of [%zu] tokens; got [%zu]",
                             length, matrix->rows);
    }
    return inf_matrix_check(matrix, length, err);
}

static int open_reader(const struct inf_labels *labels, const struct inf_encoding *encoding,
                       const struct inf_tensor *output, struct reader *ret, struct inf_error *err)
{
    *ret = (struct reader){.encoding = encoding};
    if (inf_matrix_of(output, &ret->matrix, err) != 0 ||
        check_output(labels, encoding, &ret->matrix, err) != 0) {
        return -1;
    }
    ret->token = calloc(2 * ret->matrix.cols, sizeof *ret->token);
    if (!ret->token) {
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for [%zu] labels",
                             ret->matrix.cols);
    }
    ret->mean = ret->token + ret->matrix.cols;
    return 0;
}

/* ---- entities ---- */

struct entity {
    const char *class_name;
    double scores; /* of its words, added up */
    int words;
};

/* Two arrays side by side: the slices are filled in all at once. */
struct entities {
    struct entity *items;
    struct inf_text_slice *slices;
    size_t count;
};

static void add_word(struct entities *entities, const struct word *word, const char *class_name,
                     bool joins)
{
    if (!joins) {
        entities->slices[entities->count].start = word->start;
        entities->items[entities->count++].class_name = class_name;
    }
    entities->items[entities->count - 1].scores += word->score;
    entities->items[entities->count - 1].words++;
    entities->slices[entities->count - 1].end = word->end;
}

static void group(const struct inf_labels *labels, struct reader *reader, struct entities *ret)
{
    struct word word;
    struct inf_iob_tag tag;
    const char *under_way = NULL; /* class of the entity that the next word may join */
    while (next_word(reader, &word)) {
        inf_iob_parse(labels->names[word.label], &tag);
        if (tag.class_name) {
            add_word(ret, &word, tag.class_name,
                     under_way && !tag.begins && strcmp(under_way, tag.class_name) == 0);
        }
        under_way = tag.class_name;
    }
}

static int find_entities(const struct inf_document *document, struct reader *reader,
                         struct entities *ret, struct inf_error *err)
{
    size_t most = (size_t)*reader->encoding->lengths;
    ret->items = calloc(most + 1, sizeof *ret->items);
    ret->slices = calloc(most + 1, sizeof *ret->slices);
    if (!ret->items || !ret->slices) {
        return inf_error_set(err, INF_ERR_MEMORY, "not enough memory for [%zu] entities", most);
    }
    group(document->config->classification_labels, reader, ret);
    return inf_text_slices(document->text, ret->slices, ret->count, err);
}

/* ---- answer ---- */

static void append_link(const struct entity *entity, struct inf_text text, struct inf_buf *out)
{
    inf_buf_puts(out, "[");
    inf_buf_append(out, text.data, text.length);
    inf_buf_puts(out, "](");
    inf_buf_puts(out, entity->class_name);
    inf_buf_puts(out, "&");
    for (size_t at = 0; at < text.length;) {
        const char *blank = memchr(text.data + at, ' ', text.length - at);
        size_t end = blank ? (size_t)(blank - text.data) : text.length;
        inf_buf_append(out, text.data + at, end - at);
        if (blank) {
            inf_buf_puts(out, "+");
        }
        at = end + 1;
    }
    inf_buf_puts(out, ")");
}

/* The text with a link in each entity's place. A character that became several tokens can be in two
 * entities; the second has no link then, lest the text be there twice. */
static void write_annotated(const struct inf_document *document, const struct entities *entities,
                            struct inf_jsonw *w)
{
    const char *at = document->text.data;
    const char *end = document->text.data + document->text.length;
    struct inf_buf text;
    inf_buf_init(&text, w->out->max);
    for (size_t i = 0; i < entities->count; i++) {
        struct inf_text entity = entities->slices[i].text;
        if (entity.data < at) {
            continue;
        }
        inf_buf_append(&text, at, (size_t)(entity.data - at));
        append_link(&entities->items[i], entity, &text);
        at = entity.data + entity.length;
    }
    inf_buf_append(&text, at, (size_t)(end - at));
    inf_text_write(&text, w);
    inf_buf_free(&text);
}

static void write_entity(const struct inf_document *document, const struct entity *entity,
                         const struct inf_text_slice *slice, struct inf_buf *lower,
                         struct inf_jsonw *w)
{
    inf_buf_clear(lower);
    if (document->config->tokenization.do_lower_case) {
        inf_text_lower(slice->text, lower);
    } else {
        inf_buf_append(lower, slice->text.data, slice->text.length);
    }
    inf_jsonw_begin_object(w);
    inf_jsonw_key(w, "entity");
    inf_text_write(lower, w);
    inf_jsonw_kv_string(w, "class_name", entity->class_name);
    inf_jsonw_kv_double(w, "class_probability", entity->scores / entity->words);
    inf_jsonw_kv_int(w, "start_pos", slice->start);
    inf_jsonw_kv_int(w, "end_pos", slice->end);
    inf_jsonw_end_object(w);
}

static void write_answer(const struct inf_document *document, const struct entities *entities,
                         struct inf_jsonw *w)
{
    struct inf_buf lower;
    inf_task_results_key(document->config, w);
    write_annotated(document, entities, w);
    inf_jsonw_key(w, "entities");
    inf_jsonw_begin_array(w);
    inf_buf_init(&lower, w->out->max);
    for (size_t i = 0; i < entities->count; i++) {
        write_entity(document, &entities->items[i], &entities->slices[i], &lower, w);
    }
    inf_buf_free(&lower);
    inf_jsonw_end_array(w);
}

static int decode(const struct inf_document *document, const struct inf_encoding *encoding,
                  const struct inf_tensor *output, struct inf_jsonw *w, struct inf_error *err)
{
    struct reader reader;
    struct entities entities = {0};
    int rc = -1;
    if (open_reader(document->config->classification_labels, encoding, output, &reader, err) != 0) {
        return -1;
    }
    if (find_entities(document, &reader, &entities, err) == 0) {
        write_answer(document, &entities, w);
        rc = 0;
    }
    free(entities.items);
    free(entities.slices);
    free(reader.token);
    return rc;
}

static const char *const members[] = {"classification_labels", "results_field", "tokenization",
                                      NULL};
static const char *const update_members[] = {"results_field", "tokenization", NULL};

const struct inf_task inf_task_ner = {.name = "ner",
                                      .members = members,
                                      .update_members = update_members,
                                      .reads_text = true,
                                      .defaults = defaults,
                                      .parse = parse,
                                      .check_model = check_model,
                                      .write = write_members,
                                      .encode = inf_task_encode_text,
                                      .decode = decode};
