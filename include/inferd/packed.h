/* packed.h - a transformer encoder as packed weights and our own code, once it is proven to answer
 * as the model's module does.
 *
 * Thread: inf_packed_new on one; inf_packed_answer on any, several at once. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_PACKED_H
#define INFERD_PACKED_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define INF_PACKED_REASON 256

/* What is to compute, as the setting engine.encoder has it. */
enum inf_encoder_choice {
    INF_ENCODER_AUTO,   /* packed weights where they are proven */
    INF_ENCODER_PACKED, /* these, or the model is not loaded */
    INF_ENCODER_MODULE  /* the model's own code */
};

enum inf_activation {
    INF_ACTIVATION_NONE,
    INF_ACTIVATION_GELU, /* the exact form */
    INF_ACTIVATION_RELU,
    INF_ACTIVATION_TANH,
    INF_ACTIVATION_COUNT
};

enum inf_step_kind {
    INF_STEP_EMBEDDING, /* weight: [rows, cols] */
    INF_STEP_LINEAR,    /* weight: [rows, cols], bias: [rows], or NULL */
    INF_STEP_NORM,      /* of layers; weight and bias: [cols] */
    INF_STEP_ACTIVATION,
    INF_STEP_DISTANCES,      /* vectors of distances; weight: [heads, rows / heads, cols] */
    INF_STEP_MADE_DISTANCES, /* made of the weight, [rows, cols], by the LINEAR step before it */
    INF_STEP_BUCKETS         /* from a distance of `rows` on, distances go by their logarithm */
};

/* What the model's code does with one of its weights. These are float32, row-major and borrowed. */
struct inf_step {
    enum inf_step_kind kind;
    const float *weight, *bias;
    int rows, cols;
    float epsilon; /* of a NORM; of BUCKETS the logarithm, of distance / rows, that they end at */
    enum inf_activation activation;
    int input; /* of an EMBEDDING: which of forward's tensors it looks up, or -1; of a LINEAR: a
                * number for the value that it multiplies; of DISTANCES: the layer
                * that they are multiplied by is this many before, of those that read texts */
};

/* In the order in which forward does them. */
struct inf_steps {
    const struct inf_step *items;
    size_t count;
    int head_size; /* columns of an attention head, as shapes in the graph say; 0: they do not */
};

/* [tensors][rows][cols] int32: token ids, mask (1 for text, 0 for the padding behind it), and if
 * there are more, token types and positions, which count from 0. */
struct inf_packed_input {
    const int32_t *data;
    int tensors, rows, cols;
};

/* float32; a reference's is malloc'ed and the caller's, a packed model's inf_packed_forget takes.
 */
struct inf_packed_output {
    int rank; /* 2: [rows, out]; 3: [rows, cols, out] or, for two scores of each token,
               * [2 rows, 1, cols]; 0 where padding was */
    int64_t shape[3];
    float *data;
};

/* Answers as the model's own code gives them. 0, or -1 with a reason in INF_PACKED_REASON bytes. */
struct inf_packed_reference {
    int (*answer)(void *arg, const struct inf_packed_input *input, struct inf_packed_output *ret,
                  char *reason);
    void *arg;
    int tensors; /* that it takes */
};

struct inf_packed;

/* What a proof found: with a model's steps, all that it takes to make it again. */
struct inf_packed_choice {
    int32_t architecture; /* its number in the table of them */
    int32_t head_layers;  /* dense layers on top of the encoder */
    int32_t tokens;       /* which of a text's tokens the answer is made of: enum inf_head_tokens */
    int32_t is_unit;      /* 1: the answer is divided by its length */
    double difference;    /* the largest that the proof saw */
};

/* A definition's file in memory, and the parts of it that are tensors. */
struct inf_packed_part {
    int64_t offset, length; /* bytes */
};

struct inf_packed_file {
    const char *bytes; /* a mapping of it, whose pages may be given back meanwhile */
    int64_t length;
    const struct inf_packed_part *parts; /* only for who writes a note */
    size_t part_count;
};

/* What a proof found and where in the file the weights are, as bytes of this machine and version;
 * malloc'ed. */
struct inf_packed_note {
    char *bytes;
    size_t length; /* at most INF_PACKED_NOTE */
};

#define INF_PACKED_NOTE 65536
/* Of notes, of fits and of what proofs look at: raised when a note of before must not be used any
 * more. */
#define INF_PACKED_VERSION 4

/* What a difference from a number is measured by: its size or that of its row (the last dimension),
 * whose squares have this mean, and at least 1. A number that is near 0 among large ones, as of
 * logits, is a sum of large products, whose rounding it has. A row counts for 30 at most, so that
 * a few fillers of -1e9 in it make nobody blind for the others. */
static inline double inf_packed_size(double number, double mean_square)
{
    return fmax(1, fmax(fabs(number), fmin(sqrt(mean_square), 30)));
}

/* Recognises the model by its steps, packs its weights and compares answers to texts of several
 * lengths, alone and together, with the reference: every number has to be within 1e-5 of it, times
 * inf_packed_size. Tables and norms stay borrowed. NULL, and why not in reason. */
struct inf_packed *inf_packed_new(const struct inf_steps *steps,
                                  const struct inf_packed_reference *reference, char *reason);
/* NULL is fine. */
void inf_packed_free(struct inf_packed *packed);
/* The architecture's name. */
const char *inf_packed_name(const struct inf_packed *packed);
void inf_packed_choose(const struct inf_packed *packed, struct inf_packed_choice *ret);

/* Writes the steps, with all their weights, and the choice to a pipe, for a process that does not
 * have the model. The weights are gone afterwards. 0, or -1 with errno. Blocks. */
int inf_packed_send(const struct inf_steps *steps, const struct inf_packed_choice *choice, int to);
/* Reads them from a process that is not trusted, no more than bytes_max of weights, and makes the
 * model of them, without a proof: whatever was sent, memory is safe. With a file (NULL: none) in
 * which all weights stand as they are, *ret_note is what inf_packed_restore takes; else its bytes
 * are NULL. NULL, and why not in reason. Blocks. */
struct inf_packed *inf_packed_receive(int from, int64_t bytes_max,
                                      const struct inf_packed_file *file,
                                      struct inf_packed_note *ret_note, char *reason);
/* Makes the model of a note and the same file, and nothing else. The note may be damaged, or the
 * file another: then NULL, and why in reason. The file is not looked at any more afterwards. */
struct inf_packed *inf_packed_restore(const struct inf_packed_file *file, const void *note,
                                      size_t length, char *reason);

/* 0, or -1 with a reason in INF_PACKED_REASON bytes: an id that is out of range, no memory. */
int inf_packed_answer(struct inf_packed *packed, const struct inf_packed_input *input,
                      struct inf_packed_output *ret, char *reason);
/* Gives an answer's memory back to the model that made it; of none is fine. On any thread. */
void inf_packed_forget(struct inf_packed *packed, struct inf_packed_output *output);

/* In what linear layers multiply. */
enum inf_linear_type { INF_LINEAR_FLOAT32, INF_LINEAR_BF16, INF_LINEAR_INT8, INF_LINEAR_TYPES };

/* What a model lost and won by a reduced precision, on sample texts. */
struct inf_precision_report {
    int32_t linears, narrow_linears;    /* of the encoder's layers; of these, in fewer bits */
    double median_cosine, worst_cosine; /* of an answer to that in float32 */
    double speedup;                     /* by CPU time; at least 0 */
    int32_t is_kept, padding;           /* 1: measured by an earlier process */
};

/* What all that was found by, as bytes of this machine and version; malloc'ed. */
struct inf_packed_fit {
    char *bytes;
    size_t length; /* at most INF_PACKED_FIT */
};

#define INF_PACKED_FIT (1 << 19)

/* Lets the encoder's linear layers multiply in bf16 or int8, as many of them as keep the worst
 * cosine of the samples' answers at least at min_cosine (-1: all); for int8, what an input's size
 * is is found with the samples as well. Their float32 weights are gone then. 0, or -1 with a reason
 * in INF_PACKED_REASON bytes, and then the model is of no use any more: bf16 must be faster than
 * float32, by a measurement. Before any other thread uses it; takes the time of some hundred
 * texts. With what was kept (NULL: nothing) of the same model, samples and aim, none is computed
 * and nothing measured; if it is damaged or of others, it is as if there were nothing. *ret_fit is
 * what to keep; of no bytes where it was kept, or cannot be. */
int inf_packed_quantize(struct inf_packed *packed, const struct inf_packed_input *samples,
                        enum inf_linear_type type, double min_cosine,
                        const struct inf_packed_fit *kept, struct inf_precision_report *ret,
                        struct inf_packed_fit *ret_fit, char *reason);

#ifdef __cplusplus
}
#endif

#endif
