/* schemas_stats.c - GET _stats: what models and their deployments have done. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas.h"

#include <stddef.h>

/* clang-format off */

const struct inf_schema inf_schemas_stats[] = {
    {"model_stats", JSON({
        "type": "object",
        "required": ["count", "trained_model_stats"],
        "properties": {
            "count": {"$ref": "#/components/schemas/count"},
            "trained_model_stats": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/model_stats_entry"}
            }
        },
        "additionalProperties": false
    })},
    {"model_stats_entry", JSON({
        "type": "object",
        "required": ["model_id", "model_size_stats", "pipeline_count"],
        "properties": {
            "model_id": {"type": "string"},
            "model_size_stats": {"$ref": "#/components/schemas/model_size_stats"},
            "pipeline_count": {"$ref": "#/components/schemas/count"},
            "ingest": {"$ref": "#/components/schemas/ingest_stats"},
            "inference_stats": {"$ref": "#/components/schemas/inference_stats"},
            "deployment_stats": {"$ref": "#/components/schemas/deployment_stats"}
        },
        "additionalProperties": false
    })},
    {"model_size_stats", JSON({
        "type": "object",
        "required": ["model_size_bytes", "required_native_memory_bytes"],
        "properties": {
            "model_size_bytes": {"$ref": "#/components/schemas/count"},
            "model_size": {"$ref": "#/components/schemas/size_text"},
            "required_native_memory_bytes": {"$ref": "#/components/schemas/count"},
            "required_native_memory": {"$ref": "#/components/schemas/size_text"},
            "measured_memory_bytes": {"$ref": "#/components/schemas/measured_memory"}
        },
        "additionalProperties": false
    })},
    {"measured_memory", JSON({
        "type": "object",
        "required": ["base", "per_allocation", "peak"],
        "properties": {
            "base": {"$ref": "#/components/schemas/count"},
            "per_allocation": {"$ref": "#/components/schemas/count"},
            "peak": {"$ref": "#/components/schemas/count"},
            "current": {"$ref": "#/components/schemas/count"},
            "limit": {"$ref": "#/components/schemas/count"}
        },
        "additionalProperties": false
    })},
    {"inference_stats", JSON({
        "type": "object",
        "required": [
            "failure_count", "inference_count", "cache_miss_count", "missing_all_fields_count",
            "timestamp"
        ],
        "properties": {
            "failure_count": {"$ref": "#/components/schemas/count"},
            "inference_count": {"$ref": "#/components/schemas/count"},
            "cache_miss_count": {"$ref": "#/components/schemas/count"},
            "missing_all_fields_count": {"$ref": "#/components/schemas/count"},
            "timestamp": {"$ref": "#/components/schemas/epoch_ms"},
            "timestamp_string": {"$ref": "#/components/schemas/iso8601"}
        },
        "additionalProperties": false
    })},
    {"deployment_stats", JSON({
        "type": "object",
        "required": [
            "deployment_id", "model_id", "threads_per_allocation", "number_of_allocations",
            "queue_capacity", "state", "cache_size", "priority", "start_time",
            "peak_throughput_per_minute", "nodes"
        ],
        "properties": {
            "deployment_id": {"type": "string"},
            "model_id": {"type": "string"},
            "threads_per_allocation": {"type": "integer", "minimum": 1, "maximum": 32},
            "number_of_allocations": {"$ref": "#/components/schemas/count"},
            "adaptive_allocations": {"$ref": "#/components/schemas/adaptive_allocations"},
            "queue_capacity": {"type": "integer", "minimum": 1, "maximum": 1000000},
            "state": {"enum": ["starting", "started", "stopping", "failed"]},
            "reason": {"type": "string"},
            "allocation_status": {
                "type": "object",
                "required": ["allocation_count", "target_allocation_count", "state"],
                "properties": {
                    "allocation_count": {"$ref": "#/components/schemas/count"},
                    "target_allocation_count": {"$ref": "#/components/schemas/count"},
                    "state": {"enum": ["starting", "started", "fully_allocated"]}
                },
                "additionalProperties": false
            },
            "start_progress": {"$ref": "#/components/schemas/start_progress"},
            "cache_size": {"type": "string"},
            "priority": {"enum": ["normal", "low"]},
            "start_time": {"$ref": "#/components/schemas/epoch_ms"},
            "start_time_string": {"$ref": "#/components/schemas/iso8601"},
            "error_count": {"type": "integer", "minimum": 1},
            "rejected_execution_count": {"type": "integer", "minimum": 1},
            "timeout_count": {"type": "integer", "minimum": 1},
            "inference_count": {"type": "integer", "minimum": 1},
            "peak_throughput_per_minute": {"$ref": "#/components/schemas/count"},
            "queue_stats": {"$ref": "#/components/schemas/queue_stats"},
            "batch_stats": {"$ref": "#/components/schemas/batch_stats"},
            "encoder": {"$ref": "#/components/schemas/encoder"},
            "self_check": {"$ref": "#/components/schemas/self_check"},
            "nodes": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/deployment_node_stats"}
            }
        },
        "additionalProperties": false
    })},
    {"queue_stats", JSON({
        "type": "object",
        "required": [
            "waiting_documents", "waiting_clients", "estimated_wait_ms",
            "rejected_for_timeout_count", "gave_way_count", "client_left_count",
            "dropped_before_inference_count", "inference_in_vain_count"
        ],
        "properties": {
            "waiting_documents": {"$ref": "#/components/schemas/count"},
            "waiting_clients": {"$ref": "#/components/schemas/count"},
            "estimated_wait_ms": {"$ref": "#/components/schemas/count"},
            "rejected_for_timeout_count": {"$ref": "#/components/schemas/count"},
            "gave_way_count": {"$ref": "#/components/schemas/count"},
            "client_left_count": {"$ref": "#/components/schemas/count"},
            "dropped_before_inference_count": {"$ref": "#/components/schemas/count"},
            "inference_in_vain_count": {"$ref": "#/components/schemas/count"}
        },
        "additionalProperties": false
    })},
    {"batch_stats", JSON({
        "type": "object",
        "required": ["state", "batch_count", "document_count"],
        "properties": {
            "state": {"enum": ["untried", "trying", "on", "off"]},
            "reason": {"type": "string"},
            "largest_difference": {"type": "number", "minimum": 0},
            "trial": {"enum": ["kept", "made"]},
            "batch_count": {"$ref": "#/components/schemas/count"},
            "document_count": {"$ref": "#/components/schemas/count"}
        },
        "additionalProperties": false
    })},
    {"encoder", JSON({
        "type": "object",
        "required": ["type", "runs_model_code"],
        "properties": {
            "type": {"enum": ["packed", "module"]},
            "architecture": {"type": "string"},
            "largest_difference": {"type": "number", "minimum": 0},
            "proof": {"enum": ["kept", "made"]},
            "runs_model_code": {"type": "boolean"},
            "reason": {"type": "string"},
            "precision": {"$ref": "#/components/schemas/precision"}
        },
        "additionalProperties": false
    })},
    {"self_check", JSON({
        "type": "object",
        "required": ["compared", "differed", "skipped", "failed"],
        "properties": {
            "compared": {"$ref": "#/components/schemas/count"},
            "differed": {"$ref": "#/components/schemas/count"},
            "skipped": {"$ref": "#/components/schemas/count"},
            "failed": {"$ref": "#/components/schemas/count"},
            "largest_difference": {"type": "number", "minimum": 0},
            "worst_cosine": {"type": "number"}
        },
        "additionalProperties": false
    })},
    {"precision", JSON({
        "type": "object",
        "required": [
            "type", "linear_layers", "median_cosine", "worst_cosine", "speedup", "measurement"
        ],
        "properties": {
            "type": {"enum": ["bf16", "int8"]},
            "linear_layers": {"type": "integer", "minimum": 0},
            "bf16_linear_layers": {"type": "integer", "minimum": 0},
            "int8_linear_layers": {"type": "integer", "minimum": 0},
            "median_cosine": {"type": "number"},
            "worst_cosine": {"type": "number"},
            "speedup": {"type": "number", "minimum": 0},
            "measurement": {"enum": ["made", "kept"]}
        },
        "additionalProperties": false
    })},
    {"start_progress", JSON({
        "type": "object",
        "required": ["phase", "fraction"],
        "properties": {
            "phase": {
                "enum": [
                    "waiting_for_capacity", "recording", "reading_vocabulary",
                    "waiting_for_engine", "loading_model", "warming_up"
                ]
            },
            "fraction": {"type": "number", "minimum": 0, "maximum": 1},
            "detail": {"type": "string"}
        },
        "additionalProperties": false
    })},
    {"deployment_node_stats", JSON({
        "type": "object",
        "required": [
            "node", "routing_state", "peak_throughput_per_minute", "throughput_last_minute"
        ],
        "properties": {
            "node": {
                "type": "object",
                "minProperties": 1,
                "maxProperties": 1,
                "additionalProperties": {"$ref": "#/components/schemas/deployment_node"}
            },
            "routing_state": {
                "type": "object",
                "required": ["routing_state"],
                "properties": {
                    "routing_state": {"$ref": "#/components/schemas/routing_state"},
                    "reason": {"type": "string", "minLength": 1}
                },
                "additionalProperties": false
            },
            "inference_count": {"$ref": "#/components/schemas/count"},
            "average_inference_time_ms": {"$ref": "#/components/schemas/milliseconds"},
            "average_inference_time_ms_excluding_cache_hits": {
                "$ref": "#/components/schemas/milliseconds"
            },
            "inference_cache_hit_count": {"$ref": "#/components/schemas/count"},
            "last_access": {"$ref": "#/components/schemas/epoch_ms"},
            "last_access_string": {"$ref": "#/components/schemas/iso8601"},
            "number_of_pending_requests": {"$ref": "#/components/schemas/count"},
            "error_count": {"type": "integer", "minimum": 1},
            "rejected_execution_count": {"type": "integer", "minimum": 1},
            "timeout_count": {"type": "integer", "minimum": 1},
            "start_time": {"$ref": "#/components/schemas/epoch_ms"},
            "start_time_string": {"$ref": "#/components/schemas/iso8601"},
            "threads_per_allocation": {"type": "integer", "minimum": 1, "maximum": 32},
            "number_of_allocations": {"$ref": "#/components/schemas/count"},
            "peak_throughput_per_minute": {"$ref": "#/components/schemas/count"},
            "throughput_last_minute": {"$ref": "#/components/schemas/count"},
            "average_inference_time_ms_last_minute": {
                "$ref": "#/components/schemas/milliseconds"
            },
            "inference_cache_hit_count_last_minute": {"$ref": "#/components/schemas/count"},
            "average_inference_process_memory_rss_bytes": {"$ref": "#/components/schemas/count"}
        },
        "additionalProperties": false
    })},
    {"deployment_node", JSON({
        "type": "object",
        "required": [
            "name", "ephemeral_id", "transport_address", "external_id", "attributes", "roles",
            "version", "min_index_version", "max_index_version"
        ],
        "properties": {
            "name": {"type": "string"},
            "ephemeral_id": {"type": "string"},
            "transport_address": {"type": "string"},
            "external_id": {"type": "string"},
            "attributes": {"type": "object", "additionalProperties": {"type": "string"}},
            "roles": {"type": "array", "items": {"type": "string"}},
            "version": {"type": "string"},
            "min_index_version": {"type": "integer"},
            "max_index_version": {"type": "integer"}
        },
        "additionalProperties": false
    })},
    {NULL, NULL},
};
