/* schemas.h - the shapes of answers, and of bodies that the route table does not describe, as JSON
 * Schema; rows of the table name them. Each list is ended by name == NULL. Thread: none. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_REST_SCHEMAS_H
#define INFERD_REST_SCHEMAS_H

#include "inferd/http.h"

/* JSON written as it is, without a backslash before every quotation mark. */
#define JSON(...) #__VA_ARGS__

extern const struct inf_schema inf_schemas_common[];
extern const struct inf_schema inf_schemas_cluster[];
extern const struct inf_schema inf_schemas_nodes[];
extern const struct inf_schema inf_schemas_features[];
extern const struct inf_schema inf_schemas_models[];
extern const struct inf_schema inf_schemas_deployments[];
extern const struct inf_schema inf_schemas_stats[];
extern const struct inf_schema inf_schemas_vetting[];
extern const struct inf_schema inf_schemas_security[];
extern const struct inf_schema inf_schemas_ingest[];
extern const struct inf_schema inf_schemas_inference[];

#endif
