/* schemas.c - what all routes share: errors, the plain answers, numbers and names; and the list of
 * all lists. The schemas are as strict as the contract: an unknown member is an error of whoever
 * added it. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas.h"

#include "inferd/rest.h"
#include <stddef.h>

/* clang-format off */

const struct inf_schema inf_schemas_common[] = {
    {"error", JSON({
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": {
                "oneOf": [{"type": "string"}, {"$ref": "#/components/schemas/error_object"}]
            },
            "status": {"type": "integer", "minimum": 400, "maximum": 599}
        },
        "additionalProperties": false
    })},
    {"error_object", JSON({
        "type": "object",
        "required": ["root_cause", "type", "reason"],
        "properties": {
            "root_cause": {
                "type": "array",
                "minItems": 1,
                "items": {"$ref": "#/components/schemas/error_cause"}
            },
            "type": {"type": "string"},
            "reason": {"type": "string"},
            "additional_unsuccessful_credentials": {"type": "string"},
            "header": {"type": "object"},
            "property_name": {"type": "string"},
            "processor_type": {"type": "string"},
            "processor_tag": {"type": "string"},
            "caused_by": {"$ref": "#/components/schemas/error_cause"},
            "stack_trace": {"type": "string"}
        },
        "additionalProperties": false
    })},
    {"error_cause", JSON({
        "type": "object",
        "required": ["type", "reason"],
        "properties": {
            "type": {"type": "string"},
            "reason": {"type": "string"},
            "additional_unsuccessful_credentials": {"type": "string"},
            "header": {"type": "object"},
            "property_name": {"type": "string"},
            "processor_type": {"type": "string"},
            "processor_tag": {"type": "string"},
            "caused_by": {"$ref": "#/components/schemas/error_cause"},
            "stack_trace": {"type": "string"}
        },
        "additionalProperties": false
    })},
    {"acknowledged", JSON({
        "type": "object",
        "required": ["acknowledged"],
        "properties": {"acknowledged": {"const": true}},
        "additionalProperties": false
    })},
    {"count", JSON({"type": "integer", "minimum": 0})},
    {"milliseconds", JSON({"type": "number", "minimum": 0})},
    {"epoch_ms", JSON({"type": "integer", "minimum": 0})},
    {"iso8601", JSON({
        "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$"
    })},
    {"size_text", JSON({"type": "string", "pattern": "^-?[0-9]+([.][0-9]+)?([kmgtp]?b)?$"})},
    {NULL, NULL},
};

/* clang-format on */

const struct inf_schema *const inf_schemas[] = {
    inf_schemas_common,   inf_schemas_cluster,     inf_schemas_nodes,     inf_schemas_features,
    inf_schemas_models,   inf_schemas_deployments, inf_schemas_stats,     inf_schemas_vetting,
    inf_schemas_security, inf_schemas_ingest,      inf_schemas_inference, NULL};
