/* rest_security_has.c - GET and POST /_security/user/_has_privileges: may the caller, or a user, do
 * this and that?
 *
 * There are no indices and no applications here; whoever may do everything may do everything with
 * them, and nobody else anything. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "rest_handlers.h"
#include "rest_security.h"
#include <string.h>

#define ANSWER_MAX ((size_t)16 << 20)

struct answer {
    const struct inf_principal *whom;
    struct inf_jsonw *w;
    bool all;
};

static void say(struct answer *answer, const char *name, bool has)
{
    inf_jsonw_kv_bool(answer->w, name, has);
    answer->all = answer->all && has;
}

/* The items of a member that is a string or an array of strings. */
static const struct cJSON *first_text(const struct cJSON *value)
{
    return inf_json_is_string(value) ? value : inf_json_first(value);
}

static const struct cJSON *next_text(const struct cJSON *list, const struct cJSON *item)
{
    return inf_json_is_string(list) ? NULL : inf_json_next(item);
}

static int write_cluster(struct answer *answer, const struct cJSON *list, struct inf_error *err)
{
    inf_jsonw_key(answer->w, "cluster");
    inf_jsonw_begin_object(answer->w);
    for (const struct cJSON *one = first_text(list); one != NULL; one = next_text(list, one)) {
        const char *name = inf_json_string(one);
        enum inf_privilege privilege = inf_privilege_parse(name);

        if (privilege == INF_PRIV_NONE)
            return inf_error_set(err, INF_ERR_ILLEGAL_ARGUMENT,
                                 "unknown cluster privilege [%.128s]. GET "
                                 "/_security/privilege/_builtin lists those there are",
                                 name);
        say(answer, name, inf_privilege_in(privilege, answer->whom->privileges));
    }
    inf_jsonw_end_object(answer->w);
    return 0;
}

static int malformed(const char *what, struct inf_error *err)
{
    return inf_error_set(
        err, INF_ERR_PARSE,
        "failed to parse privilege check. [%s] takes objects with lists of strings", what);
}

/* {"<name>":{"<privilege>":bool,...},...} of one entry of index or application. */
static int write_entry(struct answer *answer, const char *what, const struct cJSON *entry,
                       const char *names_key, struct inf_error *err)
{
    const struct cJSON *names = inf_json_get(entry, names_key);
    const struct cJSON *privileges = inf_json_get(entry, "privileges");
    bool has = inf_privilege_in(INF_PRIV_ALL, answer->whom->privileges);

    for (const struct cJSON *name = first_text(names); name != NULL;
         name = next_text(names, name)) {
        if (!inf_json_is_string(name))
            return malformed(what, err);
        inf_jsonw_key(answer->w, inf_json_string(name));
        inf_jsonw_begin_object(answer->w);
        for (const struct cJSON *one = first_text(privileges); one != NULL;
             one = next_text(privileges, one)) {
            if (!inf_json_is_string(one))
                return malformed(what, err);
            say(answer, inf_json_string(one), has);
        }
        inf_jsonw_end_object(answer->w);
    }
    return 0;
}

static int write_indices(struct answer *answer, const struct cJSON *list, struct inf_error *err)
{
    inf_jsonw_key(answer->w, "index");
    inf_jsonw_begin_object(answer->w);
    for (const struct cJSON *one = inf_json_first(list); one != NULL; one = inf_json_next(one))
        if (write_entry(answer, "index", one, "names", err) != 0)
            return -1;
    inf_jsonw_end_object(answer->w);
    return 0;
}

static int write_applications(struct answer *answer, const struct cJSON *list,
                              struct inf_error *err)
{
    inf_jsonw_key(answer->w, "application");
    inf_jsonw_begin_object(answer->w);
    for (const struct cJSON *one = inf_json_first(list); one != NULL; one = inf_json_next(one)) {
        const char *name = inf_json_string(inf_json_get(one, "application"));

        if (name == NULL)
            return malformed("application", err);
        inf_jsonw_key(answer->w, name);
        inf_jsonw_begin_object(answer->w);
        if (write_entry(answer, "application", one, "resources", err) != 0)
            return -1;
        inf_jsonw_end_object(answer->w);
    }
    inf_jsonw_end_object(answer->w);
    return 0;
}

static enum inf_outcome tell(struct inf_call *call, const struct inf_principal *whom,
                             struct inf_error *err)
{
    struct inf_buf body, lists;
    struct inf_jsonw w, inner;
    struct answer answer = {whom, &inner, true};
    int rc;

    inf_buf_init(&lists, ANSWER_MAX);
    inf_jsonw_init(&inner, &lists);
    rc = write_cluster(&answer, inf_call_json(call, "cluster"), err);
    if (rc == 0)
        rc = write_indices(&answer, inf_call_json(call, "index"), err);
    if (rc == 0)
        rc = write_applications(&answer, inf_call_json(call, "application"), err);
    if (rc != 0) {
        inf_buf_free(&lists);
        return INF_FAILED;
    }
    inf_buf_init(&body, 2 * ANSWER_MAX);
    inf_jsonw_init(&w, &body);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_string(&w, "username", whom->username);
    inf_jsonw_kv_bool(&w, "has_all_requested", answer.all);
    inf_buf_puts(&body, ",");
    inf_buf_append(&body, lists.data, lists.length);
    inf_jsonw_end_object(&w);
    body.failed = body.failed || lists.failed;
    inf_buf_free(&lists);
    return rest_reply(call, &body, err);
}

static int check(const struct inf_call *call, struct inf_error *err)
{
    if (inf_json_size(inf_call_json(call, "cluster")) > 0 ||
        inf_json_is_string(inf_call_json(call, "cluster")) ||
        inf_json_size(inf_call_json(call, "index")) > 0 ||
        inf_json_size(inf_call_json(call, "application")) > 0)
        return 0;
    return inf_error_invalid(err, INF_ERR_VALIDATION, "must specify at least one privilege");
}

enum inf_outcome rest_security_has_privileges(struct inf_call *call, struct inf_error *err)
{
    return check(call, err) == 0 ? tell(call, rest_caller(call), err) : INF_FAILED;
}

enum inf_outcome rest_security_user_has_privileges(struct inf_call *call, struct inf_error *err)
{
    const char *name = inf_call_str(call, "username");
    struct inf_principal *whom;
    enum inf_outcome outcome;

    if (check(call, err) != 0)
        return INF_FAILED;
    whom = inf_security_principal(rest_app(call)->security, name);
    if (whom == NULL) {
        inf_error_set(err, INF_ERR_NOT_FOUND, "user [%.256s] does not exist", name);
        return INF_FAILED;
    }
    outcome = tell(call, whom, err);
    inf_principal_unref(whom);
    return outcome;
}
