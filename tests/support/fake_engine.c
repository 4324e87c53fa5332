/* SPDX-License-Identifier: Apache-2.0 */
/* A model engine without libtorch, behind the same face: for sanitizers, which libtorch does not
 * bear, and for the bad behaviour that tests need on demand. Its model is a small text, anywhere in
 * a file (tests/support/fake_models.py puts it into an archive that passes vetting):
 *
 *   INFERD-FAKE 1        the first line, to the letter
 *   dim 4                columns of the answer (1 unless given)
 *   rank 2               1: [dim]; 2: [1, dim]; 3: [1, cols, dim]; rows of a request join on the
 *                        first (2)
 *   dtype float64        or float32 (float32)
 *   sleep_ms 20          each forward sleeps so long (0)
 *   busy_ms 20           ... computes so long, by the clock of its thread (0)
 *   together_ms 30       a forward of several texts sleeps so long (as for them one by one)
 *   mixes 1              of several texts all get the first one's answer (0)
 *   one_row 1            ... only the first gets one (0)
 *   counts_padding 1     the number of columns is in h, and 6000 is added to each number (0)
 *   load_sleep_ms 20     loading sleeps so long (0)
 *   load_mb 64           loading takes so much memory and keeps it (0)
 *   allocation_mb 8      the first forward of a thread takes so much and keeps it (0)
 *   load_fail TEXT       loading fails with TEXT
 *   throw TEXT           every forward fails with TEXT
 *   operation NAME       the model's code calls NAME; may be given again, up to eight times
 *   inspect_crash 1      looking at the model's code ends the process by SIGSEGV (0)
 *   inspect_spin 1       ... computes for ever (0)
 *   throw_on_id 665      a forward whose tensor 0 holds this id fails
 *   crash_on_id 666      ... ends the process by SIGSEGV
 *   hang_on_id 667       ... sleeps for hang_ms (for ever)
 *   alloc_on_id 668      ... takes memory until there is no more, then fails
 *   open_on_id 669       ... opens a file; fails with the system's words, or answers when it can
 *   kill_on_id 670       ... makes a system call that no filter should let through (ptrace)
 *   leak_on_id 671       ... takes memory for ever and gives none back
 *   attack_on_id 672     ... makes the attack of the line `attack NAME` (fake_attacks.c)
 *   attack_on_load NAME  makes that attack while loading
 *   values nan           every number of the answer is that; or inf
 *   packs 1              it can be proven, in a program whose name ends in -packing (0)
 *   wrong_on_id 673      packed, it turns the sign of all numbers of an answer to this id
 *   end                  the last line, to the letter
 *
 * Vetting (a source with spans that are left out) takes no memory, no time, and does not fail as
 * told.
 *
 * The answer: input position i (from 0) of the row has weight i + 1, and counts if there is no
 * tensor 1 (the attention mask) or its value there is not 0. With h the sum of weight x id over the
 * positions that count (rank 3: of that position alone), column j (from 0) is ((h x (j + 1)) mod
 * 1009) / 1009. */
#include "fake_attacks.h"
#include "fake_memory.h"
#include "fake_model.h"
#include "inferd/engine.h"
#include "inferd/frame.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <time.h>
#include <unistd.h>

#define MODULUS 1009
#define MAX_FILE (128 << 20)
#define MAX_DIM 4096
#define NO_ID (-1)
#define NO_TIME (-1)
#define MUCH 6000

static const char magic[] = "INFERD-FAKE 1\n";
static const char last_line[] = "\nend\n";

static int fail(char *reason, size_t reason_size, const char *text)
{
    snprintf(reason, reason_size, "%s", text);
    return -1;
}

static void sleep_ms(int ms)
{
    struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};

    while (nanosleep(&time, &time) != 0 && errno == EINTR)
        continue;
}

static void compute_ms(int ms)
{
    struct timespec now = {0}, end;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &end);
    end.tv_nsec += (long)(ms % 1000) * 1000000;
    end.tv_sec += ms / 1000 + end.tv_nsec / 1000000000;
    end.tv_nsec %= 1000000000;
    do
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    while (now.tv_sec < end.tv_sec || (now.tv_sec == end.tv_sec && now.tv_nsec < end.tv_nsec));
}

const char *inf_engine_version(void)
{
    return "fake";
}

int inf_engine_init(char *reason, size_t reason_size)
{
    (void)reason;
    (void)reason_size;
    return 0;
}

void inf_engine_after_fork(void)
{
}

void inf_engine_arrange(struct inf_engine_model *model)
{
    (void)model;
}

void inf_engine_thread_init(int threads)
{
    (void)threads;
}

/* ---- the text ---- */

static bool parse_number(const char *text, int least, int most, int *ret)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);

    if (end == text || *end != '\0' || value < least || value > most)
        return false;
    *ret = (int)value;
    return true;
}

static bool parse_word(const char *key, const char *value, struct inf_engine_model *model)
{
    if (strcmp(key, "throw") == 0) {
        snprintf(model->throw_text, sizeof model->throw_text, "%s", value);
    } else if (strcmp(key, "load_fail") == 0) {
        snprintf(model->load_fail, sizeof model->load_fail, "%s", value);
    } else if (strcmp(key, "operation") == 0) {
        if (model->operation_count == MAX_OPERATIONS)
            return false;
        snprintf(model->operations[model->operation_count++], sizeof model->operations[0], "%s",
                 value);
    } else if (strcmp(key, "attack") == 0) {
        snprintf(model->attack, sizeof model->attack, "%s", value);
        return fake_attack_is_known(value);
    } else if (strcmp(key, "attack_on_load") == 0) {
        snprintf(model->load_attack, sizeof model->load_attack, "%s", value);
        return fake_attack_is_known(value);
    } else if (strcmp(key, "values") == 0) {
        model->value = strcmp(value, "nan") == 0 ? (double)NAN : (double)INFINITY;
    } else if (strcmp(key, "dtype") == 0) {
        model->dtype = strcmp(value, "float64") == 0 ? 2 : 1;
        return model->dtype == 2 || strcmp(value, "float32") == 0;
    } else {
        return false;
    }
    return true;
}

static bool parse_line(char *line, struct inf_engine_model *model)
{
    const struct {
        const char *key;
        int least, most;
        int *value;
    } numbers[] = {{"dim", 1, MAX_DIM, &model->dim},
                   {"rank", 1, 3, &model->rank},
                   {"sleep_ms", 0, 600000, &model->sleep_ms},
                   {"busy_ms", 0, 600000, &model->busy_ms},
                   {"together_ms", 0, 600000, &model->together_ms},
                   {"mixes", 0, 1, &model->mixes},
                   {"one_row", 0, 1, &model->one_row},
                   {"counts_padding", 0, 1, &model->counts_padding},
                   {"load_sleep_ms", 0, 600000, &model->load_sleep_ms},
                   {"load_mb", 0, 1 << 20, &model->load_mb},
                   {"allocation_mb", 0, 1 << 20, &model->allocation_mb},
                   {"inspect_crash", 0, 1, &model->inspect_crash},
                   {"inspect_spin", 0, 1, &model->inspect_spin},
                   {"attack_on_id", 0, INT32_MAX, &model->attack_id},
                   {"leak_on_id", 0, INT32_MAX, &model->leak_id},
                   {"throw_on_id", 0, INT32_MAX, &model->throw_id},
                   {"crash_on_id", 0, INT32_MAX, &model->crash_id},
                   {"hang_on_id", 0, INT32_MAX, &model->hang_id},
                   {"hang_ms", 1, 600000, &model->hang_ms},
                   {"alloc_on_id", 0, INT32_MAX, &model->alloc_id},
                   {"packs", 0, 1, &model->packs},
                   {"wrong_on_id", 0, INT32_MAX, &model->wrong_id},
                   {"open_on_id", 0, INT32_MAX, &model->open_id},
                   {"kill_on_id", 0, INT32_MAX, &model->kill_id}};
    char *value = strchr(line, ' ');

    if (value == NULL)
        return false;
    *value++ = '\0';
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (strcmp(line, numbers[i].key) == 0)
            return parse_number(value, numbers[i].least, numbers[i].most, numbers[i].value);
    return parse_word(line, value, model);
}

static int parse(char *text, struct inf_engine_model *model, char *reason, size_t reason_size)
{
    char *rest = text + sizeof magic - 1;

    while (rest != NULL && *rest != '\0') {
        char *line = strsep(&rest, "\n");
        if (*line != '\0' && !parse_line(line, model)) {
            snprintf(reason, reason_size, "the fake engine does not know [%.100s]", line);
            return -1;
        }
    }
    return 0;
}

/* The model's text in the file, terminated, in *data which is the caller's to free; or NULL. */
static char *find_text(const struct inf_engine_source *source, char **data)
{
    char *text = NULL, *end = NULL;
    size_t size = (size_t)source->size_bytes;

    *data = NULL;
    if (source->size_bytes <= 0 || source->size_bytes > MAX_FILE)
        return NULL;
    *data = malloc(size);
    if (*data == NULL || pread(source->fd, *data, size, 0) != (ssize_t)size)
        return NULL;
    text = memmem(*data, size, magic, sizeof magic - 1);
    if (text != NULL)
        end = memmem(text, size - (size_t)(text - *data), last_line, sizeof last_line - 1);
    if (end == NULL)
        return NULL;
    end[1] = '\0';
    return text;
}

static int begin(struct inf_engine_model *model, char *reason, size_t reason_size)
{
    model->weights = fake_memory_take(model->load_mb);
    if (model->load_mb > 0 && model->weights == NULL)
        return fail(reason, reason_size, "no memory for the weights");
    sleep_ms(model->load_sleep_ms);
    fake_attack_find_control();
    if (model->load_attack[0] != '\0' &&
        fake_attack(model->load_attack, 0, reason, reason_size) != 0)
        return -1;
    return model->load_fail[0] != '\0' ? fail(reason, reason_size, model->load_fail) : 0;
}

int inf_engine_load(const struct inf_engine_source *source, struct inf_engine_model **ret,
                    char *reason, size_t reason_size)
{
    char *data = NULL, *text = find_text(source, &data);
    struct inf_engine_model *model = calloc(1, sizeof *model);
    int rc = -1;

    if (text == NULL || model == NULL) {
        fail(reason, reason_size, "not a model of the fake engine");
        goto end;
    }
    model->dim = model->dtype = 1;
    model->together_ms = NO_TIME;
    model->rank = 2;
    model->throw_id = model->crash_id = model->hang_id = model->alloc_id = NO_ID;
    model->wrong_id = model->open_id = model->kill_id = model->leak_id = model->attack_id = NO_ID;
    rc = parse(text, model, reason, reason_size);
    if (rc == 0 && source->left_out == NULL)
        rc = begin(model, reason, reason_size);
end:
    free(data);
    if (rc == 0)
        *ret = model;
    else
        inf_engine_model_free(model);
    return rc;
}

void inf_engine_model_free(struct inf_engine_model *model)
{
    if (model != NULL)
        free(model->weights);
    free(model);
}

int inf_engine_inspect(struct inf_engine_model *model,
                       void (*visit)(void *arg, const struct inf_engine_call *call), void *arg,
                       uint32_t *ret_functions, char *reason, size_t reason_size)
{
    volatile int spin = model->inspect_spin;

    (void)reason;
    (void)reason_size;
    if (model->inspect_crash != 0)
        raise(SIGSEGV);
    while (spin != 0)
        continue;
    for (int i = 0; i < model->operation_count; i++) {
        const struct inf_engine_call call = {"__torch__.Fake.forward", model->operations[i],
                                             INF_VET_OWN};
        visit(arg, &call);
    }
    *ret_functions = 1;
    return 0;
}

/* ---- bad behaviour ---- */

static bool holds(const int32_t *ids, size_t count, int id)
{
    for (size_t i = 0; id != NO_ID && i < count; i++)
        if (ids[i] == id)
            return true;
    return false;
}

/* What this thread keeps between forwards. */
static void take_share(const struct inf_engine_model *model)
{
    static _Thread_local void *share;

    if (share == NULL)
        share = fake_memory_take(model->allocation_mb);
}

static int open_a_file(char *reason, size_t reason_size)
{
    int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return fail(reason, reason_size, strerror(errno));
    close(fd);
    return 0;
}

static void spend_time(const struct inf_engine_model *model, const struct inf_engine_input *input)
{
    if (input->at_once > 1 && model->together_ms != NO_TIME) {
        sleep_ms((input->rows + input->at_once - 1) / input->at_once * model->together_ms);
        return;
    }
    sleep_ms(input->rows * model->sleep_ms);
    compute_ms(input->rows * model->busy_ms);
}

static int misbehave(const struct inf_engine_model *model, const struct inf_engine_input *input,
                     char *reason, size_t reason_size)
{
    const int32_t *ids = input->data;
    size_t count = (size_t)input->rows * (size_t)input->cols;
    size_t job_length =
        sizeof(struct inf_frame_infer) + (size_t)input->tensors * count * sizeof *input->data;

    take_share(model);
    spend_time(model, input);
    if (model->throw_text[0] != '\0')
        return fail(reason, reason_size, model->throw_text);
    if (holds(ids, count, model->throw_id))
        return fail(reason, reason_size, "the model was told to fail on this id");
    if (holds(ids, count, model->crash_id))
        raise(SIGSEGV);
    while (holds(ids, count, model->hang_id)) {
        sleep_ms(model->hang_ms > 0 ? model->hang_ms : 1000);
        if (model->hang_ms > 0)
            break;
    }
    if (holds(ids, count, model->alloc_id)) {
        fake_memory_take_all();
        return fail(reason, reason_size, "out of memory");
    }
    if (holds(ids, count, model->leak_id))
        fake_memory_leak();
    if (holds(ids, count, model->open_id))
        return open_a_file(reason, reason_size);
    if (holds(ids, count, model->attack_id))
        return fake_attack(model->attack, job_length, reason, reason_size);
    if (holds(ids, count, model->kill_id))
        ptrace(PTRACE_TRACEME, 0, NULL, NULL);
    return 0;
}

/* ---- the answer ---- */

static void put(const struct inf_engine_model *model, void *data, size_t at, uint64_t h, int column)
{
    uint64_t value = h % MODULUS * (uint64_t)(column + 1) % MODULUS;
    int more = model->counts_padding != 0 ? MUCH : 0;

    if (model->dtype == 1 && model->value != 0)
        ((float *)data)[at] = (float)model->value;
    else if (model->dtype == 1)
        ((float *)data)[at] = (float)value / (float)MODULUS + (float)more;
    else
        ((double *)data)[at] = (double)value / (double)MODULUS + more;
}

static uint64_t weighted(const int32_t *ids, const int32_t *mask, int position)
{
    if (mask != NULL && mask[position] == 0)
        return 0;
    return (uint64_t)(position + 1) * (uint32_t)ids[position];
}

static void answer_row(const struct inf_engine_model *model, const int32_t *ids,
                       const int32_t *mask, int cols, void *data, size_t at)
{
    uint64_t sum = model->counts_padding != 0 ? (uint64_t)cols : 0;

    for (int i = 0; i < cols; i++) {
        uint64_t h = weighted(ids, mask, i);
        sum += h;
        for (int j = 0; model->rank == 3 && j < model->dim; j++)
            put(model, data, at++, h, j);
    }
    for (int j = 0; model->rank != 3 && j < model->dim; j++)
        put(model, data, at++, sum, j);
}

/* Numbers of float32. */
static void turn(float *data, size_t count)
{
    for (size_t i = 0; i < count; i++)
        data[i] *= -1;
}

static void set_shape(const struct inf_engine_model *model, int rows, int cols,
                      struct inf_engine_output *ret)
{
    ret->dtype = model->dtype;
    ret->rank = model->rank;
    ret->shape[0] = model->rank == 1 ? (int64_t)rows * model->dim : rows;
    ret->shape[1] = model->rank == 3 ? cols : model->dim;
    ret->shape[2] = model->dim;
    if (model->rank == 1)
        ret->shape[1] = 0;
    if (model->rank < 3)
        ret->shape[2] = 0;
}

int inf_engine_forward(struct inf_engine_model *model, const struct inf_engine_input *input,
                       struct inf_engine_output *ret, char *reason, size_t reason_size)
{
    const int rows = model->one_row != 0 && input->at_once > 1 ? 1 : input->rows;
    const int cols = input->cols;
    size_t plane = (size_t)input->rows * (size_t)cols;
    size_t per_row = (size_t)model->dim * (model->rank == 3 ? (size_t)cols : 1);
    size_t size = (size_t)rows * per_row * (model->dtype == 1 ? sizeof(float) : sizeof(double));

    if (misbehave(model, input, reason, reason_size) != 0)
        return -1;
    memset(ret, 0, sizeof *ret);
    ret->holder = malloc(size);
    if (ret->holder == NULL)
        return fail(reason, reason_size, "out of memory");
    for (int row = 0; row < rows; row++) {
        int of = model->mixes != 0 ? row - row % input->at_once : row;
        const int32_t *ids = input->data + (size_t)of * (size_t)cols;
        answer_row(model, ids, input->tensors > 1 ? ids + plane : NULL, cols, ret->holder,
                   (size_t)row * per_row);
        if (model->is_packed != 0 && model->dtype == 1 && holds(ids, (size_t)cols, model->wrong_id))
            turn((float *)ret->holder + (size_t)row * per_row, per_row);
    }
    ret->data = ret->holder;
    ret->size_bytes = size;
    set_shape(model, rows, cols, ret);
    return 0;
}

void inf_engine_output_free(struct inf_engine_output *output)
{
    free(output->holder);
    output->holder = NULL;
}
