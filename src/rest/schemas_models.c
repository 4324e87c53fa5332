/* schemas_models.c - configurations of models, and what is uploaded for them. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas.h"

#include <stddef.h>

/* clang-format off */

const struct inf_schema inf_schemas_models[] = {
    {"models", JSON({
        "type": "object",
        "required": ["count", "trained_model_configs"],
        "properties": {
            "count": {"$ref": "#/components/schemas/count"},
            "trained_model_configs": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/model_config"}
            }
        },
        "additionalProperties": false
    })},
    {"model_config", JSON({
        "type": "object",
        "required": ["model_id", "model_type", "tags", "input", "inference_config", "location"],
        "properties": {
            "model_id": {"type": "string"},
            "model_type": {"const": "pytorch"},
            "model_package": {"type": "object"},
            "platform_architecture": {"type": "string"},
            "created_by": {"type": "string"},
            "version": {"type": "string"},
            "create_time": {"$ref": "#/components/schemas/epoch_ms"},
            "create_time_string": {"$ref": "#/components/schemas/iso8601"},
            "model_size_bytes": {"$ref": "#/components/schemas/count"},
            "model_size": {"$ref": "#/components/schemas/size_text"},
            "estimated_operations": {"$ref": "#/components/schemas/count"},
            "license_level": {"type": "string"},
            "description": {"type": "string"},
            "tags": {"type": "array", "items": {"type": "string"}},
            "metadata": {"type": "object"},
            "input": {"$ref": "#/components/schemas/model_input"},
            "default_field_map": {
                "type": "object", "additionalProperties": {"type": "string"}
            },
            "inference_config": {"$ref": "#/components/schemas/inference_config"},
            "location": {
                "type": "object",
                "required": ["index"],
                "properties": {
                    "index": {
                        "type": "object",
                        "required": ["name"],
                        "properties": {"name": {"type": "string"}},
                        "additionalProperties": false
                    }
                },
                "additionalProperties": false
            },
            "prefix_strings": {"$ref": "#/components/schemas/prefix_strings"},
            "fully_defined": {"type": "boolean"},
            "vetting": {"$ref": "#/components/schemas/vetting"}
        },
        "additionalProperties": false
    })},
    {"model_input", JSON({
        "type": "object",
        "required": ["field_names"],
        "properties": {"field_names": {"type": "array", "items": {"type": "string"}}},
        "additionalProperties": false
    })},
    {"prefix_strings", JSON({
        "type": "object",
        "minProperties": 1,
        "properties": {"search": {"type": "string"}, "ingest": {"type": "string"}},
        "additionalProperties": false
    })},
    {"inference_config", JSON({
        "description": "One task by its name, with the task's settings.",
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "propertyNames": {
            "enum": [
                "fill_mask", "ner", "pass_through", "question_answering", "text_classification",
                "text_embedding", "text_expansion", "text_similarity", "zero_shot_classification"
            ]
        },
        "additionalProperties": {"$ref": "#/components/schemas/task_settings"}
    })},
    {"task_settings", JSON({
        "description": "Settings of all tasks; a 400 tells which of them a task has.",
        "type": "object",
        "properties": {
            "tokenization": {"$ref": "#/components/schemas/tokenization"},
            "vocabulary": {"description": "The server's own.", "type": "object"},
            "results_field": {"type": "string", "minLength": 1},
            "embedding_size": {"type": "integer", "minimum": 1},
            "num_top_classes": {"type": "integer"},
            "max_answer_length": {"type": "integer", "minimum": 1},
            "classification_labels": {"$ref": "#/components/schemas/labels"},
            "labels": {"$ref": "#/components/schemas/labels"},
            "multi_label": {"type": "boolean"},
            "hypothesis_template": {"type": "string", "description": "{} stands for a label."},
            "mask_token": {"type": "string"},
            "question": {"type": "string"},
            "text": {"type": "string"},
            "span_score_combination_function": {"enum": ["max", "mean"]}
        },
        "additionalProperties": false
    })},
    {"labels", JSON({
        "oneOf": [
            {"type": "array", "items": {"type": "string"}, "maxItems": 10000},
            {"type": "string"},
            {"type": "null"}
        ]
    })},
    {"tokenization", JSON({
        "description": "One tokenizer by its name, with its settings; of an update truncate and span only.",
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "propertyNames": {
            "enum": [
                "bert", "bert_ja", "mpnet", "roberta", "byte_level_bpe", "xlm_roberta", "deberta_v2"
            ]
        },
        "additionalProperties": {"$ref": "#/components/schemas/tokenizer_settings"}
    })},
    {"tokenizer_settings", JSON({
        "type": "object",
        "properties": {
            "do_lower_case": {"type": "boolean"},
            "with_special_tokens": {"type": "boolean"},
            "max_sequence_length": {"type": "integer", "minimum": 1},
            "truncate": {"enum": ["first", "second", "none", "balanced", "error"]},
            "span": {"type": "integer", "minimum": -1},
            "add_prefix_space": {"type": "boolean"},
            "unk_token": {"type": "string"},
            "pad_token": {"type": "string"},
            "bos_token": {"type": "string"},
            "eos_token": {"type": "string"},
            "mask_token": {"type": "string"}
        },
        "additionalProperties": false
    })},
    {"definition_part", JSON({
        "type": "object",
        "required": ["definition", "total_definition_length", "total_parts"],
        "properties": {
            "definition": {
                "type": "string",
                "contentEncoding": "base64",
                "description": "The bytes of this part."
            },
            "total_definition_length": {
                "type": "integer",
                "format": "int64",
                "minimum": 1,
                "description": "Bytes of the whole file."
            },
            "total_parts": {
                "type": "integer", "format": "int32", "minimum": 1, "maximum": 10000
            }
        },
        "additionalProperties": false
    })},
    {"scores", JSON({
        "description": "One number for each token of the vocabulary, for unigram tokenizers.",
        "type": "array",
        "items": {"type": "number"}
    })},
    {NULL, NULL},
};
