/* json_edit.h - changing a parsed JSON tree: new values, members, elements.
 *
 * Thread: none (plain data). Owns: a value belongs to the container it was put into; one that is in
 * none is the caller's, who frees it with inf_json_delete. Errors: only memory can fail. A function
 * that makes a value then returns NULL, and one that takes a value takes NULL for such a failure,
 * so that a chain of them is checked once, at its end. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_JSON_EDIT_H
#define INFERD_JSON_EDIT_H

#include "inferd/json.h"

struct cJSON *inf_json_new_object(void);
struct cJSON *inf_json_new_array(void);
struct cJSON *inf_json_new_null(void);
struct cJSON *inf_json_new_bool(bool value);
struct cJSON *inf_json_new_int(int64_t value); /* exact for every int64 */
struct cJSON *inf_json_new_double(double value);
struct cJSON *inf_json_new_string(const char *text);
struct cJSON *inf_json_new_string_n(const char *text, size_t length);
/* One finished value as text that the program itself wrote: printed as it is, and read only if
 * somebody asks (inf_json_unfold). */
struct cJSON *inf_json_new_raw(const char *json, size_t length);
struct cJSON *inf_json_copy(const struct cJSON *value); /* without its key */
void inf_json_delete(struct cJSON *value);              /* of no container; NULL is fine */

/* An object of the program's own as a tree of one level: arrays and objects in it stay text, as of
 * inf_json_new_raw, until somebody asks. NULL without memory, or when it is no object. */
struct cJSON *inf_json_parse_shallow(const char *json, size_t length);

/* The next of such objects, which are joined by commas: the one at *at, which becomes the next
 * one's. NULL without memory; the caller stops when *at has reached length. */
struct cJSON *inf_json_next_joined(const char *json, size_t length, size_t *at);

/* A value that was made of text becomes the tree that the text is. 0, or -1 without memory. */
int inf_json_unfold(struct cJSON *value);

struct cJSON *inf_json_find(struct cJSON *object, const char *key); /* or NULL */
struct cJSON *inf_json_find_n(struct cJSON *object, const char *key, size_t length);
struct cJSON *inf_json_at(struct cJSON *array, size_t i); /* or NULL */
/* Replaces the member or adds it at the end. Takes value in any case. 0, or -1 without memory. */
int inf_json_set(struct cJSON *object, const char *key, struct cJSON *value);
/* Adds an element at the end. Takes value in any case. 0, or -1 without memory. */
int inf_json_push(struct cJSON *array, struct cJSON *value);
/* Puts value in the place of child, which is freed. Takes value in any case. 0, or -1. */
int inf_json_replace(struct cJSON *container, struct cJSON *child, struct cJSON *value);
struct cJSON *inf_json_detach(struct cJSON *container, struct cJSON *child); /* child, caller's */
/* The first member or element, of a container that may be changed; next likewise. */
struct cJSON *inf_json_begin(struct cJSON *container);
struct cJSON *inf_json_after(struct cJSON *value);
/* Takes the root out of a parsed text and frees the rest. The root is the caller's. */
struct cJSON *inf_json_take_root(struct inf_json *json);
/* Are both the same value? Numbers are compared as numbers, objects without regard to order. */
bool inf_json_equal(const struct cJSON *a, const struct cJSON *b);

#endif
