# inferd-engine: zygote and workers. The one place that knows libtorch; the daemon never links it.
# SPDX-License-Identifier: Apache-2.0
set(fake_engine ${CMAKE_SOURCE_DIR}/tests/support/fake_engine.c ${CMAKE_SOURCE_DIR}/tests/support/fake_attacks.c
                ${CMAKE_SOURCE_DIR}/tests/support/fake_forgeries.c ${CMAKE_SOURCE_DIR}/tests/support/fake_memory.c
                ${CMAKE_SOURCE_DIR}/tests/support/fake_proof.c)
add_library(inf_model_engine STATIC)
target_include_directories(inf_model_engine PUBLIC ${CMAKE_SOURCE_DIR}/include
                           PRIVATE ${CMAKE_SOURCE_DIR}/src/engine)
target_link_libraries(inf_model_engine PUBLIC inf_engine)
if(INFERD_ENGINE STREQUAL "torch")
  if(DEFINED ENV{TORCH_DIR} AND NOT TORCH_DIR)
    set(TORCH_DIR $ENV{TORCH_DIR})
  endif()
  set(TORCH_DIR "${TORCH_DIR}" CACHE PATH "the torch package's folder (holds include/ and lib/)")
  if(NOT EXISTS ${TORCH_DIR}/lib/libtorch_cpu.so)
    message(FATAL_ERROR "TORCH_DIR [${TORCH_DIR}] has no lib/libtorch_cpu.so; scripts/build finds or "
                        "installs torch 2.13.0, or set TORCH_DIR to an unpacked torch package")
  endif()
  target_sources(inf_model_engine PRIVATE
    ${CMAKE_SOURCE_DIR}/src/engine/torch_exception.cc ${CMAKE_SOURCE_DIR}/src/engine/torch_inspect.cc
    ${CMAKE_SOURCE_DIR}/src/engine/torch_layout.cc ${CMAKE_SOURCE_DIR}/src/engine/torch_pack.cc
    ${CMAKE_SOURCE_DIR}/src/engine/torch_shim.cc ${CMAKE_SOURCE_DIR}/src/engine/torch_steps.cc
    ${CMAKE_SOURCE_DIR}/src/engine/torch_values.cc)
  target_include_directories(inf_model_engine SYSTEM PRIVATE
    ${TORCH_DIR}/include ${TORCH_DIR}/include/torch/csrc/api/include)
  target_compile_options(inf_model_engine PRIVATE ${INFERD_WARNINGS})
  # What all of them read of libtorch, once.
  target_precompile_headers(inf_model_engine PRIVATE
    "$<$<COMPILE_LANGUAGE:CXX>:<torch/csrc/jit/api/module.h$<ANGLE-R>>"
    "$<$<COMPILE_LANGUAGE:CXX>:<torch/csrc/jit/ir/constants.h$<ANGLE-R>>")
  target_link_libraries(inf_model_engine PUBLIC inf_encoder ${TORCH_DIR}/lib/libtorch_cpu.so ${TORCH_DIR}/lib/libc10.so)
  set_property(TARGET inf_model_engine PROPERTY INTERFACE_LINK_OPTIONS
    "-Wl,--no-as-needed,-rpath,${TORCH_DIR}/lib")
elseif(INFERD_ENGINE STREQUAL "fake")
  target_sources(inf_model_engine PRIVATE ${fake_engine})
  target_compile_options(inf_model_engine PRIVATE ${INFERD_C_WARNINGS})
else()
  message(FATAL_ERROR "INFERD_ENGINE is torch or fake, not ${INFERD_ENGINE}")
endif()

# The program around an engine; the same code with either.
function(inferd_engine_program name engine)
  add_executable(${name} ${CMAKE_SOURCE_DIR}/src/engine_main.c)
  target_compile_options(${name} PRIVATE ${INFERD_C_WARNINGS})
  target_link_libraries(${name} PRIVATE inf_engine ${engine})
endfunction()
inferd_engine_program(inferd-engine inf_model_engine)

# Tests of processes, crashes and limits want an engine that misbehaves to order, whatever the build's is.
if(INFERD_TESTS)
  add_library(inf_fake_engine STATIC ${fake_engine})
  target_include_directories(inf_fake_engine PRIVATE ${CMAKE_SOURCE_DIR}/include)
  target_compile_options(inf_fake_engine PRIVATE ${INFERD_C_WARNINGS})
  inferd_engine_program(inferd-engine-fake inf_fake_engine)
endif()
