# raw_loop: the engine alone, the yardstick of bench/run.py. All are built with the tests, so that they stay sound.
# SPDX-License-Identifier: Apache-2.0
add_executable(raw_loop ${CMAKE_SOURCE_DIR}/bench/raw_loop.c)
target_compile_options(raw_loop PRIVATE ${INFERD_C_WARNINGS})
target_link_libraries(raw_loop PRIVATE inf_model_engine Threads::Threads)

# load: the load generator of bench/limits.py.
add_executable(load ${CMAKE_SOURCE_DIR}/bench/load.c)
target_compile_options(load PRIVATE ${INFERD_C_WARNINGS})

# tokenize: the tokenizers alone, for bench/tokenizer_speed.py.
add_executable(tokenize ${CMAKE_SOURCE_DIR}/bench/tokenize.c)
target_compile_options(tokenize PRIVATE ${INFERD_C_WARNINGS})
target_link_libraries(tokenize PRIVATE inf_tokenize)

# plan_time: the planner for large clusters, for bench/cluster.py.
add_executable(plan_time ${CMAKE_SOURCE_DIR}/bench/plan_time.c)
target_compile_options(plan_time PRIVATE ${INFERD_C_WARNINGS})
target_link_libraries(plan_time PRIVATE inf_planner)

# products: packed weights alone, for docs/performance.md.
if(INFERD_ENGINE STREQUAL "torch")
  add_executable(products ${CMAKE_SOURCE_DIR}/bench/products.c)
  target_compile_options(products PRIVATE ${INFERD_C_WARNINGS})
  target_include_directories(products PRIVATE ${CMAKE_SOURCE_DIR}/src/encoder)
  target_link_libraries(products PRIVATE inf_encoder inf_model_engine)
endif()
