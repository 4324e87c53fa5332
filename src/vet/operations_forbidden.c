/* operations_forbidden.c - what a model's code may never call, whoever approves of the model.
 *
 * Each reason goes behind the name in the refusal. All of it can leave the memory of its tensors or
 * the process, or hides code from the vetting. A namespace stands for what later versions of torch
 * add to it, too. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "operations.h"

static const struct inf_operation_family families[] = {
    INF_OPERATION_FAMILY("reads or writes files", "aten::from_file", "aten::save"),
    INF_OPERATION_FAMILY("takes an object for what it is not", "inferd::forged_cast"),
    INF_OPERATION_FAMILY("forges a view of memory", "aten::_nested_view_from_buffer",
                         "aten::_nested_view_from_buffer_copy", "aten::_nested_view_from_jagged",
                         "aten::_nested_view_from_jagged_copy", "aten::_reshape_alias",
                         "aten::_reshape_alias_copy", "aten::as_strided", "aten::as_strided_",
                         "aten::as_strided_copy", "aten::as_strided_scatter", "aten::empty_strided",
                         "aten::new_empty_strided", "aten::slice_inverse"),
    INF_OPERATION_FAMILY("exchanges or resizes the memory under a tensor", "aten::_coalesced",
                         "aten::_coalesced_", "aten::_copy_from_and_resize", "aten::_resize_output",
                         "aten::_resize_output_", "aten::resize", "aten::resize_",
                         "aten::resize_as", "aten::resize_as_", "aten::resize_as_sparse",
                         "aten::resize_as_sparse_", "aten::set", "aten::set_", "aten::set_data",
                         "aten::sparse_resize", "aten::sparse_resize_",
                         "aten::sparse_resize_and_clear", "aten::sparse_resize_and_clear_"),
    INF_OPERATION_FAMILY(
        "builds a tensor of indices that nobody checks, or hands out its parts", "aten::_indices",
        "aten::_sparse_bsc_tensor_unsafe", "aten::_sparse_bsr_tensor_unsafe",
        "aten::_sparse_compressed_tensor_unsafe", "aten::_sparse_compressed_tensor_with_dims",
        "aten::_sparse_coo_tensor_unsafe", "aten::_sparse_coo_tensor_with_dims",
        "aten::_sparse_coo_tensor_with_dims_and_tensors", "aten::_sparse_csc_tensor_unsafe",
        "aten::_sparse_csr_tensor_unsafe", "aten::_values", "aten::sparse_bsc_tensor",
        "aten::sparse_bsr_tensor", "aten::sparse_compressed_tensor", "aten::sparse_coo_tensor",
        "aten::sparse_csc_tensor", "aten::sparse_csr_tensor"),
    INF_OPERATION_FAMILY(
        "tells or takes an address", "_quantized::", "aten::_wrapped_linear_prepack",
        "aten::_wrapped_quantized_linear_prepacked", "aten::fbgemm_linear_fp16_weight",
        "aten::fbgemm_linear_fp16_weight_fp32_activation", "aten::fbgemm_linear_int8_weight",
        "aten::fbgemm_linear_int8_weight_fp32_activation", "aten::fbgemm_linear_quantize_weight",
        "aten::fbgemm_pack_gemm_matrix_fp16", "aten::fbgemm_pack_quantized_matrix", "aten::hash",
        "prim::id", "profiler::", "quantized::linear_prepack_fp16_legacy",
        "quantized::linear_prepack_legacy"),
    INF_OPERATION_FAMILY(
        "trusts memory that was packed for one processor", "aten::mkldnn_convolution",
        "aten::mkldnn_linear", "aten::mkldnn_rnn_layer",
        "mkl::", "mkldnn::", "mkldnn_prepacked::", "onednn::", "prim::BroadcastMKLDNNTensors",
        "prim::ConstantMKLDNNTensor", "prim::MKLDNNClamp", "prim::MKLDNNClamp_",
        "prim::MKLDNNGroup", "prim::MKLDNNHardSigmoid", "prim::MKLDNNHardSigmoid_",
        "prim::MKLDNNHardSwish", "prim::MKLDNNHardSwish_", "prim::MKLDNNHardTanh",
        "prim::MKLDNNHardTanh_", "prim::MKLDNNLayerNorm", "prim::MKLDNNLayerNorm_",
        "prim::MKLDNNScalarMul", "prim::MKLDNNScalarMul_", "prim::mkldnn_convolution"),
    INF_OPERATION_FAMILY("runs code that cannot be looked at", "aten::wait", "prim::BailOut",
                         "prim::BailoutTemplate", "prim::CallFunction", "prim::CallMethod",
                         "prim::Closure", "prim::CudaFusionGroup", "prim::CudaFusionGuard",
                         "prim::DifferentiableGraph", "prim::FallbackGraph",
                         "prim::FunctionalGraph", "prim::FusionGroup", "prim::IgnoredPythonOp",
                         "prim::PythonOp", "prim::StaticSubgraph", "prim::TensorExprDynamicGroup",
                         "prim::TensorExprDynamicGuard", "prim::TensorExprGroup",
                         "prim::TracedFork", "prim::TracedModuleForward", "prim::awaitable",
                         "prim::awaitableClosure", "prim::awaitable_nowait", "prim::awaitable_wait",
                         "prim::fork", "prim::forkClosure", "prim::oneDNNFusionGroup",
                         "prim::oneDNNFusionGuard", "prim::profile", "prim::profile_ivalue"),
    INF_OPERATION_FAMILY("talks to other processes", "_c10d_functional::",
                         "_c10d_functional_autograd::", "_dtensor::", "aten::confirmed_by_owner",
                         "aten::is_owner", "aten::local_value", "aten::owner", "aten::owner_name",
                         "aten::to_here", "c10d::", "prim::rpc_async", "prim::rpc_remote",
                         "prim::rpc_sync", "rpc::", "symm_mem::"),
    INF_OPERATION_FAMILY("is for a compiler that has checked its arguments before",
                         "_native::", "_test::", "debug_mode_ops::", "debugprims::", "export::",
                         "inductor::", "inductor_prims::", "prim::Guard", "prim::RequiresGradCheck",
                         "prim::StaticRuntimeCopyOuts", "prim::TypeCheck",
                         "prim::unchecked_unwrap_optional",
                         "prims::", "rngprims::", "static_runtime::"),
};

const struct inf_operation_family *inf_operations_forbidden(size_t *ret_count)
{
    *ret_count = sizeof families / sizeof families[0];
    return families;
}
