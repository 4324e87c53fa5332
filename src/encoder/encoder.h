/* encoder.h - the transformer encoder of BERT and its relatives (arXiv:1810.04805), over texts of
 * any length side by side, without padding.
 *
 * Thread: inf_encoder_run on any thread, several at once. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_ENCODER_H
#define INFERD_ENCODER_ENCODER_H

#include "bf16_matrix.h"
#include "disentangled.h"
#include "int8_matrix.h"
#include "kernels.h"
#include "packed_matrix.h"
#include "packing.h"
#include "relative.h"

#define INF_ENCODER_LAYERS 64

/* y = x weight^T + bias, activated. */
struct inf_dense {
    struct inf_matrix *weight;    /* NULL once it is one of these alone */
    struct inf_int8_matrix *int8; /* multiplied by instead, unless NULL */
    struct inf_bf16_matrix *bf16; /* the same */
    float *bias;                  /* [out] */
    int in, out;
    float *seen; /* [in], or NULL; borrowed: inf_encoder_run notes there how large inputs get */
};

struct inf_encoder_layer {
    struct inf_dense qkv, attended, up, down;
    struct inf_distance_vectors distances; /* where attention is disentangled; its own */
    struct inf_norm attended_norm, output_norm;
};

/* The dense layers of an encoder, numbered: four of each layer, in the order above. */
#define INF_ENCODER_DENSES 4

/* Tables and norms are borrowed; the dense layers are its own. */
struct inf_encoder {
    int hidden, heads, inner, layer_count;
    int embedded;           /* numbers in a row of the tables */
    const float *words;     /* [vocabulary, embedded] */
    const float *positions; /* [position_count, embedded], or NULL */
    const float *types;     /* [type_count, embedded], or NULL */
    int vocabulary, position_count, type_count;
    int first_position; /* of the first token */
    bool reads_types;   /* from the input; else all are of type 0 */
    struct inf_relative relative;
    struct inf_disentangled disentangled;
    struct inf_dense
        projection; /* from `embedded` to `hidden`; without weight where these are one */
    struct inf_norm norm;
    enum inf_activation activation; /* of the layers' inner rows: GELU or RELU */
    enum inf_linear_type linears;   /* which some layer multiplies in */
    struct inf_encoder_layer layers[INF_ENCODER_LAYERS];
    const struct inf_kernels *kernels;
};

/* What products in fewer bits need besides. */
struct inf_narrow_room {
    struct inf_int8_room int8; /* [tokens, widest], [tokens], [tokens, hidden] */
    uint16_t *bf16;            /* [tokens, widest] */
};

/* Rows of one run, kept by the caller for the next one. */
struct inf_encoder_rows {
    float *x;                      /* [tokens, hidden]: what comes out */
    float *qkv, *attended, *up;    /* [tokens, 3 hidden], [tokens, hidden], [tokens, inner] */
    int tokens;                    /* there is room for */
    struct inf_narrow_room narrow; /* of what the encoder's linears are */
    float *bias;                   /* [heads, longest, longest], where distances count */
    int longest;                   /* text that there is room for in it */
    const struct inf_attention_kind *attention_kind; /* our own, or NULL: libtorch's */
    void *attention;                                 /* what that needs */
    int attention_longest;                           /* text that there is room for in it */
    size_t attention_members;                        /* of a team that there is room for */
};

/* Several weights [outs[i], in] and biases [outs[i]] (NULL: zeros), borrowed, as one. 0, or -1: no
 * memory. */
int inf_dense_init(struct inf_dense *dense, const float *const *weights, const float *const *biases,
                   const int *outs, size_t count, int in);
void inf_dense_fini(struct inf_dense *dense);
/* to[rows, out]; the activation may be any. room is read only where the layer is narrow. 0, or -1:
 * no memory. */
int inf_dense_run(const struct inf_dense *dense, const struct inf_kernels *kernels,
                  enum inf_activation activation, const struct inf_narrow_room *room,
                  const float *from, int rows, float *to);

/* The dense layer of that number, below INF_ENCODER_DENSES * layer_count. */
struct inf_dense *inf_encoder_dense(struct inf_encoder *encoder, int number);

/* Tokens of the longest text that it takes; INT_MAX: of any. */
int inf_encoder_longest(const struct inf_encoder *encoder);

/* Room for these texts; what was there before is gone. 0, or -1: no memory. */
int inf_encoder_rows_reserve(struct inf_encoder_rows *rows, const struct inf_encoder *encoder,
                             const struct inf_packing *packing);
void inf_encoder_rows_free(struct inf_encoder_rows *rows);

/* The hidden states of all tokens in rows->x, in packed order, or with first_only those of each
 * text's first token, which spares most of the last layer; rows has room for them. The input's
 * first tensor are the ids, its third the types (0 without one). NULL, or what is wrong. */
const char *inf_encoder_run(const struct inf_encoder *encoder, const struct inf_packed_input *input,
                            const struct inf_packing *packing, bool first_only,
                            struct inf_encoder_rows *rows);
/* Frees what was packed. */
void inf_encoder_fini(struct inf_encoder *encoder);

#endif
