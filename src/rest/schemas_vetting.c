/* schemas_vetting.c - reports on definitions, and approvals. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas.h"

#include <stddef.h>

/* clang-format off */

const struct inf_schema inf_schemas_vetting[] = {
    {"vetting", JSON({
        "type": "object",
        "required": ["verdict"],
        "properties": {
            "verdict": {
                "enum": ["accepted", "needs_approval", "refused", "unknown", "incomplete"]
            },
            "sha256": {"$ref": "#/components/schemas/sha256"},
            "engine": {"type": "string"},
            "rules": {"$ref": "#/components/schemas/count"},
            "vetted_at": {"$ref": "#/components/schemas/epoch_ms"},
            "reason": {"type": "string"},
            "format_version": {"$ref": "#/components/schemas/count"},
            "records": {"$ref": "#/components/schemas/count"},
            "tensors": {"$ref": "#/components/schemas/count"},
            "tensor_bytes": {"$ref": "#/components/schemas/count"},
            "code_bytes": {"$ref": "#/components/schemas/count"},
            "functions": {"$ref": "#/components/schemas/count"},
            "operations": {"$ref": "#/components/schemas/count"},
            "finding_count": {"$ref": "#/components/schemas/count"},
            "findings": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/vetting_finding"}
            },
            "took_ms": {
                "type": "object",
                "required": ["archive", "load", "inspect"],
                "properties": {
                    "archive": {"$ref": "#/components/schemas/milliseconds"},
                    "load": {"$ref": "#/components/schemas/milliseconds"},
                    "inspect": {"$ref": "#/components/schemas/milliseconds"}
                },
                "additionalProperties": false
            },
            "approval": {"$ref": "#/components/schemas/approval"}
        },
        "additionalProperties": false
    })},
    {"vetting_finding", JSON({
        "type": "object",
        "required": ["operation", "function", "class", "count"],
        "properties": {
            "operation": {"type": "string"},
            "function": {"type": "string"},
            "class": {"enum": ["unknown", "forbidden"]},
            "writes_into": {"enum": ["attribute", "constant"]},
            "count": {"$ref": "#/components/schemas/count"}
        },
        "additionalProperties": false
    })},
    {"sha256", JSON({"type": "string", "pattern": "^[0-9a-f]{64}$"})},
    {"approval", JSON({
        "type": "object",
        "required": ["sha256", "approved_at", "from", "comment", "model_ids"],
        "properties": {
            "sha256": {"$ref": "#/components/schemas/sha256"},
            "approved_at": {"$ref": "#/components/schemas/epoch_ms"},
            "from": {"type": "string"},
            "comment": {"type": "string"},
            "model_ids": {"type": "array", "items": {"type": "string"}}
        },
        "additionalProperties": false
    })},
    {"approvals", JSON({
        "type": "object",
        "required": ["count", "approvals"],
        "properties": {
            "count": {"$ref": "#/components/schemas/count"},
            "approvals": {
                "type": "array", "items": {"$ref": "#/components/schemas/approval"}
            }
        },
        "additionalProperties": false
    })},
    {NULL, NULL},
};

/* clang-format on */
