# raw_loop: the engine alone, the yardstick of bench/run.py. Built on demand: ninja raw_loop.
# SPDX-License-Identifier: Apache-2.0
add_executable(raw_loop EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/bench/raw_loop.c)
target_compile_options(raw_loop PRIVATE ${INFERD_C_WARNINGS})
target_link_libraries(raw_loop PRIVATE inf_model_engine Threads::Threads)

# load: the load generator of bench/limits.py. Built on demand: ninja load.
add_executable(load EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/bench/load.c)
target_compile_options(load PRIVATE ${INFERD_C_WARNINGS})

# tokenize: the tokenizers alone, for bench/tokenizer_speed.py. Built on demand: ninja tokenize.
add_executable(tokenize EXCLUDE_FROM_ALL ${CMAKE_SOURCE_DIR}/bench/tokenize.c)
target_compile_options(tokenize PRIVATE ${INFERD_C_WARNINGS})
target_link_libraries(tokenize PRIVATE inf_tokenize)
