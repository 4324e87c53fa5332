/* schemas_inference.c - inference endpoints and their answers. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas.h"

#include <stddef.h>

/* clang-format off */

const struct inf_schema inf_schemas_inference[] = {
    {"service_settings", JSON({
        "type": "object",
        "properties": {
            "num_allocations": {"type": "integer", "minimum": 1},
            "num_threads": {"type": "integer", "minimum": 1},
            "model_id": {"type": "string"},
            "deployment_id": {"type": "string"},
            "adaptive_allocations": {"type": "object"},
            "dimensions": {"type": "integer", "minimum": 1},
            "similarity": {"enum": ["cosine", "dot_product", "l2_norm"]},
            "element_type": {"const": "float"}
        }
    })},
    {"endpoint", JSON({
        "type": "object",
        "required": ["inference_id", "task_type", "service", "service_settings"],
        "properties": {
            "inference_id": {"type": "string"},
            "task_type": {"enum": ["text_embedding", "sparse_embedding", "rerank"]},
            "service": {"const": "elasticsearch"},
            "service_settings": {"$ref": "#/components/schemas/service_settings"},
            "task_settings": {
                "type": "object",
                "properties": {"return_documents": {"type": "boolean"}},
                "additionalProperties": false
            },
            "chunking_settings": {
                "type": "object",
                "required": ["strategy"],
                "properties": {
                    "strategy": {"enum": ["sentence", "word", "recursive", "none"]},
                    "max_chunk_size": {"type": "integer"},
                    "sentence_overlap": {"type": "integer"},
                    "overlap": {"type": "integer"},
                    "separators": {"type": "array", "items": {"type": "string"}},
                    "separator_group": {"enum": ["markdown", "plaintext"]}
                },
                "additionalProperties": false
            }
        },
        "additionalProperties": false
    })},
    {"endpoints", JSON({
        "type": "object",
        "required": ["endpoints"],
        "properties": {
            "endpoints": {"type": "array", "items": {"$ref": "#/components/schemas/endpoint"}}
        },
        "additionalProperties": false
    })},
    {"endpoint_deleted", JSON({
        "type": "object",
        "required": ["acknowledged", "pipelines"],
        "properties": {
            "acknowledged": {"type": "boolean"},
            "pipelines": {"type": "array", "items": {"type": "string"}},
            "indexes": {"type": "array", "maxItems": 0},
            "error_message": {"type": "string"}
        },
        "additionalProperties": false
    })},
    {"endpoint_answer", JSON({
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "properties": {
            "text_embedding": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["embedding"],
                    "properties": {"embedding": {"type": "array", "items": {"type": "number"}}},
                    "additionalProperties": false
                }
            },
            "sparse_embedding": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["is_truncated", "embedding"],
                    "properties": {
                        "is_truncated": {"type": "boolean"},
                        "embedding": {
                            "type": "object", "additionalProperties": {"type": "number"}
                        }
                    },
                    "additionalProperties": false
                }
            },
            "rerank": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["index", "relevance_score"],
                    "properties": {
                        "index": {"$ref": "#/components/schemas/count"},
                        "relevance_score": {"type": "number"},
                        "text": {"type": "string"}
                    },
                    "additionalProperties": false
                }
            }
        },
        "additionalProperties": false
    })},
    {NULL, NULL},
};
