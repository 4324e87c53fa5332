/* schemas_nodes.c - answers about nodes, the licence, features and settings. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas.h"

#include <stddef.h>

/* clang-format off */

const struct inf_schema inf_schemas_nodes[] = {
    {"text_chunks", JSON({
        "type": "object",
        "required": ["chunks"],
        "properties": {
            "chunks": {
                "type": "array",
                "items": {
                    "type": "array", "minItems": 4, "maxItems": 4,
                    "items": {"$ref": "#/components/schemas/count"}
                }
            }
        },
        "additionalProperties": false
    })},
    {"stored_vocabulary", JSON({"description": "As it was put.", "type": "object"})},
    {"cat_list", JSON({"type": "string"})},
    {"cat_table", JSON({
        "description": "One object a row. A cell without a value is null.",
        "type": "array",
        "items": {"type": "object", "additionalProperties": {"type": ["string", "null"]}}
    })},
    {"settings", JSON({
        "description": "By dotted names, or nested.",
        "type": "object",
        "additionalProperties": {
            "oneOf": [{"type": "string"}, {"$ref": "#/components/schemas/settings"}]
        }
    })},
    {"cluster_settings", JSON({
        "type": "object",
        "required": ["persistent", "transient"],
        "properties": {
            "persistent": {"$ref": "#/components/schemas/settings"},
            "transient": {"$ref": "#/components/schemas/settings"},
            "defaults": {"$ref": "#/components/schemas/settings"}
        },
        "additionalProperties": false
    })},
    {"cluster_settings_changed", JSON({
        "type": "object",
        "required": ["acknowledged", "persistent", "transient"],
        "properties": {
            "acknowledged": {"const": true},
            "persistent": {"$ref": "#/components/schemas/settings"},
            "transient": {"$ref": "#/components/schemas/settings"}
        },
        "additionalProperties": false
    })},
    {"new_settings", JSON({
        "description": "By dotted names, or nested; null resets a setting.",
        "type": ["object", "null"],
        "additionalProperties": {
            "anyOf": [
                {"type": ["string", "number", "boolean", "null"]},
                {"$ref": "#/components/schemas/new_settings"}
            ]
        }
    })},
    {"nodes_found", JSON({
        "type": "object",
        "required": ["total", "successful", "failed"],
        "properties": {
            "total": {"$ref": "#/components/schemas/count"},
            "successful": {"$ref": "#/components/schemas/count"},
            "failed": {"$ref": "#/components/schemas/count"},
            "failures": {
                "description": "Nodes that did not answer, and why.",
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["type", "reason", "node_id", "caused_by"],
                    "properties": {
                        "type": {"const": "failed_node_exception"},
                        "reason": {"type": "string"},
                        "node_id": {"type": "string"},
                        "caused_by": {
                            "type": "object",
                            "required": ["type", "reason"],
                            "properties": {
                                "type": {"type": "string"}, "reason": {"type": "string"}
                            },
                            "additionalProperties": false
                        }
                    },
                    "additionalProperties": false
                }
            }
        },
        "additionalProperties": false
    })},
    {"nodes", JSON({
        "type": "object",
        "required": ["_nodes", "cluster_name", "nodes"],
        "properties": {
            "_nodes": {"$ref": "#/components/schemas/nodes_found"},
            "cluster_name": {"type": "string"},
            "nodes": {
                "type": "object",
                "additionalProperties": {"$ref": "#/components/schemas/node"}
            }
        },
        "additionalProperties": false
    })},
    {"node_roles", JSON({"type": "array", "items": {"type": "string"}})},
    {"node_attributes", JSON({"type": "object", "additionalProperties": {"type": "string"}})},
    {"node", JSON({
        "type": "object",
        "required": [
            "name", "ephemeral_id", "transport_address", "host", "ip", "version", "build_flavor",
            "build_type", "build_hash", "inferd", "roles", "attributes"
        ],
        "properties": {
            "name": {"type": "string"},
            "ephemeral_id": {"type": "string"},
            "transport_address": {"type": "string"},
            "host": {"type": "string"},
            "ip": {"type": "string"},
            "version": {"type": "string"},
            "build_flavor": {"type": "string"},
            "build_type": {"type": "string"},
            "build_hash": {"type": "string"},
            "inferd": {
                "type": "object",
                "required": ["version", "engine", "processor"],
                "properties": {
                    "version": {"type": "string"},
                    "engine": {"type": "string"},
                    "processor": {"type": "string"}
                },
                "additionalProperties": false
            },
            "roles": {"$ref": "#/components/schemas/node_roles"},
            "attributes": {"$ref": "#/components/schemas/node_attributes"},
            "settings": {"$ref": "#/components/schemas/settings"},
            "os": {
                "type": "object",
                "required": ["name", "arch", "version", "available_processors",
                             "allocated_processors"],
                "properties": {
                    "name": {"type": "string"},
                    "arch": {"type": "string"},
                    "version": {"type": "string"},
                    "available_processors": {"$ref": "#/components/schemas/count"},
                    "allocated_processors": {"$ref": "#/components/schemas/count"}
                },
                "additionalProperties": false
            },
            "process": {
                "type": "object",
                "required": ["id", "mlockall"],
                "properties": {
                    "id": {"$ref": "#/components/schemas/count"},
                    "mlockall": {"type": "boolean"}
                },
                "additionalProperties": false
            },
            "transport": {
                "type": "object",
                "required": ["bound_address", "publish_address", "profiles"],
                "properties": {
                    "bound_address": {"type": "array", "items": {"type": "string"}},
                    "publish_address": {"type": "string"},
                    "profiles": {"type": "object"}
                },
                "additionalProperties": false
            },
            "http": {
                "type": "object",
                "required": ["bound_address", "publish_address", "max_content_length_in_bytes"],
                "properties": {
                    "bound_address": {"type": "array", "items": {"type": "string"}},
                    "publish_address": {"type": "string"},
                    "max_content_length": {"$ref": "#/components/schemas/size_text"},
                    "max_content_length_in_bytes": {"$ref": "#/components/schemas/count"}
                },
                "additionalProperties": false
            },
            "plugins": {"type": "array", "maxItems": 0},
            "modules": {"type": "array", "maxItems": 0}
        },
        "additionalProperties": false
    })},
    {"node_stats", JSON({
        "type": "object",
        "required": ["_nodes", "cluster_name", "nodes"],
        "properties": {
            "_nodes": {"$ref": "#/components/schemas/nodes_found"},
            "cluster_name": {"type": "string"},
            "nodes": {
                "type": "object",
                "additionalProperties": {"$ref": "#/components/schemas/node_figures"}
            }
        },
        "additionalProperties": false
    })},
    {"figure", JSON({
        "description": "-1 when the kernel does not tell.", "type": "number", "minimum": -1
    })},
    {"amounts", JSON({
        "type": "object",
        "required": ["total_in_bytes", "free_in_bytes"],
        "properties": {
            "total": {"$ref": "#/components/schemas/size_text"},
            "total_in_bytes": {"$ref": "#/components/schemas/figure"},
            "free": {"$ref": "#/components/schemas/size_text"},
            "free_in_bytes": {"$ref": "#/components/schemas/figure"},
            "used": {"$ref": "#/components/schemas/size_text"},
            "used_in_bytes": {"$ref": "#/components/schemas/figure"},
            "available": {"$ref": "#/components/schemas/size_text"},
            "available_in_bytes": {"$ref": "#/components/schemas/figure"}
        },
        "additionalProperties": false
    })},
    {"node_figures", JSON({
        "type": "object",
        "required": ["timestamp", "name", "transport_address", "host", "ip", "roles", "attributes"],
        "properties": {
            "timestamp": {"$ref": "#/components/schemas/epoch_ms"},
            "name": {"type": "string"},
            "transport_address": {"type": "string"},
            "host": {"type": "string"},
            "ip": {"type": "string"},
            "roles": {"$ref": "#/components/schemas/node_roles"},
            "attributes": {"$ref": "#/components/schemas/node_attributes"},
            "os": {
                "type": "object",
                "required": ["timestamp", "cpu", "mem", "swap"],
                "properties": {
                    "timestamp": {"$ref": "#/components/schemas/epoch_ms"},
                    "cpu": {
                        "type": "object",
                        "required": ["load_average"],
                        "properties": {
                            "load_average": {
                                "type": "object",
                                "required": ["1m", "5m", "15m"],
                                "additionalProperties": {"$ref": "#/components/schemas/figure"}
                            }
                        },
                        "additionalProperties": false
                    },
                    "mem": {"$ref": "#/components/schemas/amounts"},
                    "swap": {"$ref": "#/components/schemas/amounts"}
                },
                "additionalProperties": false
            },
            "process": {
                "type": "object",
                "required": ["timestamp", "open_file_descriptors", "max_file_descriptors", "cpu",
                             "mem"],
                "properties": {
                    "timestamp": {"$ref": "#/components/schemas/epoch_ms"},
                    "open_file_descriptors": {"$ref": "#/components/schemas/figure"},
                    "max_file_descriptors": {"$ref": "#/components/schemas/figure"},
                    "cpu": {
                        "type": "object",
                        "required": ["total_in_millis"],
                        "properties": {
                            "total_in_millis": {"$ref": "#/components/schemas/figure"}
                        },
                        "additionalProperties": false
                    },
                    "mem": {
                        "type": "object",
                        "required": ["total_virtual_in_bytes"],
                        "properties": {
                            "total_virtual": {"$ref": "#/components/schemas/size_text"},
                            "total_virtual_in_bytes": {"$ref": "#/components/schemas/figure"}
                        },
                        "additionalProperties": false
                    }
                },
                "additionalProperties": false
            },
            "fs": {
                "type": "object",
                "required": ["timestamp", "total"],
                "properties": {
                    "timestamp": {"$ref": "#/components/schemas/epoch_ms"},
                    "total": {"$ref": "#/components/schemas/amounts"}
                },
                "additionalProperties": false
            },
            "http": {
                "type": "object",
                "required": ["current_open", "total_opened"],
                "properties": {
                    "current_open": {"$ref": "#/components/schemas/count"},
                    "total_opened": {"$ref": "#/components/schemas/count"},
                    "hedges": {
                        "type": "object",
                        "required": ["sent", "answered_first", "held_back"],
                        "properties": {
                            "sent": {"$ref": "#/components/schemas/count"},
                            "answered_first": {"$ref": "#/components/schemas/count"},
                            "held_back": {"$ref": "#/components/schemas/count"}
                        },
                        "additionalProperties": false
                    }
                },
                "additionalProperties": false
            },
            "ingest": {"$ref": "#/components/schemas/ingest_stats"}
        },
        "additionalProperties": false
    })},
    {NULL, NULL},
};

/* clang-format on */
