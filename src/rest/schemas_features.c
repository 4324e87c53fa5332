/* schemas_features.c - answers about licence, features, and the limits of machine learning. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas.h"

#include <stddef.h>

/* clang-format off */

const struct inf_schema inf_schemas_features[] = {
    {"license", JSON({
        "type": "object",
        "required": ["license"],
        "properties": {
            "license": {
                "type": "object",
                "required": [
                    "status", "uid", "type", "issue_date", "issue_date_in_millis", "expiry_date",
                    "expiry_date_in_millis", "max_nodes", "max_resource_units", "issued_to",
                    "issuer", "start_date_in_millis"
                ],
                "properties": {
                    "status": {"const": "active"},
                    "uid": {"type": "string"},
                    "type": {"type": "string"},
                    "issue_date": {"$ref": "#/components/schemas/iso8601"},
                    "issue_date_in_millis": {"$ref": "#/components/schemas/epoch_ms"},
                    "expiry_date": {"$ref": "#/components/schemas/iso8601"},
                    "expiry_date_in_millis": {"$ref": "#/components/schemas/epoch_ms"},
                    "max_nodes": {"type": "null"},
                    "max_resource_units": {"type": "null"},
                    "issued_to": {"type": "string"},
                    "issuer": {"type": "string"},
                    "start_date_in_millis": {"type": "integer"}
                },
                "additionalProperties": false
            }
        },
        "additionalProperties": false
    })},
    {"basic_status", JSON({
        "type": "object",
        "required": ["eligible_to_start_basic"],
        "properties": {"eligible_to_start_basic": {"type": "boolean"}},
        "additionalProperties": false
    })},
    {"trial_status", JSON({
        "type": "object",
        "required": ["eligible_to_start_trial"],
        "properties": {"eligible_to_start_trial": {"type": "boolean"}},
        "additionalProperties": false
    })},
    {"feature", JSON({
        "type": "object",
        "required": ["available", "enabled"],
        "properties": {"available": {"type": "boolean"}, "enabled": {"type": "boolean"}},
        "additionalProperties": false
    })},
    {"xpack", JSON({
        "type": "object",
        "required": ["tagline"],
        "properties": {
            "build": {
                "type": "object",
                "required": ["hash", "date"],
                "properties": {"hash": {"type": "string"}, "date": {"type": "string"}},
                "additionalProperties": false
            },
            "license": {
                "type": "object",
                "required": ["uid", "type", "mode", "status", "expiry_date_in_millis"],
                "properties": {
                    "uid": {"type": "string"},
                    "type": {"type": "string"},
                    "mode": {"type": "string"},
                    "status": {"type": "string"},
                    "expiry_date_in_millis": {"$ref": "#/components/schemas/epoch_ms"}
                },
                "additionalProperties": false
            },
            "features": {
                "type": "object",
                "required": ["ml"],
                "additionalProperties": {"$ref": "#/components/schemas/feature"}
            },
            "tagline": {"const": "You know, for X"}
        },
        "additionalProperties": false
    })},
    {"no_jobs", JSON({
        "type": "object",
        "required": ["_all"],
        "properties": {
            "_all": {
                "type": "object",
                "required": ["count"],
                "properties": {"count": {"$ref": "#/components/schemas/count"}},
                "additionalProperties": false
            }
        },
        "additionalProperties": false
    })},
    {"xpack_usage", JSON({
        "type": "object",
        "required": ["ml"],
        "properties": {
            "ml": {
                "type": "object",
                "required": ["available", "enabled", "jobs", "datafeeds",
                             "data_frame_analytics_jobs", "inference", "node_count", "memory"],
                "properties": {
                    "available": {"type": "boolean"},
                    "enabled": {"type": "boolean"},
                    "jobs": {"$ref": "#/components/schemas/no_jobs"},
                    "datafeeds": {"$ref": "#/components/schemas/no_jobs"},
                    "data_frame_analytics_jobs": {"$ref": "#/components/schemas/no_jobs"},
                    "inference": {
                        "type": "object",
                        "required": ["trained_models", "deployments"],
                        "properties": {
                            "trained_models": {"type": "object", "required": ["_all", "count"]},
                            "deployments": {
                                "type": "object",
                                "required": ["count", "inference_counts"]
                            }
                        },
                        "additionalProperties": false
                    },
                    "node_count": {"$ref": "#/components/schemas/count"},
                    "memory": {
                        "type": "object",
                        "additionalProperties": {"$ref": "#/components/schemas/count"}
                    }
                },
                "additionalProperties": false
            }
        },
        "additionalProperties": {"$ref": "#/components/schemas/feature"}
    })},
    {"whole_megabytes", JSON({"type": "string", "pattern": "^[0-9]+mb$"})},
    {"ml_info", JSON({
        "type": "object",
        "required": ["defaults", "upgrade_mode", "native_code", "limits"],
        "properties": {
            "defaults": {
                "type": "object",
                "required": ["anomaly_detectors", "datafeeds", "model_platform_variant"],
                "properties": {
                    "anomaly_detectors": {
                        "type": "object",
                        "required": ["categorization_analyzer", "model_memory_limit"]
                    },
                    "datafeeds": {"type": "object", "required": ["scroll_size"]},
                    "model_platform_variant": {"type": "string"}
                },
                "additionalProperties": false
            },
            "upgrade_mode": {"type": "boolean"},
            "native_code": {
                "type": "object",
                "required": ["version", "build_hash"],
                "properties": {"version": {"type": "string"}, "build_hash": {"type": "string"}},
                "additionalProperties": false
            },
            "limits": {
                "type": "object",
                "required": ["max_single_ml_node_processors", "total_ml_processors",
                             "total_ml_memory", "effective_max_model_memory_limit"],
                "properties": {
                    "max_single_ml_node_processors": {"$ref": "#/components/schemas/count"},
                    "total_ml_processors": {"$ref": "#/components/schemas/count"},
                    "total_ml_memory": {"$ref": "#/components/schemas/whole_megabytes"},
                    "max_model_memory_limit": {"$ref": "#/components/schemas/whole_megabytes"},
                    "effective_max_model_memory_limit": {
                        "$ref": "#/components/schemas/whole_megabytes"
                    }
                },
                "additionalProperties": false
            }
        },
        "additionalProperties": false
    })},
    {"ml_memory", JSON({
        "type": "object",
        "required": ["_nodes", "cluster_name", "nodes"],
        "properties": {
            "_nodes": {"$ref": "#/components/schemas/nodes_found"},
            "cluster_name": {"type": "string"},
            "nodes": {
                "type": "object",
                "additionalProperties": {"$ref": "#/components/schemas/ml_memory_node"}
            }
        },
        "additionalProperties": false
    })},
    {"ml_memory_node", JSON({
        "type": "object",
        "required": ["name", "ephemeral_id", "transport_address", "attributes", "roles", "mem",
                     "jvm"],
        "properties": {
            "name": {"type": "string"},
            "ephemeral_id": {"type": "string"},
            "transport_address": {"type": "string"},
            "attributes": {"$ref": "#/components/schemas/node_attributes"},
            "roles": {"$ref": "#/components/schemas/node_roles"},
            "mem": {
                "type": "object",
                "required": ["total_in_bytes", "adjusted_total_in_bytes", "ml"],
                "properties": {
                    "total": {"$ref": "#/components/schemas/size_text"},
                    "total_in_bytes": {"$ref": "#/components/schemas/count"},
                    "adjusted_total": {"$ref": "#/components/schemas/size_text"},
                    "adjusted_total_in_bytes": {"$ref": "#/components/schemas/count"},
                    "ml": {
                        "type": "object",
                        "required": ["max_in_bytes", "native_code_overhead_in_bytes",
                                     "anomaly_detectors_in_bytes",
                                     "data_frame_analytics_in_bytes",
                                     "native_inference_in_bytes"],
                        "additionalProperties": {
                            "oneOf": [
                                {"$ref": "#/components/schemas/count"},
                                {"$ref": "#/components/schemas/size_text"}
                            ]
                        }
                    }
                },
                "additionalProperties": false
            },
            "jvm": {
                "type": "object",
                "required": ["heap_max_in_bytes", "java_inference_max_in_bytes",
                             "java_inference_in_bytes"],
                "additionalProperties": {
                    "oneOf": [
                        {"$ref": "#/components/schemas/count"},
                        {"$ref": "#/components/schemas/size_text"}
                    ]
                }
            }
        },
        "additionalProperties": false
    })},
    {NULL, NULL},
};

/* clang-format on */
