/* Records come from the disk, so each number is held against what it can be. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cost_record.h"
#include "deployment.h"
#include "inferd/cpu_kind.h"
#include "inferd/json.h"
#include "keep_object.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 4096
#define CIRCUMSTANCES 512
#define ID (INF_SHA256_TEXT + 32)
#define TOKEN_MS_MOST 60000.0
#define DIFFERENCE_MOST 1e-5 /* as trial.c lets pass */
#define FIRST_KEPT 64        /* forwards; and then after four times as many, each time */
#define FACTOR 4

/* ---- text ---- */

void inf_cost_record_print(const struct inf_batching *batching, const char *circumstances,
                           struct inf_buf *out)
{
    struct inf_jsonw w;

    inf_jsonw_init(&w, out);
    inf_jsonw_begin_object(&w);
    inf_jsonw_kv_string(&w, "of", circumstances);
    inf_jsonw_kv_double(&w, "difference", batching->difference);
    inf_jsonw_key(&w, "sizes");
    inf_jsonw_begin_array(&w);
    for (size_t i = 0; i < INF_COST_SIZES; i++) {
        const struct inf_cost_size *size = &batching->cost.sizes[i];
        inf_jsonw_begin_object(&w);
        inf_jsonw_kv_double(&w, "token_ms", size->token_ms);
        inf_jsonw_kv_double(&w, "log2_tokens", size->size);
        inf_jsonw_end_object(&w);
    }
    inf_jsonw_end_array(&w);
    inf_jsonw_end_object(&w);
}

static bool number(const struct cJSON *object, const char *name, double least, double most,
                   double *ret)
{
    const struct cJSON *member = inf_json_get(object, name);

    *ret = inf_json_is_number(member) ? inf_json_double(member) : (double)NAN;
    return *ret >= least && *ret <= most;
}

/* Of each size either nothing is known, or what forwards near it take. */
static bool read_sizes(const struct cJSON *sizes, struct inf_cost *ret)
{
    const struct cJSON *size = inf_json_first(sizes);
    size_t known = 0;

    for (size_t i = 0; i < INF_COST_SIZES; i++, size = inf_json_next(size)) {
        struct inf_cost_size *to = &ret->sizes[i];
        double near = (double)i;
        if (size == NULL || !number(size, "token_ms", 0, TOKEN_MS_MOST, &to->token_ms) ||
            !number(size, "log2_tokens", 0, INF_COST_SIZES, &to->size) ||
            (to->token_ms > 0 && fabs(to->size - near) > 0.5))
            return false;
        known += to->token_ms > 0;
    }
    return size == NULL && known > 0;
}

bool inf_cost_record_parse(const char *text, const char *circumstances, struct inf_batching *ret)
{
    struct inf_json json = {0};
    struct inf_error ignored;
    const char *of = NULL;
    bool is_sound = false;

    *ret = (struct inf_batching){0};
    if (inf_json_parse_own(text, strlen(text), NULL, &json, &ignored) != 0)
        return false;
    of = inf_json_string(inf_json_get(json.root, "of"));
    is_sound = of != NULL && strcmp(of, circumstances) == 0 &&
               number(json.root, "difference", 0, DIFFERENCE_MOST, &ret->difference) &&
               read_sizes(inf_json_get(json.root, "sizes"), &ret->cost);
    inf_json_free(&json);
    if (!is_sound)
        *ret = (struct inf_batching){0};
    return is_sound;
}

/* ---- in the store ---- */

static void print_circumstances(const struct inf_deployment *deployment, char ret[CIRCUMSTANCES])
{
    const struct inf_worker *worker = deployment->worker;
    char cpu[INF_CPU_KIND];

    snprintf(ret, CIRCUMSTANCES, "%.200s, %s, %s", inf_zygote_version(deployment->manager->zygote),
             worker->encoder.packed ? "packed" : "module", inf_cpu_kind_print(cpu));
}

/* False where nothing is kept: a low-priority deployment computes when nobody else does. */
static bool print_id(const struct inf_deployment *deployment, char ret[ID])
{
    const char *sha256 = deployment->worker->proof.sha256;

    snprintf(ret, ID, "%s-%d", sha256, deployment->threads_per_allocation);
    if (deployment->precision.type != INF_PRECISION_FP32)
        snprintf(ret + strlen(ret), ID - strlen(ret), "-%s",
                 inf_precision_name(deployment->precision.type));
    return sha256[0] != '\0' && !deployment->low_priority;
}

bool inf_cost_record_use(struct inf_deployment *deployment)
{
    const struct inf_object *object = NULL;
    char id[ID], circumstances[CIRCUMSTANCES];
    struct inf_batching known;

    if (print_id(deployment, id))
        object = inf_store_object(deployment->manager->store, INF_OBJECT_COST, id);
    print_circumstances(deployment, circumstances);
    if (object == NULL || !inf_cost_record_parse(object->text, circumstances, &known))
        return false;
    known.state = INF_BATCHING_ON;
    known.is_kept = true;
    deployment->batching = known;
    return true;
}

void inf_cost_record_keep(const struct inf_deployment *deployment)
{
    char id[ID], circumstances[CIRCUMSTANCES];
    struct inf_object object = {.id = id, .model_id = deployment->model_id};
    struct inf_buf text;

    if (deployment->batching.state != INF_BATCHING_ON || !print_id(deployment, id))
        return;
    print_circumstances(deployment, circumstances);
    inf_buf_init(&text, TEXT_MAX);
    inf_cost_record_print(&deployment->batching, circumstances, &text);
    inf_buf_append(&text, "", 1);
    object.text = text.data;
    inf_keep_object(deployment->manager->store, INF_OBJECT_COST, &object,
                    "what forwards of a model take was not recorded", NULL, NULL);
    inf_buf_free(&text);
}

void inf_cost_record_learnt(struct inf_deployment *deployment)
{
    struct inf_batching *batching = &deployment->batching;

    if (++batching->learnt < (batching->keep_at > 0 ? batching->keep_at : FIRST_KEPT))
        return;
    batching->keep_at = FACTOR * batching->learnt;
    inf_cost_record_keep(deployment);
}
