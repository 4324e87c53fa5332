/* schemas_ingest.c - ingest pipelines and what they do to documents. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "schemas.h"

#include <stddef.h>

/* clang-format off */

const struct inf_schema inf_schemas_ingest[] = {
    {"processors", JSON({
        "type": "array",
        "items": {"type": "object", "minProperties": 1, "maxProperties": 1}
    })},
    {"pipeline", JSON({
        "type": "object",
        "properties": {
            "processors": {"$ref": "#/components/schemas/processors"},
            "on_failure": {"$ref": "#/components/schemas/processors"},
            "description": {"type": "string"},
            "version": {"type": "integer"},
            "_meta": {"type": "object"},
            "deprecated": {"type": "boolean"}
        }
    })},
    {"pipelines", JSON({
        "type": "object",
        "additionalProperties": {"$ref": "#/components/schemas/pipeline"}
    })},
    {"simulated_documents", JSON({
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "object",
            "required": ["_source"],
            "properties": {
                "_index": {"type": "string"},
                "_id": {"type": "string"},
                "_source": {"type": "object"}
            }
        }
    })},
    {"simulated_document", JSON({
        "type": "object",
        "required": ["_index", "_id", "_version", "_source", "_ingest"],
        "properties": {
            "_index": {"type": "string"},
            "_id": {"type": "string"},
            "_version": {"type": "string"},
            "_source": {"type": "object"},
            "_ingest": {
                "type": "object",
                "required": ["timestamp"],
                "properties": {"timestamp": {"$ref": "#/components/schemas/iso8601"}}
            }
        }
    })},
    {"simulated_step", JSON({
        "type": "object",
        "required": ["processor_type", "status"],
        "properties": {
            "processor_type": {"type": "string"},
            "status": {"enum": ["success", "error", "error_ignored", "skipped", "dropped"]},
            "description": {"type": "string"},
            "tag": {"type": "string"},
            "if": {
                "type": "object",
                "required": ["condition", "result"],
                "properties": {"condition": {"type": "string"}, "result": {"type": "boolean"}},
                "additionalProperties": false
            },
            "error": {"$ref": "#/components/schemas/error_object"},
            "ignored_error": {
                "type": "object",
                "required": ["error"],
                "properties": {"error": {"$ref": "#/components/schemas/error_object"}},
                "additionalProperties": false
            },
            "doc": {"$ref": "#/components/schemas/simulated_document"}
        },
        "additionalProperties": false
    })},
    {"simulation", JSON({
        "type": "object",
        "required": ["docs"],
        "properties": {
            "docs": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "oneOf": [
                        {"type": "null"},
                        {
                            "type": "object",
                            "required": ["doc"],
                            "properties": {
                                "doc": {"$ref": "#/components/schemas/simulated_document"}
                            },
                            "additionalProperties": false
                        },
                        {
                            "type": "object",
                            "required": ["error"],
                            "properties": {"error": {"$ref": "#/components/schemas/error_object"}},
                            "additionalProperties": false
                        },
                        {
                            "type": "object",
                            "required": ["processor_results"],
                            "properties": {
                                "processor_results": {
                                    "type": "array",
                                    "items": {"$ref": "#/components/schemas/simulated_step"}
                                }
                            },
                            "additionalProperties": false
                        }
                    ]
                }
            }
        },
        "additionalProperties": false
    })},
    {"ingest_counts", JSON({
        "type": "object",
        "required": ["count", "time_in_millis", "current", "failed"],
        "properties": {
            "count": {"$ref": "#/components/schemas/count"},
            "time_in_millis": {"$ref": "#/components/schemas/count"},
            "current": {"$ref": "#/components/schemas/count"},
            "failed": {"$ref": "#/components/schemas/count"}
        }
    })},
    {"ingest_stats", JSON({
        "type": "object",
        "required": ["total", "pipelines"],
        "properties": {
            "total": {"$ref": "#/components/schemas/ingest_counts"},
            "pipelines": {
                "type": "object",
                "additionalProperties": {
                    "allOf": [
                        {"$ref": "#/components/schemas/ingest_counts"},
                        {
                            "required": [
                                "ingested_as_first_pipeline_in_bytes",
                                "produced_as_first_pipeline_in_bytes", "processors"
                            ],
                            "properties": {
                                "processors": {
                                    "type": "array",
                                    "items": {
                                        "type": "object",
                                        "additionalProperties": {
                                            "type": "object",
                                            "required": ["type", "stats"],
                                            "properties": {
                                                "type": {"type": "string"},
                                                "stats": {
                                                    "$ref": "#/components/schemas/ingest_counts"
                                                }
                                            },
                                            "additionalProperties": false
                                        }
                                    }
                                }
                            }
                        }
                    ]
                }
            }
        },
        "additionalProperties": false
    })},
    {"executed_document", JSON({
        "description": "One line: a document, or an object with its _source and metadata.",
        "type": "object"
    })},
    {"processor_list", JSON({
        "type": "object",
        "required": ["processors"],
        "properties": {
            "processors": {
                "type": "array",
                "items": {
                    "type": "object",
                    "required": ["type"],
                    "properties": {"type": {"type": "string"}},
                    "additionalProperties": false
                }
            }
        },
        "additionalProperties": false
    })},
    {"grok_patterns", JSON({
        "type": "object",
        "required": ["patterns"],
        "properties": {"patterns": {"type": "object"}},
        "additionalProperties": false
    })},
    {NULL, NULL},
};
