/* approval.c - files that an operator answers for.
 *
 * An approval is of bytes, not of a name: whoever uploads another file under the same id has none,
 * and the same file under another id has it. Each one given or taken back is a line of the log, at
 * a level that is on by default, besides its record in the store. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "inferd/vetting.h"
#include "inferd/wall_clock.h"
#include "manager.h"
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 16384

struct change {
    struct inf_manager *manager;
    char *sha256, *comment, *address;
    bool given; /* else taken back */
    inf_store_done done;
    void *arg;
};

static void audit(const struct change *change)
{
    inf_log(INF_LOG_WARN, "audit",
            change->given ? "definition approved" : "approval of a definition withdrawn",
            (const char *[]){"sha256", change->sha256, "from", change->address,
                             change->comment[0] != '\0' ? "comment" : NULL, change->comment, NULL});
}

static void on_changed(void *arg, const struct inf_error *err)
{
    struct change *change = arg;
    struct inf_manager *manager = change->manager;
    struct inf_error said;

    if (err == NULL) {
        audit(change);
    } else if (err->code == INF_ERR_ALREADY_EXISTS) {
        inf_error_set(&said, INF_ERR_ALREADY_EXISTS, "The definition [%s] is already approved",
                      change->sha256);
        err = &said;
    }
    change->done(change->arg, err);
    free(change->sha256);
    free(change->comment);
    free(change->address);
    free(change);
    inf_manager_let_go(manager);
}

static struct change *new_change(struct inf_manager *manager, const char *sha256,
                                 const char *address, inf_store_done done, void *arg)
{
    struct change *change = inf_alloc(1, sizeof *change);

    change->manager = manager;
    change->sha256 = inf_strdup(sha256);
    change->address = inf_strdup(address);
    change->done = done;
    change->arg = arg;
    inf_manager_hold(manager);
    return change;
}

void inf_manager_approve(struct inf_manager *manager, const char *sha256, const char *comment,
                         const char *address, inf_store_done done, void *arg)
{
    struct change *change = new_change(manager, sha256, address, done, arg);
    struct inf_object object = {.id = sha256};
    struct inf_buf text;
    struct inf_jsonw w;

    change->given = true;
    change->comment = inf_strdup(comment);
    inf_buf_init(&text, TEXT_MAX);
    inf_jsonw_init(&w, &text);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_int(&w, "approved_at", inf_wall_ms());
    inf_jsonw_kv_string(&w, "from", address);
    inf_jsonw_kv_string(&w, "comment", comment);
    inf_jsonw_end_object(&w);
    inf_buf_append(&text, "", 1);
    object.text = text.data;
    inf_store_put_object(manager->store, INF_OBJECT_APPROVAL, &object, false, on_changed, change);
    inf_buf_free(&text);
}

void inf_manager_withdraw_approval(struct inf_manager *manager, const char *sha256,
                                   const char *address, inf_store_done done, void *arg)
{
    struct change *change = NULL;
    struct inf_error err;

    if (inf_store_object(manager->store, INF_OBJECT_APPROVAL, sha256) == NULL) {
        inf_error_set(&err, INF_ERR_NOT_FOUND, "No approval of a definition [%s]", sha256);
        done(arg, &err);
        return;
    }
    change = new_change(manager, sha256, address, done, arg);
    change->comment = inf_strdup("");
    inf_store_delete_object(manager->store, INF_OBJECT_APPROVAL, sha256, on_changed, change);
}

void inf_manager_write_approval(const struct inf_manager *manager,
                                const struct inf_object *approval, struct inf_jsonw *w)
{
    struct inf_json json;
    struct inf_error ignored;
    char sha256[INF_SHA256_TEXT];

    inf_jsonw_begin_object(w);
    inf_jsonw_kv_string(w, "sha256", approval->id);
    if (inf_json_parse_own(approval->text, strlen(approval->text), NULL, &json, &ignored) == 0) {
        inf_jsonw_members(w, json.root);
        inf_json_free(&json);
    }
    inf_jsonw_key(w, "model_ids");
    inf_jsonw_begin_array(w);
    for (size_t i = 0; i < inf_store_model_count(manager->store); i++) {
        const struct inf_model *model = inf_store_model_at(manager->store, i);

        if (model->fully_defined &&
            strcmp(inf_sha256_print(model->sha256, sha256), approval->id) == 0)
            inf_jsonw_string(w, model->model_id);
    }
    inf_jsonw_end_array(w);
    inf_jsonw_end_object(w);
}
