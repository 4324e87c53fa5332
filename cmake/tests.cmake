# tests/unit mirrors src: one binary a file, registered by its name. A test links all pure folders.
# SPDX-License-Identifier: Apache-2.0
pkg_check_modules(CMOCKA REQUIRED IMPORTED_TARGET cmocka)
file(GLOB_RECURSE unit_tests CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/unit/test_*.c)
# Those that call libtorch's functions; a build with the fake engine has none.
set(libtorch_tests test_bf16_matrix test_packed test_packed_matrix test_int8_matrix test_attention)
set(team_tests test_team test_int8_vnni test_attention_heads)
# The thread sanitizer sees what threads share: in these folders, and in those files of the others that have
# any. What one thread computes alone is the address sanitizer's.
set(threaded_folders cluster daemon definitions engine forward http security serving store)
set(threaded_tests test_log test_reserve test_mecab_library test_tok_japanese)
# Some 270 programs are linked here; where it is at hand, by the linker that takes a third of the time.
find_program(GOLD ld.gold)
if(GOLD)
  set(quick_link -fuse-ld=gold)
endif()
foreach(source ${unit_tests})
  get_filename_component(name ${source} NAME_WE)
  get_filename_component(folder ${source} DIRECTORY)
  get_filename_component(folder ${folder} NAME)
  if(name IN_LIST libtorch_tests AND NOT INFERD_ENGINE STREQUAL "torch")
    continue()
  endif()
  if(INFERD_SANITIZE STREQUAL "thread" AND NOT folder IN_LIST threaded_folders AND NOT name IN_LIST threaded_tests)
    continue()
  endif()
  add_executable(${name} ${source})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR}/src/${folder} ${CMAKE_SOURCE_DIR}/tests/support)
  target_compile_options(${name} PRIVATE ${INFERD_C_WARNINGS} -O1)
  target_compile_definitions(${name} PRIVATE INFERD_BUILD_DIR="${CMAKE_BINARY_DIR}"
                             INFERD_SOURCE_DIR="${CMAKE_SOURCE_DIR}" INFERD_ENGINE_NAME="${INFERD_ENGINE}")
  target_link_libraries(${name} PRIVATE inf_${folder} PkgConfig::CMOCKA)
  target_link_options(${name} PRIVATE ${quick_link})
  if(name IN_LIST libtorch_tests)
    target_link_libraries(${name} PRIVATE inf_model_engine)
  endif()
  # OpenMP's runtime, which libtorch brings with it otherwise; sanitizers do not understand it.
  if(name IN_LIST team_tests AND INFERD_SANITIZE STREQUAL "" AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
    target_link_options(${name} PRIVATE -Wl,--no-as-needed -fopenmp)
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 120)
endforeach()

# It counts what is allocated.
if(TARGET test_packed)
  target_link_options(test_packed PRIVATE -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=aligned_alloc)
endif()

# The store's tests once more, on a state that is in etcd.
foreach(name test_store test_store_object)
  add_test(NAME ${name}_in_etcd COMMAND ${name})
  set_tests_properties(${name}_in_etcd PROPERTIES TIMEOUT 120 ENVIRONMENT INFERD_TEST_STATE=etcd)
endforeach()

if(INFERD_ENGINE STREQUAL "torch")
  add_library(check_aten OBJECT ${CMAKE_SOURCE_DIR}/tests/unit/encoder/check_aten.cc)
  target_include_directories(check_aten PRIVATE ${CMAKE_SOURCE_DIR}/src/encoder)
  target_include_directories(check_aten SYSTEM PRIVATE ${TORCH_DIR}/include)
endif()

# The planner's simulation; its world and checks serve the planner's property tests too. The long run is
# scripts/simulate-planner.
add_library(planner_world STATIC ${CMAKE_SOURCE_DIR}/tests/simulation/world.c
            ${CMAKE_SOURCE_DIR}/tests/simulation/world_check.c)
target_include_directories(planner_world PUBLIC ${CMAKE_SOURCE_DIR}/tests/simulation)
target_compile_options(planner_world PRIVATE ${INFERD_C_WARNINGS})
target_link_libraries(planner_world PUBLIC inf_planner)
if(TARGET test_planner_random)
  target_link_libraries(test_planner_random PRIVATE planner_world)
endif()
add_executable(planner-sim ${CMAKE_SOURCE_DIR}/tests/simulation/planner_sim.c)
set_target_properties(planner-sim PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
target_compile_options(planner-sim PRIVATE ${INFERD_C_WARNINGS})
target_link_libraries(planner-sim PRIVATE planner_world)
if(NOT INFERD_SANITIZE STREQUAL "thread") # it has one
  add_test(NAME planner_sim_few COMMAND planner-sim --nodes 5 --deployments 8 --models 5 --events 300 --seed 1)
  add_test(NAME planner_sim_tight COMMAND planner-sim --nodes 8 --deployments 12 --memory 15 --events 200 --seed 2)
  add_test(NAME planner_sim_many COMMAND planner-sim --nodes 400 --deployments 150 --events 30 --sample 10 --seed 3)
  set_tests_properties(planner_sim_few planner_sim_tight planner_sim_many PROPERTIES TIMEOUT 120)
endif()

file(GLOB tools CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/support/tool_*.c)
foreach(source ${tools})
  get_filename_component(name ${source} NAME_WE)
  add_executable(${name} ${source})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_compile_options(${name} PRIVATE ${INFERD_C_WARNINGS})
  target_link_libraries(${name} PRIVATE inf_task)
endforeach()
if(TARGET tool_http)
  target_link_libraries(tool_http PRIVATE inf_http PkgConfig::UV)
endif()

# What tests preload into a daemon to see, cut off and disturb what it does to its disk.
file(GLOB disk_sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/tests/support/disk/*.c)
add_library(test_disk MODULE ${disk_sources})
set_target_properties(test_disk PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
target_compile_options(test_disk PRIVATE ${INFERD_C_WARNINGS} -fno-sanitize=all -U_FORTIFY_SOURCE)
target_link_options(test_disk PRIVATE -fno-sanitize=all)
target_link_libraries(test_disk PRIVATE Threads::Threads ${CMAKE_DL_LIBS})

# Loaded into the daemon by tests/support/memory_faults.py; a sanitizer's own malloc stands in its way.
if(INFERD_SANITIZE STREQUAL "")
  add_library(preload_memory SHARED ${CMAKE_SOURCE_DIR}/tests/support/preload_memory.c)
  set_target_properties(preload_memory PROPERTIES LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  target_compile_options(preload_memory PRIVATE ${INFERD_WARNINGS} -fno-builtin)
endif()
