# Fuzz targets, run by scripts/fuzz: one for each row of the table of tokenizers, those of what a client
# writes about them, those of what a model's file and its process say, and those of requests, settings and
# the data directory. Built by clang with
# -DINFERD_FUZZ=ON: ninja fuzz.
# SPDX-License-Identifier: Apache-2.0
set(table ${CMAKE_SOURCE_DIR}/src/tokenize/tokenizer.c)
file(STRINGS ${table} rows REGEX "[{ ]\\.name = \"[a-z0-9_]+\"")
string(REGEX MATCHALL "\\.name = \"[a-z0-9_]+\"" rows "${rows}")
string(REGEX REPLACE "\\.name = \"([a-z0-9_]+)\"" "\\1" tokenizers "${rows}")
if(NOT tokenizers)
  message(FATAL_ERROR "no tokenizer's name was found in ${table}")
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${table})

set(fuzz_folder ${CMAKE_SOURCE_DIR}/tests/fuzz)
add_library(fuzz_common STATIC ${fuzz_folder}/invariants.c ${fuzz_folder}/material.c)
target_compile_options(fuzz_common PRIVATE ${INFERD_C_WARNINGS})
target_link_libraries(fuzz_common PUBLIC inf_tokenize)

add_custom_target(fuzz)
set(fuzz_targets "")
# A target of a source, with the library that it is about; definitions follow.
function(inferd_fuzz_target name source library)
  add_executable(${name} EXCLUDE_FROM_ALL ${fuzz_folder}/${source}.c)
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  target_compile_options(${name} PRIVATE ${INFERD_C_WARNINGS})
  target_compile_definitions(${name} PRIVATE ${ARGN})
  target_link_libraries(${name} PRIVATE ${library})
  target_link_options(${name} PRIVATE -fsanitize=fuzzer)
  add_dependencies(fuzz ${name})
  string(APPEND fuzz_targets "${name} ${source}\n")
  set(fuzz_targets "${fuzz_targets}" PARENT_SCOPE)
endfunction()

inferd_fuzz_target(fuzz_tokenization fuzz_tokenization fuzz_common)
string(REPLACE ";" " " names "${tokenizers}")
inferd_fuzz_target(fuzz_vocabulary fuzz_vocabulary fuzz_common "FUZZ_TOKENIZERS=\"${names}\"")
foreach(name ${tokenizers})
  inferd_fuzz_target(fuzz_${name} fuzz_tokenizer fuzz_common "FUZZ_TOKENIZER=\"${name}\"")
endforeach()
inferd_fuzz_target(fuzz_archive fuzz_archive inf_vet)
inferd_fuzz_target(fuzz_pickle fuzz_pickle inf_vet)
target_include_directories(fuzz_pickle PRIVATE ${CMAKE_SOURCE_DIR}/src/vet)
# Frames: the daemon's channel is no face, so its folder is given.
add_library(fuzz_channel INTERFACE)
target_include_directories(fuzz_channel INTERFACE ${CMAKE_SOURCE_DIR}/src/serving)
target_link_libraries(fuzz_channel INTERFACE inf_serving)
inferd_fuzz_target(fuzz_frame fuzz_frame fuzz_channel)

# What was proven of a model, and lay on a disk. Of the encoder what reads it alone: the kernels are for GCC.
set(note_sources "")
foreach(name note fingerprint fit parcel parcel_steps)
  list(APPEND note_sources ${CMAKE_SOURCE_DIR}/src/encoder/${name}.c)
endforeach()
add_library(fuzz_notes STATIC EXCLUDE_FROM_ALL ${note_sources})
target_include_directories(fuzz_notes PUBLIC ${CMAKE_SOURCE_DIR}/include ${CMAKE_SOURCE_DIR}/src/encoder)
target_compile_options(fuzz_notes PRIVATE ${INFERD_C_WARNINGS})
target_link_libraries(fuzz_notes PUBLIC m)
inferd_fuzz_target(fuzz_note fuzz_note fuzz_notes)
inferd_fuzz_target(fuzz_fit fuzz_fit fuzz_notes)

# Requests: the real code around a stand-in for libmicrohttpd, whose functions those of the program hide.
add_library(fuzz_http INTERFACE)
target_include_directories(fuzz_http INTERFACE ${CMAKE_SOURCE_DIR}/src/http)
target_link_libraries(fuzz_http INTERFACE inf_rest)
inferd_fuzz_target(fuzz_request fuzz_request fuzz_http)
target_sources(fuzz_request PRIVATE ${fuzz_folder}/mhd_stand_in.c)
inferd_fuzz_target(fuzz_filter_path fuzz_filter_path fuzz_http)
inferd_fuzz_target(fuzz_gunzip fuzz_gunzip fuzz_http)
inferd_fuzz_target(fuzz_json fuzz_json inf_base)
inferd_fuzz_target(fuzz_part fuzz_part inf_rest)
target_include_directories(fuzz_part PRIVATE ${CMAKE_SOURCE_DIR}/src/rest)
inferd_fuzz_target(fuzz_config fuzz_config inf_base)
target_include_directories(fuzz_config PRIVATE ${CMAKE_SOURCE_DIR}/src/base)
inferd_fuzz_target(fuzz_store fuzz_store inf_store)
target_sources(fuzz_store PRIVATE ${fuzz_folder}/store_image.c)

# Who asks, and roles, keys and searches as clients write them.
inferd_fuzz_target(fuzz_authorization fuzz_authorization inf_security)
target_include_directories(fuzz_authorization PRIVATE ${CMAKE_SOURCE_DIR}/src/security)
inferd_fuzz_target(fuzz_role fuzz_role inf_rest)
target_include_directories(fuzz_role PRIVATE ${CMAKE_SOURCE_DIR}/src/security ${CMAKE_SOURCE_DIR}/src/rest)

# The little languages of ingest processors.
inferd_fuzz_target(fuzz_ingest fuzz_ingest inf_ingest)
target_include_directories(fuzz_ingest PRIVATE ${CMAKE_SOURCE_DIR}/src/ingest)

# For scripts/fuzz: each target and its source.
file(WRITE ${CMAKE_BINARY_DIR}/fuzz/targets "${fuzz_targets}")
