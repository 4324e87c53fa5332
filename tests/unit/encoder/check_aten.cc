/* The signatures in src/encoder/aten.h are libtorch's: two declarations of a C function that differ
 * do not compile. There is nothing to run. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "aten.h"

#include <torch/csrc/inductor/aoti_torch/c/shim.h>
#include <torch/csrc/inductor/aoti_torch/generated/c_shim_cpu.h>
