/* aten.h - the few functions of libtorch's stable C interface that are used, for C.
 *
 * libtorch's own header (torch/csrc/inductor/aoti_torch/c/shim.h) is C++ in places; the signatures
 * here are compared with it by tests/unit/encoder/check_aten.cc. Functions return 0, or else have
 * caught an exception. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_ENCODER_ATEN_H
#define INFERD_ENCODER_ATEN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct AtenTensorOpaque;
typedef struct AtenTensorOpaque *AtenTensorHandle;
typedef int32_t AOTITorchError;

/* What create_tensor_from_blob wants as dtype and device_type. */
int32_t aoti_torch_dtype_float32(void);
int32_t aoti_torch_dtype_bfloat16(void);
int32_t aoti_torch_dtype_int8(void);
int32_t aoti_torch_dtype_int32(void);
int32_t aoti_torch_device_type_cpu(void);

/* A tensor over the caller's memory, which has to live as long as it. */
AOTITorchError aoti_torch_create_tensor_from_blob(void *data, int64_t ndim, const int64_t *sizes,
                                                  const int64_t *strides, int64_t storage_offset,
                                                  int32_t dtype, int32_t device_type,
                                                  int32_t device_index, AtenTensorHandle *ret);
AOTITorchError aoti_torch_delete_tensor_object(AtenTensorHandle tensor);
AOTITorchError aoti_torch_get_data_ptr(AtenTensorHandle tensor, void **ret);
/* Borrowed from the tensor. */
AOTITorchError aoti_torch_get_strides(AtenTensorHandle tensor, int64_t **ret);

/* aten::_scaled_dot_product_flash_attention_for_cpu; query, key and value are [n, heads, length,
 * size], the mask is added, the scale NULL for 1/sqrt(size). */
AOTITorchError aoti_torch_cpu__scaled_dot_product_flash_attention_for_cpu(
    AtenTensorHandle query, AtenTensorHandle key, AtenTensorHandle value, double dropout,
    int32_t is_causal, AtenTensorHandle *mask, double *scale, AtenTensorHandle *ret_output,
    AtenTensorHandle *ret_logsumexp);

/* Calls an operator by its name; the stack holds its arguments, tensors as handles, which it takes,
 * and 0 for what is optional, and then its results, which are the caller's. */
AOTITorchError aoti_torch_call_dispatcher(const char *name, const char *overload, uint64_t *stack);
/* mkldnn::_linear_pointwise: x [m, k] by a weight [n, k] that mkldnn::_reorder_linear_weight laid;
 * bias NULL: none. */
AOTITorchError aoti_torch_cpu__linear_pointwise(AtenTensorHandle x, AtenTensorHandle weight,
                                                AtenTensorHandle *bias, const char *attribute,
                                                const double **scalars, int64_t scalars_count,
                                                const char **algorithm, AtenTensorHandle *ret);
/* aten::_int_mm: out int32 [m, n] = self int8 [m, k] x mat2 int8 [k, n]. */
AOTITorchError aoti_torch_cpu__int_mm_out(AtenTensorHandle out, AtenTensorHandle self,
                                          AtenTensorHandle mat2);

#ifdef __cplusplus
}
#endif

#endif
