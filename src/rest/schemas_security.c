/* schemas_security.c - answers about users, roles and API keys. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas.h"

#include <stddef.h>

/* clang-format off */

const struct inf_schema inf_schemas_security[] = {
    {"realm", JSON({
        "type": "object",
        "required": ["name", "type"],
        "properties": {"name": {"type": "string"}, "type": {"type": "string"}},
        "additionalProperties": false
    })},
    {"names", JSON({"type": "array", "items": {"type": "string"}})},
    {"text_or_null", JSON({"type": ["string", "null"]})},
    {"authenticated", JSON({
        "type": "object",
        "required": [
            "username", "roles", "full_name", "email", "metadata", "enabled",
            "authentication_realm", "lookup_realm", "authentication_type"
        ],
        "properties": {
            "username": {"type": "string"},
            "roles": {"$ref": "#/components/schemas/names"},
            "full_name": {"$ref": "#/components/schemas/text_or_null"},
            "email": {"$ref": "#/components/schemas/text_or_null"},
            "metadata": {"type": "object"},
            "enabled": {"const": true},
            "authentication_realm": {"$ref": "#/components/schemas/realm"},
            "lookup_realm": {"$ref": "#/components/schemas/realm"},
            "authentication_type": {"enum": ["realm", "api_key"]},
            "api_key": {
                "type": "object",
                "required": ["id", "name"],
                "properties": {"id": {"type": "string"}, "name": {"type": "string"}},
                "additionalProperties": false
            }
        },
        "additionalProperties": false
    })},
    {"has_privileges", JSON({
        "type": "object",
        "required": ["username", "has_all_requested", "cluster", "index", "application"],
        "properties": {
            "username": {"type": "string"},
            "has_all_requested": {"type": "boolean"},
            "cluster": {"type": "object", "additionalProperties": {"type": "boolean"}},
            "index": {
                "type": "object",
                "additionalProperties": {
                    "type": "object", "additionalProperties": {"type": "boolean"}
                }
            },
            "application": {"type": "object", "additionalProperties": {"type": "object"}}
        },
        "additionalProperties": false
    })},
    {"user_privileges", JSON({
        "type": "object",
        "required": ["cluster", "global", "indices", "applications", "run_as"],
        "properties": {
            "cluster": {"$ref": "#/components/schemas/names"},
            "global": {"type": "array", "maxItems": 0},
            "indices": {"type": "array", "maxItems": 0},
            "applications": {"type": "array", "maxItems": 0},
            "run_as": {"type": "array", "maxItems": 0}
        },
        "additionalProperties": false
    })},
    {"builtin_privileges", JSON({
        "type": "object",
        "required": ["cluster", "index", "remote_cluster"],
        "properties": {
            "cluster": {"$ref": "#/components/schemas/names"},
            "index": {"type": "array", "maxItems": 0},
            "remote_cluster": {"type": "array", "maxItems": 0}
        },
        "additionalProperties": false
    })},
    {"users", JSON({
        "type": "object",
        "additionalProperties": {
            "type": "object",
            "required": ["username", "roles", "full_name", "email", "metadata", "enabled"],
            "properties": {
                "username": {"type": "string"},
                "roles": {"$ref": "#/components/schemas/names"},
                "full_name": {"$ref": "#/components/schemas/text_or_null"},
                "email": {"$ref": "#/components/schemas/text_or_null"},
                "metadata": {"type": "object"},
                "enabled": {"type": "boolean"}
            },
            "additionalProperties": false
        }
    })},
    {"created", JSON({
        "type": "object",
        "required": ["created"],
        "properties": {"created": {"type": "boolean"}},
        "additionalProperties": false
    })},
    {"found", JSON({
        "type": "object",
        "required": ["found"],
        "properties": {"found": {"type": "boolean"}},
        "additionalProperties": false
    })},
    {"updated", JSON({
        "type": "object",
        "required": ["updated"],
        "properties": {"updated": {"type": "boolean"}},
        "additionalProperties": false
    })},
    {"empty", JSON({"type": "object", "additionalProperties": false})},
    {"role_descriptor", JSON({
        "type": "object",
        "required": ["cluster"],
        "properties": {"cluster": {"$ref": "#/components/schemas/names"}}
    })},
    {"roles", JSON({
        "type": "object",
        "additionalProperties": {"$ref": "#/components/schemas/role_descriptor"}
    })},
    {"role_created", JSON({
        "type": "object",
        "required": ["role"],
        "properties": {"role": {"$ref": "#/components/schemas/created"}},
        "additionalProperties": false
    })},
    {"api_key_created", JSON({
        "type": "object",
        "required": ["id", "name", "api_key", "encoded"],
        "properties": {
            "id": {"type": "string"},
            "name": {"type": "string"},
            "expiration": {"$ref": "#/components/schemas/epoch_ms"},
            "api_key": {"type": "string"},
            "encoded": {"type": "string"}
        },
        "additionalProperties": false
    })},
    {"api_key", JSON({
        "type": "object",
        "required": [
            "id", "name", "type", "creation", "invalidated", "username", "realm", "realm_type",
            "metadata", "role_descriptors"
        ],
        "properties": {
            "id": {"type": "string"},
            "name": {"type": "string"},
            "type": {"const": "rest"},
            "creation": {"$ref": "#/components/schemas/epoch_ms"},
            "expiration": {"$ref": "#/components/schemas/epoch_ms"},
            "invalidated": {"type": "boolean"},
            "invalidation": {"$ref": "#/components/schemas/epoch_ms"},
            "username": {"type": "string"},
            "realm": {"type": "string"},
            "realm_type": {"type": "string"},
            "metadata": {"type": "object"},
            "role_descriptors": {"type": "object"},
            "limited_by": {"type": "array", "items": {"$ref": "#/components/schemas/roles"}},
            "_sort": {"type": "array"}
        },
        "additionalProperties": false
    })},
    {"api_keys", JSON({
        "type": "object",
        "required": ["api_keys"],
        "properties": {
            "api_keys": {"type": "array", "items": {"$ref": "#/components/schemas/api_key"}}
        },
        "additionalProperties": false
    })},
    {"api_keys_found", JSON({
        "type": "object",
        "required": ["total", "count", "api_keys"],
        "properties": {
            "total": {"$ref": "#/components/schemas/count"},
            "count": {"$ref": "#/components/schemas/count"},
            "api_keys": {"type": "array", "items": {"$ref": "#/components/schemas/api_key"}}
        },
        "additionalProperties": false
    })},
    {"api_keys_invalidated", JSON({
        "type": "object",
        "required": [
            "invalidated_api_keys", "previously_invalidated_api_keys", "error_count"
        ],
        "properties": {
            "invalidated_api_keys": {"$ref": "#/components/schemas/names"},
            "previously_invalidated_api_keys": {"$ref": "#/components/schemas/names"},
            "error_count": {"const": 0}
        },
        "additionalProperties": false
    })},
    {"node_acknowledged", JSON({
        "type": "object",
        "required": ["_nodes", "cluster_name", "nodes"],
        "properties": {
            "_nodes": {"type": "object"},
            "cluster_name": {"type": "string"},
            "nodes": {"type": "object"}
        },
        "additionalProperties": false
    })},
    {NULL, NULL},
};

/* clang-format on */
