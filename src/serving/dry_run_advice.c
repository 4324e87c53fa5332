/* Advice: what a user can change so that the model starts, with the numbers to use. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "deployment.h"
#include "describe_memory.h"
#include "dry_run_report.h"
#include "inferd/units.h"
#include "inferd/vetting.h"
#include "memory.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SENTENCE 768

static void advise(struct inf_jsonw *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void advise(struct inf_jsonw *w, const char *format, ...)
{
    char text[SENTENCE];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    inf_jsonw_string(w, text);
}

size_t inf_dry_run_unknown_operation(const char *text, const char **ret_name)
{
    static const char before[] = "Unknown builtin op: ";
    const char *found = strstr(text, before);
    size_t length = 0;

    if (found == NULL)
        return 0;
    *ret_name = found + sizeof before - 1;
    length = strcspn(*ret_name, " \n");
    while (length > 0 && strchr(".,;", (*ret_name)[length - 1]) != NULL)
        length--; /* the sentence's end */
    return length;
}

/* ---- the upload ---- */

static void about_upload(const struct inf_dry_run_facts *facts, struct inf_jsonw *w)
{
    const struct inf_model *model = facts->model;
    int part = inf_store_first_missing_part(facts->manager->store, model->model_id);

    if (!model->fully_defined && part >= 0)
        advise(w, "Upload part [%d] of [%d] of the definition.", part, model->total_parts);
    else if (!model->fully_defined && model->parts_stored == 0)
        advise(w, "Upload the definition.");
    else if (!model->fully_defined)
        advise(w, "Delete the model and upload it again: its parts do not make up the definition.");
    if (!model->has_vocabulary)
        advise(w, "Upload the vocabulary.");
}

/* ---- the place ---- */

static void about_processors(const struct inf_dry_run_facts *facts,
                             const struct inf_preview *preview, struct inf_jsonw *w)
{
    if (preview->processors_needed == 0 ||
        preview->places >= facts->newcomer->number_of_allocations)
        return;
    if (preview->places > 0)
        advise(w, "Lower number_of_allocations to [%lld].", (long long)preview->places);
    else if (preview->most_processors > 0)
        advise(w, "Lower threads_per_allocation to a power of 2 up to [%lld].",
               (long long)preview->most_processors);
    else
        advise(w, "Stop a deployment, or lower its allocations: all processors are given away.");
    advise(w, "Or use priority=low with one allocation of one thread, which takes no processors.");
}

static void about_memory(const struct inf_preview *preview, struct inf_jsonw *w)
{
    int64_t lacking = preview->memory_needed - preview->memory_free;
    char text[INF_UNITS_TEXT];

    if (lacking > 0)
        advise(w,
               "Stop deployments that take at least [%s] of memory, or raise "
               "xpack.ml.max_machine_memory_percent.",
               inf_bytes_print(lacking, text));
}

static void about_place(const struct inf_dry_run_facts *facts, const struct inf_preview *preview,
                        struct inf_jsonw *w)
{
    const char *id = facts->newcomer->id;

    if (inf_strmap_get(facts->manager->deployments, id) != NULL) {
        advise(w,
               "Give another deployment_id than [%s], or change the deployment of that id by "
               "_update.",
               id);
        return;
    }
    if ((int64_t)inf_strmap_size(facts->manager->deployments) >=
        inf_config_int(facts->manager->config, "xpack.ml.max_deployments"))
        advise(w, "Stop a deployment, or raise xpack.ml.max_deployments.");
    about_processors(facts, preview, w);
    about_memory(preview, w);
}

/* ---- the model ---- */

/* The estimate is what placement counts with; a model that takes more should say so. */
static void about_estimate(const struct inf_dry_run_facts *facts, struct inf_jsonw *w)
{
    const struct inf_deployment *newcomer = facts->newcomer;
    int count = newcomer->number_of_allocations;
    int64_t estimate =
        inf_memory_estimate(newcomer->model_id, newcomer->model_bytes,
                            newcomer->per_deployment_bytes, newcomer->per_allocation_bytes, count);
    struct inf_measured measured = inf_describe_measured_of(facts->manager, newcomer->model_id);

    if (inf_measured_known(&measured) && measured.peak > estimate)
        advise(w,
               "The model was measured to take [%lld] bytes and is counted with [%lld]: set "
               "per_deployment_memory_bytes to [%lld] and per_allocation_memory_bytes to [%lld] in "
               "its metadata.",
               (long long)measured.peak, (long long)estimate, (long long)measured.peak,
               (long long)measured.per_allocation);
}

/* Whether the text was about such an operation. */
static bool about_unknown_operation(const char *text, struct inf_jsonw *w)
{
    const char *name = NULL;
    size_t length = inf_dry_run_unknown_operation(text, &name);

    if (length > 0)
        advise(w, "Export the model without the operation [%.*s]: libtorch does not have it.",
               (int)length, name);
    return length > 0;
}

static void about_vetting(const struct inf_dry_run_facts *facts, struct inf_jsonw *w)
{
    struct inf_error refused;
    bool approvable = false;

    if (!facts->model->fully_defined ||
        inf_manager_check_vetting(facts->manager, facts->model, &approvable, &refused) == 0 ||
        about_unknown_operation(refused.reason, w))
        return;
    if (approvable)
        advise(w, "Export the model without the operations that the report of include=vetting "
                  "names, or approve the file if you trust whoever made it.");
    else
        advise(w,
               "Delete the model and upload what torch.jit.save writes: this definition will not "
               "be loaded.");
}

static void about_failure(const char *text, struct inf_jsonw *w)
{
    if (about_unknown_operation(text, w))
        return;
    if (strstr(text, "memory") != NULL)
        advise(w, "Raise engine.memory_limit if the model is to take so much.");
    else if (strstr(text, "engine.load_timeout") != NULL)
        advise(w, "Raise engine.load_timeout.");
    else if (strstr(text, "vocabulary") == NULL)
        advise(w, "Load the model in PyTorch and call it with four tensors of token ids: it fails "
                  "by itself.");
}

static void about_trial(const struct inf_dry_run_facts *facts, struct inf_jsonw *w)
{
    if (!facts->tried)
        return;
    if (facts->outcome == INF_PROBE_FAILED)
        about_failure(facts->text, w);
    else if (facts->outcome == INF_PROBE_TIMEOUT)
        advise(w, "The model was not loaded within [timeout]; give a longer one to see whether it "
                  "can be and what it takes.");
    else if (facts->outcome == INF_PROBE_BUSY)
        advise(w, "The model was not loaded, since another one is being tried; ask again to see "
                  "whether it can be and what it takes.");
    else if (facts->outcome == INF_PROBE_NO_FILE)
        advise(w,
               "The model was not loaded, since %s; ask again to see whether it can be and what "
               "it takes.",
               facts->text);
}

void inf_dry_run_advise(const struct inf_dry_run_facts *facts, const struct inf_preview *preview,
                        struct inf_jsonw *w)
{
    if (facts->model == NULL || preview == NULL) {
        advise(w, "Create the model, then upload its definition and vocabulary.");
        return;
    }
    about_upload(facts, w);
    about_vetting(facts, w);
    if (facts->refusal.code != INF_ERR_NONE)
        about_place(facts, preview, w);
    about_trial(facts, w);
    about_estimate(facts, w);
}
