/* Questions, news, code, complaints and prose of different lengths in several languages: outliers
 * of an encoder come with its channels more than with its words, so some dozens show them. Each is
 * taken alone, and after every few all of these together. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "samples.h"
#include <stdlib.h>
#include <string.h>

#define TOGETHER 4 /* texts of which one long one is made as well */
#define TOKENS_MOST 128

static const char *const texts[] = {
    "How do I reset my password?",
    "The harbour was closed for two days because of the storm.",
    "Refund not received",
    "The committee approved the budget for the new library on Tuesday evening, after a debate that "
    "lasted almost four hours and ended with a narrow majority of three votes.",
    "cheap flights to Lisbon in October",
    "A stack overflow in the parser was fixed; please update to version 2.4.1 as soon as you can.",
    "She plays the cello in a quartet and teaches mathematics at the secondary school next door.",
    "ERROR 2043: connection to replica db-7 lost after 30000 ms",
    "What is the boiling point of ethanol at sea level?",
    "Der Zug nach Hamburg hat heute leider vierzig Minuten Versp\xC3\xA4tung.",
    "The battery lasts a whole day, but the screen scratches easily and the charger gets hot.",
    "for (int i = 0; i < n; i++) total += values[i] * weights[i];",
    "Patients who were given the new drug recovered on average 2.3 days earlier than those in the "
    "control group, though the difference was smaller among people older than seventy.",
    "best pasta near me",
    "La r\xC3\xA9union est report\xC3\xA9"
    "e \xC3\xA0 jeudi prochain \xC3\xA0 dix heures.",
    "Inflation fell to 2.1 percent in March, its lowest level in three years.",
    "I ordered two chairs and got one table.",
    "Glaciers store about two thirds of the fresh water on Earth, and most of them are shrinking.",
    "The tenant shall give notice in writing at least sixty days before the end of the term.",
    "\xC2\xBF"
    "D\xC3\xB3nde est\xC3\xA1 la biblioteca m\xC3\xA1s cercana?",
    "Two goals in the last five minutes turned the match around.",
    "Sort the records by date, remove the duplicates, and write what is left to a new file.",
    "The museum shows letters, maps and tools of the people who dug the canal, among them a diary "
    "that a cook kept for eleven months and that was found behind a wall in 1973.",
    "yes",
    "Neural networks approximate functions by composing many simple ones.",
    "Il treno parte dal binario sette tra dieci minuti.",
    "Heat the oil, add garlic and onions, and stir until they are golden brown.",
    "Our quarterly revenue grew by twelve percent, driven by subscriptions in Asia and Europe.",
    "The spider has eight legs; an insect has six.",
    "Please find attached the signed contract and the invoice for the second half of the year.",
    "Warum ist der Himmel blau?",
    "A witness told the court that the door had been open and the lamp still warm when she came "
    "home, and that nothing but an old photograph was missing.",
};

_Static_assert(sizeof texts / sizeof texts[0] % TOGETHER == 0, "no row is left over");

enum { TEXTS = sizeof texts / sizeof texts[0], ROWS = TEXTS + TEXTS / TOGETHER };

/* What the task wants besides, such as a mask token, comes before the text. */
static int encode(const struct inf_runtime *runtime, struct inf_text text, struct inf_encoding *ret,
                  struct inf_error *err)
{
    struct inf_sample scratch;
    struct inf_document sample;
    struct inf_buf whole;
    int rc = 0;

    inf_task_sample(runtime->config, runtime->tokenizer, 1, &scratch, &sample);
    inf_sample_cut(&scratch, TOKENS_MOST);
    inf_buf_init(&whole, SIZE_MAX / 2);
    inf_buf_append(&whole, sample.text.data, sample.text.length);
    inf_buf_append(&whole, " ", 1);
    inf_buf_append(&whole, text.data, text.length);
    sample.text = (struct inf_text){whole.data, whole.length};
    rc = whole.failed ? inf_error_set(err, INF_ERR_MEMORY, "not enough memory for sample texts")
                      : inf_task_encode(&sample, ret, err);
    inf_buf_free(&whole);
    inf_sample_free(&scratch);
    return rc;
}

/* A text, or behind every few of them all these. */
static int encode_row(const struct inf_runtime *runtime, int row, struct inf_encoding *ret,
                      struct inf_error *err)
{
    struct inf_buf whole;
    int first = row / (TOGETHER + 1) * TOGETHER, one = first + row % (TOGETHER + 1), rc = 0;

    if (one < first + TOGETHER)
        return encode(runtime, (struct inf_text){texts[one], strlen(texts[one])}, ret, err);
    inf_buf_init(&whole, SIZE_MAX / 2);
    for (int i = first; i < first + TOGETHER; i++)
        inf_buf_printf(&whole, "%s ", texts[i]);
    rc = whole.failed ? inf_error_set(err, INF_ERR_MEMORY, "not enough memory for sample texts")
                      : encode(runtime, (struct inf_text){whole.data, whole.length}, ret, err);
    inf_buf_free(&whole);
    return rc;
}

/* The first row of each encoding, the rest of the columns padded as its tokenizer pads. */
static void lay(const struct inf_encoding *encodings, const struct inf_frame_quantize *shape,
                int32_t *to)
{
    for (uint32_t tensor = 0; tensor < shape->tensors; tensor++)
        for (uint32_t row = 0; row < shape->rows; row++) {
            const struct inf_encoding *encoding = &encodings[row];
            const int32_t *from =
                encoding->data + (size_t)tensor * (size_t)encoding->rows * (size_t)encoding->cols;
            int32_t padding = encoding->padding[tensor];
            for (int32_t col = 0; col < (int32_t)shape->cols; col++)
                *to++ = col < encoding->cols        ? from[col]
                        : padding == INF_PAD_COLUMN ? col
                                                    : padding;
        }
}

int inf_samples_encode(const struct inf_runtime *runtime, struct inf_frame_quantize *ret,
                       int32_t **ret_data, struct inf_error *err)
{
    struct inf_encoding encodings[ROWS] = {0};
    int rc = 0;

    ret->rows = ROWS;
    ret->tensors = ret->cols = 0;
    for (int i = 0; i < ROWS && rc == 0; i++) {
        rc = encode_row(runtime, i, &encodings[i], err);
        if (rc == 0 && (uint32_t)encodings[i].cols > ret->cols)
            ret->cols = (uint32_t)encodings[i].cols;
        ret->tensors = (uint32_t)encodings[0].tensors;
    }
    if (rc == 0) {
        *ret_data = calloc((size_t)ret->tensors * ROWS * ret->cols, sizeof **ret_data);
        if (*ret_data == NULL)
            rc = inf_error_set(err, INF_ERR_MEMORY, "not enough memory for sample texts");
        else
            lay(encodings, ret, *ret_data);
    }
    for (int i = 0; i < ROWS; i++)
        inf_encoding_free(&encodings[i]);
    return rc;
}
