/* vetting.c - reports and approvals, and what they mean together.
 *
 * A report in the store is bound to the bytes it is about (SHA-256), to the rules and to the engine
 * that made it; when one of them is another now, it is as if there were none. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/vetting.h"
#include "file_wait.h"
#include "inferd/alloc.h"
#include "inferd/log.h"
#include "inferd/wall_clock.h"
#include "vet_process.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 65536         /* of a stored report: 16 findings of two names */
#define FILE_MS INT64_C(30000) /* so long a definition may be on its way to this node */

struct waiter {
    struct waiter *next;
    inf_vetting_done done;
    void *arg;
};

/* A definition that is being vetted, and who wants to know. */
struct inf_vetting {
    struct inf_manager *manager;
    struct inf_vetting *next; /* of manager->vettings */
    char *model_id;
    uint8_t sha256[INF_SHA256_SIZE];
    struct waiter *waiters;
    struct inf_error refusal; /* code NONE: accepted */
};

/* ---- approvals ---- */

static const struct inf_object *approval_of(const struct inf_manager *manager,
                                            const struct inf_model *model)
{
    char sha256[INF_SHA256_TEXT];

    return inf_store_object(manager->store, INF_OBJECT_APPROVAL,
                            inf_sha256_print(model->sha256, sha256));
}

bool inf_vetting_is_approved(const struct inf_manager *manager, const char *model_id)
{
    const struct inf_model *model = inf_store_model(manager->store, model_id);

    return model != NULL && model->fully_defined && approval_of(manager, model) != NULL;
}

/* ---- the stored report ---- */

static bool is_text(const struct cJSON *object, const char *key, const char *text)
{
    const char *found = inf_json_string(inf_json_get(object, key));

    return found != NULL && strcmp(found, text) == 0;
}

/* The report on the very bytes that the model has now, by the rules and the engine of now. The
 * engine's version is not known before the engine is ready; then any will do. */
static bool open_report(const struct inf_manager *manager, const struct inf_model *model,
                        struct inf_json *ret)
{
    const struct inf_object *object =
        inf_store_object(manager->store, INF_OBJECT_VETTING, model->model_id);
    const char *engine = inf_zygote_version(manager->zygote);
    char sha256[INF_SHA256_TEXT];
    int64_t rules = 0;
    struct inf_error ignored;

    if (object == NULL || !model->fully_defined ||
        inf_json_parse_own(object->text, strlen(object->text), NULL, ret, &ignored) != 0)
        return false;
    if (is_text(ret->root, "sha256", inf_sha256_print(model->sha256, sha256)) &&
        (engine[0] == '\0' || is_text(ret->root, "engine", engine)) &&
        inf_json_int64(inf_json_get(ret->root, "rules"), &rules, &ignored) == 0 &&
        rules == inf_vet_rules())
        return true;
    inf_json_free(ret);
    return false;
}

/* ---- what it means ---- */

static int refuse(const struct inf_model *model, const char *reason, bool approvable,
                  struct inf_error *err)
{
    char sha256[INF_SHA256_TEXT];

    if (!approvable)
        return inf_error_set(err, INF_ERR_BAD_REQUEST,
                             "Model definition of [%s] was refused: %s. "
                             "GET _ml/trained_models/%s?include=vetting has the whole report",
                             model->model_id, reason, model->model_id);
    return inf_error_set(
        err, INF_ERR_BAD_REQUEST,
        "Model definition of [%s] was refused: %s. "
        "GET _ml/trained_models/%s?include=vetting has the whole report. Whoever trusts this very "
        "file can approve it: PUT _ml/trained_models/_approvals/%s",
        model->model_id, reason, model->model_id, inf_sha256_print(model->sha256, sha256));
}

/* *ret_approvable may be NULL. */
static int judge(const struct inf_manager *manager, const struct inf_model *model,
                 const char *verdict, const char *reason, bool *ret_approvable,
                 struct inf_error *err)
{
    bool approvable = strcmp(verdict, inf_vet_verdict_name(INF_VET_UNKNOWN)) == 0;

    if (strcmp(verdict, inf_vet_verdict_name(INF_VET_ALLOWED)) == 0 ||
        (approvable && approval_of(manager, model) != NULL))
        return 0;
    if (ret_approvable != NULL)
        *ret_approvable = approvable;
    return refuse(model, reason, approvable, err);
}

static int judge_report(const struct inf_manager *manager, const struct inf_model *model,
                        const struct inf_json *report, bool *ret_approvable, struct inf_error *err)
{
    const char *verdict = inf_json_string(inf_json_get(report->root, "verdict"));
    const char *reason = inf_json_string(inf_json_get(report->root, "reason"));

    if (verdict == NULL)
        return 0;
    return judge(manager, model, verdict, reason != NULL ? reason : "", ret_approvable, err);
}

int inf_manager_check_vetting(const struct inf_manager *manager, const struct inf_model *model,
                              bool *ret_approvable, struct inf_error *err)
{
    struct inf_json report;
    int rc = 0;

    if (!open_report(manager, model, &report))
        return 0;
    rc = judge_report(manager, model, &report, ret_approvable, err);
    inf_json_free(&report);
    return rc;
}

/* ---- vetting ---- */

static void tell(struct inf_vetting *vetting, const struct inf_error *err)
{
    struct inf_vetting **link = &vetting->manager->vettings;

    while (*link != vetting)
        link = &(*link)->next;
    *link = vetting->next;
    while (vetting->waiters != NULL) {
        struct waiter *waiter = vetting->waiters;
        vetting->waiters = waiter->next;
        waiter->done(waiter->arg, err);
        free(waiter);
    }
    free(vetting->model_id);
    free(vetting);
}

static void log_report(const struct inf_vetting *vetting, const struct inf_vet_report *report)
{
    char took[32], sha256[INF_SHA256_TEXT];

    snprintf(took, sizeof took, "%.1f",
             (double)(report->archive_ns + report->load_ns + report->inspect_ns) / 1e6);
    inf_log(report->verdict == INF_VET_ALLOWED ? INF_LOG_INFO : INF_LOG_WARN, "serving",
            "definition vetted",
            (const char *[]){"model_id", vetting->model_id, "sha256",
                             inf_sha256_print(vetting->sha256, sha256), "verdict",
                             inf_vet_verdict_name(report->verdict), "took_ms", took,
                             report->reason[0] != '\0' ? "reason" : NULL, report->reason, NULL});
}

/* Whoever waits is told once the report is on disk, so that who asks next finds it. */
static void on_kept(void *arg, const struct inf_error *err)
{
    struct inf_vetting *vetting = arg;
    struct inf_manager *manager = vetting->manager;

    if (err != NULL && err->code != INF_ERR_NOT_FOUND) /* else the model was deleted meanwhile */
        inf_log(INF_LOG_WARN, "serving", "the report on a definition was not recorded",
                (const char *[]){"model_id", vetting->model_id, "reason", err->reason, NULL});
    tell(vetting, vetting->refusal.code != INF_ERR_NONE ? &vetting->refusal : NULL);
    inf_manager_let_go(manager);
}

static void keep_report(struct inf_vetting *vetting, const struct inf_vet_report *report)
{
    struct inf_manager *manager = vetting->manager;
    struct inf_object object = {.id = vetting->model_id, .model_id = vetting->model_id};
    char sha256[INF_SHA256_TEXT];
    struct inf_buf text;
    struct inf_jsonw w;

    inf_buf_init(&text, TEXT_MAX);
    inf_jsonw_init(&w, &text);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_string(&w, "sha256", inf_sha256_print(vetting->sha256, sha256));
    inf_jsonw_kv_string(&w, "engine", inf_zygote_version(manager->zygote));
    inf_jsonw_kv_int(&w, "rules", inf_vet_rules());
    inf_jsonw_kv_int(&w, "vetted_at", inf_wall_ms());
    inf_vet_report_write(report, &w);
    inf_jsonw_end_object(&w);
    inf_buf_append(&text, "", 1);
    object.text = text.data;
    inf_manager_hold(manager);
    inf_store_put_object(manager->store, INF_OBJECT_VETTING, &object, true, on_kept, vetting);
    inf_buf_free(&text);
}

static void on_vetted(void *arg, const struct inf_vet_report *report, const struct inf_error *err)
{
    struct inf_vetting *vetting = arg;
    const struct inf_model *model = inf_store_model(vetting->manager->store, vetting->model_id);
    struct inf_error refused;

    if (err != NULL) {
        inf_log(INF_LOG_WARN, "serving", "a definition could not be vetted",
                (const char *[]){"model_id", vetting->model_id, "reason", err->reason, NULL});
        tell(vetting, err);
        return;
    }
    log_report(vetting, report);
    if (model == NULL || memcmp(model->sha256, vetting->sha256, INF_SHA256_SIZE) != 0) {
        inf_error_set(&refused, INF_ERR_NOT_FOUND, "Could not find trained model [%s]",
                      vetting->model_id);
        tell(vetting, &refused);
        return;
    }
    (void)judge(vetting->manager, model, inf_vet_verdict_name(report->verdict), report->reason,
                NULL, &vetting->refusal);
    keep_report(vetting, report);
}

static struct inf_vetting *running(const struct inf_manager *manager, const struct inf_model *model)
{
    struct inf_vetting *vetting = manager->vettings;

    while (vetting != NULL && (strcmp(vetting->model_id, model->model_id) != 0 ||
                               memcmp(vetting->sha256, model->sha256, INF_SHA256_SIZE) != 0))
        vetting = vetting->next;
    return vetting;
}

static void on_file(void *arg, const struct inf_error *err)
{
    struct inf_vetting *vetting = arg;

    if (err != NULL)
        tell(vetting, err);
    else
        inf_vet_process_start(vetting->manager, vetting->model_id, on_vetted, vetting);
}

/* The model is there, so nobody is told before this returns. */
static struct inf_vetting *begin(struct inf_manager *manager, const struct inf_model *model)
{
    struct inf_vetting *vetting = inf_alloc(1, sizeof *vetting);

    vetting->manager = manager;
    vetting->model_id = inf_strdup(model->model_id);
    memcpy(vetting->sha256, model->sha256, INF_SHA256_SIZE);
    vetting->next = manager->vettings;
    manager->vettings = vetting;
    inf_file_await(manager, vetting->model_id, FILE_MS, on_file, vetting);
    return vetting;
}

void inf_manager_vet(struct inf_manager *manager, const char *model_id, inf_vetting_done done,
                     void *arg)
{
    const struct inf_model *model = inf_store_model(manager->store, model_id);
    struct inf_vetting *vetting = NULL;
    struct waiter *waiter = NULL;
    struct inf_json known;
    struct inf_error err;
    int rc = 0;

    if (inf_store_definition_check(manager->store, model_id, &err) != 0) {
        done(arg, &err);
        return;
    }
    if (open_report(manager, model, &known)) {
        rc = judge_report(manager, model, &known, NULL, &err);
        inf_json_free(&known);
        done(arg, rc != 0 ? &err : NULL);
        return;
    }
    if (manager->stopping) {
        inf_error_set(&err, INF_ERR_UNAVAILABLE, "the server is stopping");
        done(arg, &err);
        return;
    }
    vetting = running(manager, model);
    if (vetting == NULL)
        vetting = begin(manager, model);
    waiter = inf_alloc(1, sizeof *waiter);
    *waiter = (struct waiter){vetting->waiters, done, arg};
    vetting->waiters = waiter;
}

/* ---- showing ---- */

void inf_manager_write_vetting(const struct inf_manager *manager, const struct inf_model *model,
                               const char *problem, struct inf_jsonw *w)
{
    const struct inf_object *approval = model->fully_defined ? approval_of(manager, model) : NULL;
    struct inf_json json;

    inf_jsonw_begin_object(w);
    if (open_report(manager, model, &json)) {
        inf_jsonw_members(w, json.root);
        inf_json_free(&json);
    } else {
        inf_jsonw_kv_string(w, "verdict", model->fully_defined ? "unknown" : "incomplete");
        if (problem != NULL)
            inf_jsonw_kv_string(w, "reason", problem);
    }
    if (approval != NULL) {
        inf_jsonw_key(w, "approval");
        inf_manager_write_approval(manager, approval, w);
    }
    inf_jsonw_end_object(w);
}
