/* schemas_deployments.c - starting, changing and using deployments. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas.h"

#include <stddef.h>

/* clang-format off */

const struct inf_schema inf_schemas_deployments[] = {
    {"adaptive_allocations", JSON({
        "type": ["object", "null"],
        "properties": {
            "enabled": {"type": ["boolean", "null"]},
            "min_number_of_allocations": {"type": ["integer", "null"]},
            "max_number_of_allocations": {"type": ["integer", "null"]}
        },
        "additionalProperties": false
    })},
    {"start_answer", JSON({
        "oneOf": [
            {"$ref": "#/components/schemas/assignment_answer"},
            {"$ref": "#/components/schemas/dry_run_answer"}
        ]
    })},
    {"dry_run_answer", JSON({
        "type": "object",
        "required": ["dry_run", "would_start", "advice"],
        "properties": {
            "dry_run": {"const": true},
            "would_start": {"type": "boolean"},
            "assignment": {
                "type": "object",
                "required": ["task_parameters"],
                "properties": {
                    "task_parameters": {"$ref": "#/components/schemas/task_parameters"}
                },
                "additionalProperties": false
            },
            "would_evict": {"type": "array", "items": {"type": "string"}},
            "nodes": {"type": "array", "items": {"$ref": "#/components/schemas/dry_run_node"}},
            "memory": {
                "type": "object",
                "required": ["required_native_memory_bytes"],
                "properties": {
                    "required_native_memory_bytes": {"$ref": "#/components/schemas/count"},
                    "measured_memory_bytes": {"$ref": "#/components/schemas/measured_memory"}
                },
                "additionalProperties": false
            },
            "missing": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/dry_run_missing"}
            },
            "reason": {
                "type": "object",
                "required": ["status", "type", "reason"],
                "properties": {
                    "status": {"type": "integer", "minimum": 400, "maximum": 599},
                    "type": {"type": "string"},
                    "reason": {"type": "string"},
                    "caused_by": {
                        "type": "object",
                        "required": ["type", "reason"],
                        "properties": {
                            "type": {"type": "string"},
                            "reason": {"type": "string"}
                        },
                        "additionalProperties": false
                    }
                },
                "additionalProperties": false
            },
            "advice": {"type": "array", "items": {"type": "string"}}
        },
        "additionalProperties": false
    })},
    {"dry_run_node", JSON({
        "type": "object",
        "required": ["id", "name", "allocations", "processors", "memory_bytes"],
        "properties": {
            "id": {"type": "string"},
            "name": {"type": "string"},
            "allocations": {"$ref": "#/components/schemas/count"},
            "processors": {"$ref": "#/components/schemas/dry_run_figures"},
            "memory_bytes": {"$ref": "#/components/schemas/dry_run_figures"}
        },
        "additionalProperties": false
    })},
    {"dry_run_figures", JSON({
        "type": "object",
        "required": ["available", "free", "needed"],
        "properties": {
            "available": {"$ref": "#/components/schemas/count"},
            "free": {"type": "integer"},
            "needed": {"$ref": "#/components/schemas/count"}
        },
        "additionalProperties": false
    })},
    {"dry_run_missing", JSON({
        "type": "object",
        "required": ["what"],
        "properties": {
            "what": {"enum": ["definition", "vocabulary", "operation"]},
            "name": {"type": "string"},
            "parts_stored": {"$ref": "#/components/schemas/count"},
            "parts": {"$ref": "#/components/schemas/count"},
            "bytes_stored": {"$ref": "#/components/schemas/count"},
            "bytes": {"$ref": "#/components/schemas/count"},
            "first_missing_part": {"$ref": "#/components/schemas/count"}
        },
        "additionalProperties": false
    })},
    {"assignment_answer", JSON({
        "type": "object",
        "required": ["assignment"],
        "properties": {"assignment": {"$ref": "#/components/schemas/assignment"}},
        "additionalProperties": false
    })},
    {"assignment", JSON({
        "type": "object",
        "required": [
            "task_parameters", "routing_table", "assignment_state", "start_time",
            "max_assigned_allocations", "adaptive_allocations"
        ],
        "properties": {
            "task_parameters": {"$ref": "#/components/schemas/task_parameters"},
            "routing_table": {
                "type": "object",
                "additionalProperties": {"$ref": "#/components/schemas/route"}
            },
            "assignment_state": {"enum": ["starting", "started", "stopping", "failed"]},
            "reason": {"type": "string"},
            "start_time": {"$ref": "#/components/schemas/iso8601"},
            "max_assigned_allocations": {"$ref": "#/components/schemas/count"},
            "adaptive_allocations": {"$ref": "#/components/schemas/adaptive_allocations"},
            "precision": {"$ref": "#/components/schemas/precision"}
        },
        "additionalProperties": false
    })},
    {"task_parameters", JSON({
        "type": "object",
        "required": [
            "model_id", "deployment_id", "model_bytes", "threads_per_allocation",
            "number_of_allocations", "queue_capacity", "cache_size", "priority",
            "per_deployment_memory_bytes", "per_allocation_memory_bytes"
        ],
        "properties": {
            "model_id": {"type": "string"},
            "deployment_id": {"type": "string"},
            "model_bytes": {"$ref": "#/components/schemas/count"},
            "threads_per_allocation": {"type": "integer", "minimum": 1, "maximum": 32},
            "number_of_allocations": {"$ref": "#/components/schemas/count"},
            "queue_capacity": {"type": "integer", "minimum": 1, "maximum": 1000000},
            "precision": {"enum": ["bf16", "int8"]},
            "min_cosine": {"type": "number", "minimum": 0, "maximum": 1},
            "cache_size": {"type": "string"},
            "priority": {"enum": ["normal", "low"]},
            "per_deployment_memory_bytes": {"$ref": "#/components/schemas/count"},
            "per_allocation_memory_bytes": {"$ref": "#/components/schemas/count"}
        },
        "additionalProperties": false
    })},
    {"route", JSON({
        "type": "object",
        "required": ["current_allocations", "target_allocations", "routing_state", "reason"],
        "properties": {
            "current_allocations": {"$ref": "#/components/schemas/count"},
            "target_allocations": {"$ref": "#/components/schemas/count"},
            "routing_state": {"$ref": "#/components/schemas/routing_state"},
            "reason": {"type": "string"}
        },
        "additionalProperties": false
    })},
    {"routing_state", JSON({"enum": ["starting", "started", "stopping", "stopped", "failed"]})},
    {"stopped", JSON({
        "type": "object",
        "required": ["stopped"],
        "properties": {"stopped": {"const": true}},
        "additionalProperties": false
    })},
    {"cleared", JSON({
        "type": "object",
        "required": ["cleared"],
        "properties": {"cleared": {"const": true}},
        "additionalProperties": false
    })},
    {"docs", JSON({
        "description": "Objects that hold the model's input field; other fields are ignored.",
        "type": "array",
        "minItems": 1,
        "items": {"type": "object"}
    })},
    {"inference_results", JSON({
        "type": "object",
        "required": ["inference_results"],
        "properties": {
            "inference_results": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/inference_result"}
            }
        },
        "additionalProperties": false
    })},
    {"token_counts", JSON({
        "type": "object",
        "required": ["tokens", "truncated", "sequences", "longest_sequence"],
        "properties": {
            "tokens": {"$ref": "#/components/schemas/count"},
            "truncated": {"$ref": "#/components/schemas/count"},
            "sequences": {"$ref": "#/components/schemas/count"},
            "longest_sequence": {"$ref": "#/components/schemas/count"}
        },
        "additionalProperties": false
    })},
    {"top_class", JSON({
        "oneOf": [
            {
                "type": "object",
                "required": ["class_name", "class_probability", "class_score"],
                "properties": {
                    "class_name": {"type": "string"},
                    "class_probability": {"type": "number"},
                    "class_score": {"type": "number"}
                },
                "additionalProperties": false
            },
            {
                "type": "object",
                "required": ["answer", "start_offset", "end_offset", "score"],
                "properties": {
                    "answer": {"type": "string"},
                    "start_offset": {"$ref": "#/components/schemas/count"},
                    "end_offset": {"$ref": "#/components/schemas/count"},
                    "score": {"type": "number"}
                },
                "additionalProperties": false
            }
        ]
    })},
    {"entity", JSON({
        "type": "object",
        "required": ["entity", "class_name", "class_probability", "start_pos", "end_pos"],
        "properties": {
            "entity": {"type": "string"},
            "class_name": {"type": "string"},
            "class_probability": {"type": "number"},
            "start_pos": {"$ref": "#/components/schemas/count"},
            "end_pos": {"$ref": "#/components/schemas/count"}
        },
        "additionalProperties": false
    })},
    {"inference_result", JSON({
        "type": "object",
        "description": "One document's result. A task's `results_field` may rename predicted_value.",
        "properties": {
            "predicted_value": {"type": ["string", "number", "array", "object"]},
            "is_truncated": {"const": true},
            "token_counts": {"$ref": "#/components/schemas/token_counts"},
            "prediction_probability": {"type": "number"},
            "predicted_value_sequence": {"type": "string"},
            "top_classes": {"type": "array", "items": {"$ref": "#/components/schemas/top_class"}},
            "entities": {"type": "array", "items": {"$ref": "#/components/schemas/entity"}},
            "start_offset": {"$ref": "#/components/schemas/count"},
            "end_offset": {"$ref": "#/components/schemas/count"}
        },
        "additionalProperties": {"type": ["string", "number", "array", "object"]}
    })},
    {NULL, NULL},
};
