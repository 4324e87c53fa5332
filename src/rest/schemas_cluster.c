/* schemas_cluster.c - the node, its cluster, and this document. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas.h"

#include <stddef.h>

/* clang-format off */

const struct inf_schema inf_schemas_cluster[] = {
    {"openapi", JSON({
        "description": "An OpenAPI 3.1 document: this one.",
        "type": "object",
        "required": ["openapi", "info", "paths", "components"]
    })},
    {"root", JSON({
        "type": "object",
        "required": ["name", "cluster_name", "cluster_uuid", "version", "tagline"],
        "properties": {
            "name": {"type": "string"},
            "cluster_name": {"type": "string"},
            "cluster_uuid": {"type": "string"},
            "version": {
                "type": "object",
                "required": [
                    "number", "build_flavor", "build_type", "build_hash", "build_date",
                    "build_snapshot", "lucene_version", "minimum_wire_compatibility_version",
                    "minimum_index_compatibility_version"
                ],
                "properties": {
                    "number": {"type": "string", "pattern": "^[0-9]+[.][0-9]+[.][0-9]+"},
                    "build_flavor": {"type": "string"},
                    "build_type": {"type": "string"},
                    "build_hash": {"type": "string", "pattern": "^[0-9a-f]{40}$"},
                    "build_date": {"type": "string"},
                    "build_snapshot": {"type": "boolean"},
                    "lucene_version": {"type": "string"},
                    "minimum_wire_compatibility_version": {"type": "string"},
                    "minimum_index_compatibility_version": {"type": "string"}
                },
                "additionalProperties": false
            },
            "tagline": {"const": "You Know, for Search"}
        },
        "additionalProperties": false
    })},
    {"health", JSON({
        "type": "object",
        "required": [
            "cluster_name", "status", "timed_out", "number_of_nodes", "number_of_data_nodes",
            "active_primary_shards", "active_shards", "relocating_shards", "initializing_shards",
            "unassigned_shards", "unassigned_primary_shards", "delayed_unassigned_shards",
            "number_of_pending_tasks", "number_of_in_flight_fetch",
            "task_max_waiting_in_queue_millis", "active_shards_percent_as_number"
        ],
        "properties": {
            "cluster_name": {"type": "string"},
            "status": {"enum": ["green", "yellow", "red"]},
            "timed_out": {"type": "boolean"},
            "number_of_nodes": {"$ref": "#/components/schemas/count"},
            "number_of_data_nodes": {"$ref": "#/components/schemas/count"},
            "active_primary_shards": {"$ref": "#/components/schemas/count"},
            "active_shards": {"$ref": "#/components/schemas/count"},
            "relocating_shards": {"$ref": "#/components/schemas/count"},
            "initializing_shards": {"$ref": "#/components/schemas/count"},
            "unassigned_shards": {"$ref": "#/components/schemas/count"},
            "unassigned_primary_shards": {"$ref": "#/components/schemas/count"},
            "delayed_unassigned_shards": {"$ref": "#/components/schemas/count"},
            "number_of_pending_tasks": {"$ref": "#/components/schemas/count"},
            "number_of_in_flight_fetch": {"$ref": "#/components/schemas/count"},
            "task_max_waiting_in_queue": {"type": "string"},
            "task_max_waiting_in_queue_millis": {"$ref": "#/components/schemas/count"},
            "active_shards_percent": {"type": "string"},
            "active_shards_percent_as_number": {"type": "number"},
            "indices": {"type": "object"}
        },
        "additionalProperties": false
    })},
    {NULL, NULL},
};
