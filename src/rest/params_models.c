/* params_models.c - parameters of the endpoints about models, their parts and statistics. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "param_rows.h"

const struct inf_param inf_put_params[] = {
    MODEL_ID(PATH | BODY,
             "The new model's id: lower-case letters, digits, `_`, `-` and `.`, with a "
             "letter or digit at both ends, at most 64 characters."),
    {.name = "defer_definition_decompression",
     .type = INF_P_BOOL,
     .in = QUERY,
     .dflt = "false",
     .doc = "Accepted for compatibility; definitions come in parts."},
    {.name = "wait_for_completion",
     .type = INF_P_BOOL,
     .in = QUERY,
     .dflt = "false",
     .doc = "Accepted for compatibility; nothing is downloaded."},
    {.name = "timeout",
     .type = INF_P_TIME,
     .in = QUERY,
     .dflt = "30s",
     .doc = "Accepted for compatibility; the answer comes once the model is on disk."},
    MASTER_TIMEOUT,
    {.name = "description", .type = INF_P_STRING, .in = BODY, .doc = "Free text."},
    {.name = "model_type",
     .type = INF_P_ENUM,
     .in = BODY,
     .choices = "pytorch|tree_ensemble|lang_ident",
     .enum_class = "org.elasticsearch.xpack.core.ml.inference.TrainedModelType",
     .doc = "`pytorch`; other types are refused."},
    {.name = "tags", .type = INF_P_STRINGS, .in = BODY, .doc = "Names to find the model by."},
    {.name = "metadata",
     .type = INF_P_OBJECT,
     .in = BODY,
     .doc =
         "Free object. `per_deployment_memory_bytes` and `per_allocation_memory_bytes` enter the "
         "memory estimate."},
    {.name = "input",
     .type = INF_P_OBJECT,
     .in = BODY,
     .schema = "model_input",
     .doc = "`{\"field_names\":[...]}`: the field of a document that holds the text. Default: "
            "`input`."},
    {.name = "inference_config",
     .type = INF_P_OBJECT,
     .in = BODY,
     .schema = "inference_config",
     .doc =
         "One task and its settings: `{\"text_embedding\":{\"tokenization\":{...}}}`. Required."},
    {.name = "default_field_map", .type = INF_P_OBJECT, .in = BODY, .doc = "Stored and echoed."},
    {.name = "prefix_strings",
     .type = INF_P_OBJECT,
     .in = BODY,
     .schema = "prefix_strings",
     .doc = "`search` and `ingest`: texts put before the input by searches and pipelines, never by "
            "`_infer`."},
    {.name = "platform_architecture",
     .type = INF_P_STRING,
     .in = BODY,
     .doc = "The platform that the model runs on, such as `linux-x86_64`."},
    {.name = "model_size_bytes", .type = INF_P_INT, .in = BODY, .doc = "Stored and echoed."},
    {.name = "estimated_heap_memory_usage_bytes",
     .type = INF_P_INT,
     .in = BODY,
     .doc = "Old name of `model_size_bytes`."},
    {.name = "estimated_operations", .type = INF_P_INT, .in = BODY, .doc = "Stored and echoed."},
    {.name = "definition",
     .type = INF_P_ANY,
     .in = BODY,
     .doc = "Refused: a definition is uploaded in parts."},
    {.name = "compressed_definition",
     .type = INF_P_ANY,
     .in = BODY,
     .doc = "Refused: a definition is uploaded in parts."},
    {.name = "location", .type = INF_P_ANY, .in = BODY, .doc = "Illegal to set."},
    {.name = "model_package", .type = INF_P_ANY, .in = BODY, .doc = "Illegal to set."},
    {.name = "create_time", .type = INF_P_ANY, .in = BODY, .doc = "Illegal to set."},
    {.name = "created_by", .type = INF_P_ANY, .in = BODY, .doc = "Illegal to set."},
    {.name = "version", .type = INF_P_ANY, .in = BODY, .doc = "Illegal to set."},
    {.name = "license_level", .type = INF_P_ANY, .in = BODY, .doc = "Illegal to set."},
    {.name = NULL},
};

#define GET_PARAMS                                                                                \
    ALLOW_NO_MATCH, FROM, SIZE,                                                                   \
        {.name = "tags",                                                                          \
         .type = INF_P_LIST,                                                                      \
         .in = QUERY,                                                                             \
         .doc = "Only models that have all of these tags."},                                      \
        {.name = "include",                                                                       \
         .type = INF_P_LIST,                                                                      \
         .in = QUERY,                                                                             \
         .doc =                                                                                   \
             "`definition_status` adds `fully_defined` for a single model, `vetting` the report " \
             "on its definition. `definition` is refused for PyTorch models, the other names "    \
             "of Elasticsearch have no effect."},                                                 \
        {.name = "exclude_generated",                                                             \
         .type = INF_P_BOOL,                                                                      \
         .in = QUERY,                                                                             \
         .dflt = "false",                                                                         \
         .doc = "Leaves out what a PUT must not set."},                                           \
    {                                                                                             \
        .name = "decompress_definition", .type = INF_P_BOOL, .in = QUERY, .dflt = "true",         \
        .doc = "Accepted for compatibility; concerns tree models."                                \
    }

const struct inf_param inf_get_params[] = {MODEL_IDS, GET_PARAMS, {.name = NULL}};
const struct inf_param inf_get_all_params[] = {GET_PARAMS, {.name = NULL}};

const struct inf_param inf_delete_params[] = {
    MODEL_ID(PATH, "The model to delete."),
    {.name = "force",
     .type = INF_P_BOOL,
     .in = QUERY,
     .dflt = "false",
     .doc = "Stops the model's deployments first."},
    {.name = "timeout",
     .type = INF_P_TIME,
     .in = QUERY,
     .dflt = "30s",
     .doc = "Accepted for compatibility; the answer comes once the model is gone from disk."},
    {.name = NULL},
};

#define ALIAS_PARAMS                                                                     \
    MODEL_ID(PATH, "The model that the alias stands for."),                              \
        {.name = "model_alias",                                                          \
         .type = INF_P_STRING,                                                           \
         .in = PATH,                                                                     \
         .doc = "The alias: as a model's id, but not ending with a digit."},             \
        MASTER_TIMEOUT,                                                                  \
    {                                                                                    \
        .name = "timeout", .type = INF_P_TIME, .in = QUERY, .dflt = "30s",               \
        .doc = "Accepted for compatibility; the answer comes once the alias is on disk." \
    }

const struct inf_param inf_alias_put_params[] = {
    ALIAS_PARAMS,
    {.name = "reassign",
     .type = INF_P_BOOL,
     .in = QUERY,
     .dflt = "false",
     .doc = "Whether the alias may be taken from another model; else that is refused."},
    {.name = NULL},
};
const struct inf_param inf_alias_delete_params[] = {ALIAS_PARAMS, {.name = NULL}};

#define APPROVAL_SHA256                                                                      \
    {                                                                                        \
        .name = "sha256", .type = INF_P_STRING, .in = PATH,                                  \
        .doc = "SHA-256 of the whole definition: 64 hexadecimal digits in lower case, as a " \
               "refusal and `include=vetting` name it."                                      \
    }

const struct inf_param inf_approval_params[] = {APPROVAL_SHA256, {.name = NULL}};
const struct inf_param inf_approval_put_params[] = {
    APPROVAL_SHA256,
    {.name = "comment",
     .type = INF_P_STRING,
     .in = BODY,
     .doc =
         "Why this file is trusted; kept with the approval and in the log. At most 1,000 bytes."},
    {.name = NULL},
};

const struct inf_param inf_part_params[] = {
    MODEL_ID(PATH, "The model that the part belongs to."),
    {.name = "part",
     .type = INF_P_INT,
     .in = PATH,
     .checks = CHECKS({0, INT32_MAX, false, 1, "must be greater or equal to 0"},
                      {INT32_MIN, 9999, false, 4, "must be less than total_parts"}),
     .doc = "The part's number, from 0. Parts may come in any order."},
    {.name = NULL},
};

const struct inf_param inf_vocabulary_params[] = {
    MODEL_ID(PATH, "The model that the vocabulary belongs to."),
    {.name = "vocabulary",
     .type = INF_P_STRINGS,
     .in = BODY,
     .required = true,
     .doc = "Tokens; a token's place is its id."},
    {.name = "merges",
     .type = INF_P_STRINGS,
     .in = BODY,
     .doc = "Merge rules of byte-pair tokenizers."},
    {.name = "scores",
     .type = INF_P_ANY,
     .in = BODY,
     .schema = "scores",
     .doc = "One number for each token, for unigram tokenizers."},
    {.name = NULL},
};

#define STATS_PARAMS ALLOW_NO_MATCH, FROM, SIZE

const struct inf_param inf_stats_params[] = {
    {.name = "model_id",
     .type = INF_P_LIST,
     .in = PATH,
     .doc = "Ids of models and deployments, wildcards (`a*`) or `_all`, separated by commas."},
    STATS_PARAMS,
    {.name = NULL},
};
const struct inf_param inf_stats_all_params[] = {STATS_PARAMS, {.name = NULL}};
