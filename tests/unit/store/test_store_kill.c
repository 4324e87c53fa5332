/* kill -9 at random moments: what was acknowledged is there, nothing is half-visible, nothing is
 * left over.
 *
 * A child process (this program again) works on a few models at once and writes a record before
 * each command and after each acknowledgement. The test kills it, opens the store and compares:
 * every model must be as the acknowledged commands left it, or one step further, by the command
 * that was under way. The directory is the same in all rounds, so recovery also meets what earlier
 * rounds left.
 *
 * test_store_kill [rounds [seed]] */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/log.h"
#include "store_plan.h"
#include "store_state.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#define STARTUP_KILLS 6 /* one round in so many dies while it opens the store */

/* ---- the child ---- */

struct worker {
    struct inf_store *store;
    struct slot slots[SLOTS];
    struct record pending[SLOTS];
    uint64_t random;
    uint32_t next_value;
    int pipe_fd;
};

struct arrival { /* argument of a callback: which slot of which worker */
    struct worker *worker;
    int slot;
};

static void send_record(const struct worker *worker, const struct record *record)
{
    if (write(worker->pipe_fd, record, sizeof *record) != sizeof *record) {
        _exit(3);
    }
}

static bool is_possible(const struct slot *slot, const struct record *record)
{
    switch ((enum command)record->command) {
    case PUT_MODEL:
        return !slot->exists;
    case PUT_PART:
        return slot->exists; /* also when it is stored: a client may repeat itself */
    case PUT_VOCABULARY:
        return slot->exists && !slot->vocabulary;
    case DELETE_DEPLOYMENT:
        return slot->deployment != 0;
    case DELETE_OBJECT:
        return slot->object != 0;
    default:
        return slot->exists;
    }
}

static void choose(struct worker *worker, int slot, struct record *record)
{
    do {
        uint64_t random = next_random(&worker->random);
        *record = (struct record){.what = '?',
                                  .slot = (uint8_t)slot,
                                  /* parts are half of it, else no definition would get whole */
                                  .command = random & 64 ? PUT_PART
                                                         : (uint8_t)(random % 61 % COMMAND_COUNT),
                                  .part = (uint8_t)(random / 128 % PARTS)};
    } while (!is_possible(&worker->slots[slot], record));
    record->value = ++worker->next_value;
}

static void acknowledged(void *arg, const struct inf_error *err);

static void send_part(struct worker *worker, struct arrival *arrival, const struct record *record)
{
    int slot = arrival->slot;
    uint32_t generation = worker->slots[slot].generation;
    unsigned char *definition;
    size_t total = definition_content(slot, generation, &definition);
    size_t length = part_content(slot, generation, record->part, definition);
    struct inf_part_writer *writer = NULL;
    struct inf_error err;
    if (inf_store_part_begin(worker->store, model_id(slot), record->part, &writer, &err) != 0 ||
        inf_store_part_write(writer, definition, length, &err) != 0) {
        acknowledged(arrival, &err);
    } else {
        inf_store_part_commit(writer, (int64_t)total, PARTS, acknowledged, arrival);
    }
    free(definition);
}

static void send_command(struct worker *worker, struct arrival *arrival)
{
    int slot = arrival->slot;
    struct record *record = &worker->pending[slot];
    char text[64];
    choose(worker, slot, record);
    send_record(worker, record);
    text_content(slot,
                 record->command == PUT_VOCABULARY ? worker->slots[slot].generation : record->value,
                 text);
    switch ((enum command)record->command) {
    case PUT_MODEL:
        inf_store_put_model(worker->store, model_id(slot), text, record->value, acknowledged,
                            arrival);
        break;
    case PUT_PART:
        send_part(worker, arrival, record);
        break;
    case PUT_VOCABULARY:
        inf_store_put_vocabulary(worker->store, model_id(slot), text, strlen(text), acknowledged,
                                 arrival);
        break;
    case PUT_DEPLOYMENT:
        inf_store_put_deployment(worker->store, model_id(slot), model_id(slot), text, true,
                                 acknowledged, arrival);
        break;
    case DELETE_DEPLOYMENT:
        inf_store_delete_deployment(worker->store, model_id(slot), acknowledged, arrival);
        break;
    case PUT_OBJECT:
        inf_store_put_object(worker->store, INF_OBJECT_ALIAS,
                             &(struct inf_object){object_id(slot), model_id(slot), text}, true,
                             acknowledged, arrival);
        break;
    case DELETE_OBJECT:
        inf_store_delete_object(worker->store, INF_OBJECT_ALIAS, object_id(slot), acknowledged,
                                arrival);
        break;
    default:
        inf_store_delete_model(worker->store, model_id(slot), acknowledged, arrival);
        break;
    }
}

static void acknowledged(void *arg, const struct inf_error *err)
{
    struct arrival *arrival = arg;
    struct worker *worker = arrival->worker;
    struct record record = worker->pending[arrival->slot];
    record.what = err ? 'x' : '!';
    if (err) {
        fprintf(stderr, "command %d of %s: %s\n", record.command, model_id(arrival->slot),
                err->reason);
    }
    send_record(worker, &record);
    apply(&worker->slots[arrival->slot], &record);
    send_command(worker, arrival);
}

static void observe(struct inf_store *store, struct slot slots[SLOTS]);

/* A crash must never need a repair that is worth a line in the log. */
static void log_to_file(const char *path, int flags)
{
    char name[1024];
    snprintf(name, sizeof name, "%s.log", path);
    int fd = open(name, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | flags, 0600);
    assert_true(fd >= 0);
    inf_log_init(fd, INF_LOG_INFO, 0, NULL);
}

static void assert_nothing_logged(const struct fixture *f)
{
    char name[1024], line[1024] = "";
    snprintf(name, sizeof name, "%s.log", f->path);
    FILE *file = fopen(name, "r");
    assert_non_null(file);
    if (fgets(line, sizeof line, file)) {
        fail_msg("recovery found damage: %s", line);
    }
    fclose(file);
}

static int work_until_killed(const char *path, const char *seed, const char *pipe_fd)
{
    struct worker worker = {.pipe_fd = (int)strtol(pipe_fd, NULL, 10),
                            .random = strtoull(seed, NULL, 10) * 2654435761u + 1};
    struct arrival arrivals[SLOTS];
    struct inf_error err;
    uv_loop_t loop;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    log_to_file(path, 0);
    if (uv_loop_init(&loop) != 0 || inf_store_open(&loop, path, &worker.store, &err) != 0) {
        return 2;
    }
    observe(worker.store, worker.slots);
    worker.next_value = (uint32_t)strtoul(seed, NULL, 10) * 1000000;
    for (int slot = 0; slot < SLOTS; slot++) {
        arrivals[slot] = (struct arrival){.worker = &worker, .slot = slot};
        send_command(&worker, &arrivals[slot]);
    }
    return uv_run(&loop, UV_RUN_DEFAULT);
}

/* ---- what the store shows ---- */

static uint32_t value_of(const char *text)
{
    const char *value = strstr(text, "\"value\":");
    assert_non_null(value);
    return (uint32_t)strtoul(value + 8, NULL, 10);
}

static unsigned stored_parts(const struct inf_store *store, const char *id)
{
    const struct inf_index_model *model = inf_index_model(&store->index, id);
    unsigned parts = 0;
    for (size_t i = 0; i < model->part_count; i++) {
        parts |= 1u << model->parts[i].part;
    }
    return parts;
}

static void observe(struct inf_store *store, struct slot slots[SLOTS])
{
    for (int slot = 0; slot < SLOTS; slot++) {
        const struct inf_model *model = inf_store_model(store, model_id(slot));
        slots[slot] = (struct slot){.exists = model != NULL};
        if (!model) {
            continue;
        }
        slots[slot].generation = value_of(model->config);
        slots[slot].vocabulary = model->has_vocabulary;
        slots[slot].parts = stored_parts(store, model_id(slot));
    }
    for (size_t i = 0; i < inf_store_deployment_count(store); i++) {
        const struct inf_stored_deployment *row = inf_store_deployment_at(store, i);
        int slot = row->model_id[strlen("model-")] - '0';
        slots[slot].deployment = value_of(row->params);
    }
    for (size_t i = 0; i < inf_store_object_count(store, INF_OBJECT_ALIAS); i++) {
        const struct inf_object *row = inf_store_object_at(store, INF_OBJECT_ALIAS, i);
        slots[row->model_id[strlen("model-")] - '0'].object = value_of(row->text);
    }
}

static bool is_same(const struct slot *a, const struct slot *b)
{
    return a->exists == b->exists &&
           (!a->exists || (a->generation == b->generation && a->parts == b->parts &&
                           a->vocabulary == b->vocabulary && a->deployment == b->deployment &&
                           a->object == b->object));
}

static void check_definition(struct fixture *f, int slot, const struct slot *state)
{
    const struct inf_model *model = inf_store_model(f->store, model_id(slot));
    struct inf_error err;
    unsigned char *expected, *content = malloc(PARTS * PART_MAX + 1);
    size_t length = definition_content(slot, state->generation, &expected);
    uint8_t sha256[INF_SHA256_SIZE];
    int fd = -1;
    int64_t size = 0;
    assert_non_null(content);
    assert_int_equal(EVP_Digest(expected, length, sha256, NULL, EVP_sha256(), NULL), 1);
    assert_memory_equal(model->sha256, sha256, INF_SHA256_SIZE);
    assert_int_equal(inf_store_open_definition(f->store, model_id(slot), &fd, &size, &err), 0);
    assert_int_equal(size, length);
    assert_int_equal(read(fd, content, PARTS * PART_MAX + 1), length);
    assert_memory_equal(content, expected, length);
    close(fd);
    free(content);
    free(expected);
}

static void check_vocabulary(struct fixture *f, int slot, const struct slot *state)
{
    struct inf_error err;
    char expected[64];
    text_content(slot, state->generation, expected);
    char *text = read_vocabulary(f, model_id(slot), &err);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static int file_count;

static int count_file(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)path;
    (void)st;
    (void)ftw;
    file_count += type != FTW_D;
    return 0;
}

/* Every model agrees with itself, and the directory holds nothing else. */
static void check_contents(struct fixture *f, const struct slot slots[SLOTS])
{
    int expected_files = 0;
    assert_int_equal(count_entries(f, "tmp"), 0);
    for (int slot = 0; slot < SLOTS; slot++) {
        if (!slots[slot].exists) {
            continue;
        }
        bool whole = slots[slot].parts == (1u << PARTS) - 1;
        assert_int_equal(inf_store_model(f->store, model_id(slot))->fully_defined, whole);
        if (whole) {
            check_definition(f, slot, &slots[slot]);
        }
        if (slots[slot].vocabulary) {
            check_vocabulary(f, slot, &slots[slot]);
        }
        expected_files += whole ? 1 : __builtin_popcount(slots[slot].parts);
    }
    file_count = 0;
    assert_int_equal(nftw(path_of(f, "models"), count_file, 16, FTW_PHYS), 0);
    assert_int_equal(file_count, expected_files);
}

/* ---- the rounds ---- */

struct campaign {
    struct slot slots[SLOTS];
    struct record pending[SLOTS]; /* what == 0: none */
    int acknowledged;
    int wholes; /* definitions seen whole, all rounds */
};

/* Takes over one record; false at the end of the pipe. */
static bool note_next(struct campaign *campaign, int fd)
{
    struct record record;
    ssize_t n = read(fd, &record, sizeof record);
    if (n == 0) {
        return false;
    }
    assert_int_equal(n, sizeof record);
    assert_true(record.slot < SLOTS);
    assert_int_not_equal(record.what, 'x');
    struct record *pending = &campaign->pending[record.slot];
    if (record.what == '?') {
        *pending = record;
    } else {
        apply(&campaign->slots[record.slot], pending);
        pending->what = 0;
        campaign->acknowledged++;
    }
    return true;
}

/* When the child dies: so many acknowledgements after its start, and then a moment. */
struct moment {
    int acknowledgements; /* 0: while it opens the store */
    unsigned pause_us;
};

static struct moment choose_moment(uint64_t seed)
{
    uint64_t random = seed * 0x9e3779b97f4a7c15u;
    if (next_random(&random) % STARTUP_KILLS == 0) {
        return (struct moment){.pause_us = (unsigned)(next_random(&random) % 8000)};
    }
    return (struct moment){.acknowledgements = 1 + (int)(next_random(&random) % 24),
                           .pause_us = (unsigned)(next_random(&random) % 4000)};
}

static void run_child(struct fixture *f, struct campaign *campaign, uint64_t seed)
{
    struct moment moment = choose_moment(seed);
    int fds[2], status;
    char seed_text[24], fd_text[16];
    assert_int_equal(pipe(fds), 0);
    snprintf(seed_text, sizeof seed_text, "%llu", (unsigned long long)seed);
    snprintf(fd_text, sizeof fd_text, "%d", fds[1]);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(fds[0]);
        execl("/proc/self/exe", "test_store_kill", "work", f->path, seed_text, fd_text, NULL);
        _exit(4);
    }
    close(fds[1]);
    int wanted = campaign->acknowledged + moment.acknowledgements;
    while (campaign->acknowledged < wanted && note_next(campaign, fds[0])) {
    }
    usleep(moment.pause_us);
    assert_int_equal(kill(pid, SIGKILL), 0);
    while (note_next(campaign, fds[0])) {
    }
    close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void check_round(struct fixture *f, struct campaign *campaign)
{
    struct slot seen[SLOTS];
    open_store(f);
    assert_nothing_logged(f);
    observe(f->store, seen);
    check_contents(f, seen);
    for (int slot = 0; slot < SLOTS; slot++) {
        struct slot before = campaign->slots[slot], after = before;
        if (campaign->pending[slot].what) {
            apply(&after, &campaign->pending[slot]);
        }
        if (!is_same(&seen[slot], &before) && !is_same(&seen[slot], &after)) {
            fail_msg("model-%d: an acknowledged command is lost or one half done "
                     "(parts %x, acknowledged %x)",
                     slot, seen[slot].parts, before.parts);
        }
        campaign->wholes += seen[slot].exists && seen[slot].parts == (1u << PARTS) - 1;
        campaign->slots[slot] = seen[slot];
        campaign->pending[slot].what = 0;
    }
    close_store(f);
}

static int rounds = 60;
static uint64_t first_seed = 1;

static void nothing_acknowledged_is_lost(void **state)
{
    struct fixture *f = *state;
    struct campaign campaign = {.acknowledged = 0};
    close_store(f);
    log_to_file(f->path, O_TRUNC);
    for (int round = 0; round < rounds; round++) {
        run_child(f, &campaign, first_seed + (uint64_t)round);
        check_round(f, &campaign);
    }
    print_message("%d rounds, %d acknowledged commands, %d whole definitions seen\n", rounds,
                  campaign.acknowledged, campaign.wholes);
    assert_true(campaign.acknowledged > rounds);
    assert_true(campaign.wholes > 0);
    open_store(f);
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "work") == 0) {
        return work_until_killed(argv[2], argv[3], argv[4]);
    }
    rounds = argc > 1 ? (int)strtol(argv[1], NULL, 10) : rounds;
    first_seed = argc > 2 ? strtoull(argv[2], NULL, 10) : first_seed;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_acknowledged_is_lost, store_setup, store_teardown)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
