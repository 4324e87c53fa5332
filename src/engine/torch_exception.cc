/* What libtorch throws, as a sentence: no exception may cross into C. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "complaint.h"
#include "torch_model.h"

#include <c10/util/Exception.h>
#include <torch/csrc/jit/runtime/jit_exception.h>

#include <cstdio>
#include <exception>
#include <new>
#include <string>

namespace
{

int complain(char *reason, size_t reason_size, const std::string &text)
{
    return inf_engine_complain(reason, reason_size, text.c_str());
}

} /* namespace */

int inf_engine_complain_of_exception(char *reason, size_t reason_size) noexcept
{
    try {
        try {
            throw;
        } catch (const torch::jit::JITException &e) {
            return complain(reason, reason_size, e.getOriginalMsg().value_or(e.what()));
        } catch (const c10::Error &e) {
            return complain(reason, reason_size, e.what_without_backtrace());
        } catch (const std::bad_alloc &) {
            return complain(reason, reason_size, "out of memory");
        } catch (const std::exception &e) {
            return complain(reason, reason_size, e.what());
        }
    } catch (...) {
        snprintf(reason, reason_size, "the model failed");
        return -1;
    }
}
