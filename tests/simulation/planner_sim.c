/* planner_sim.c - the planner through random events, every invariant checked after each.
 *
 * Usage: planner-sim [--nodes N] [--deployments N] [--events N] [--zones N] [--models N]
 *                    [--memory PERCENT] [--greedy PERCENT] [--seed S] [--sample N]
 * Prints what was done and the times of one plan; exits 1, naming seed and event, when an invariant
 * does not hold. The same arguments give the same history. What needs a second plan (order of the
 * input, low priority in nobody's way, planning again) is checked at every N-th event (--sample).
 */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/alloc.h"
#include "inferd/units.h"
#include "world.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

struct settings {
    struct world_size size;
    int64_t events, seed, sample;
};

struct results {
    double *plan_ms;
    size_t plan_count;
    int64_t moves, most_moves, refused, short_of;
};

static double now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

static struct inf_plan *timed_plan(const struct inf_plan_input *input, struct results *results)
{
    double from = now_ms();
    struct inf_plan *plan = inf_plan_make(input);

    results->plan_ms[results->plan_count++] = now_ms() - from;
    return plan;
}

static bool missing_some(const struct world_input *input, const struct inf_plan *plan)
{
    for (size_t i = 0; i < input->input.deployment_count; i++)
        if (inf_plan_allocations(plan, i) < input->deployments[i].allocations)
            return true;
    return false;
}

/* Plans the world as it is and lets the plan happen, unless it leaves a new deployment (the last)
 * with nothing: then that is refused and everything else stays. */
static bool step(struct world *world, bool newcomer, bool sampled, struct results *results,
                 char complaint[WORLD_COMPLAINT])
{
    struct world_input input;
    struct inf_plan *plan;
    bool good, refused;

    world_input_init(&input, world, false, false);
    plan = timed_plan(&input.input, results);
    good = world_check_plan(world, &input, plan, complaint);
    if (good && sampled)
        good = world_check_order(world, &input, plan, complaint) &&
               world_check_low(world, &input, plan, complaint);
    refused = newcomer && input.deployments[input.input.deployment_count - 1].allocations > 0 &&
              inf_plan_allocations(plan, input.input.deployment_count - 1) == 0;
    if (good && refused) {
        results->refused++;
        world_remove_deployment(world, world->deployment_count - 1);
    } else if (good) {
        int64_t moves = world_apply(world, &input, plan);
        results->moves += moves;
        results->most_moves = moves > results->most_moves ? moves : results->most_moves;
        results->short_of += missing_some(&input, plan);
        if (sampled)
            good = world_check_again(world, complaint);
    }
    inf_plan_free(plan);
    world_input_fini(&input);
    return good;
}

/* The share of processors that run something, in percent. */
static double fullness(const struct world *world)
{
    double used = 0, all = 0;

    for (size_t i = 0; i < world->node_count; i++)
        all += world->nodes[i].processors;
    for (size_t i = 0; i < world->deployment_count; i++)
        for (size_t j = 0; j < world->deployments[i].share_count; j++)
            if (!world->deployments[i].low_priority)
                used += (double)world->deployments[i].shares[j].allocations *
                        world->deployments[i].threads;
    return all > 0 ? 100 * used / all : 0;
}

static void report(const struct world *world, struct results *results, int64_t seed)
{
    struct rusage usage;
    double first = results->plan_ms[0];

    getrusage(RUSAGE_SELF, &usage);
    qsort(results->plan_ms, results->plan_count, sizeof *results->plan_ms, by_value);
    printf("seed %lld: %zu plans; at the end %zu nodes, %zu deployments, processors %.1f %% full\n",
           (long long)seed, results->plan_count, world->node_count, world->deployment_count,
           fullness(world));
    printf(
        "one plan: first %.1f ms, median %.1f ms, largest %.1f ms; memory of the process %ld MB\n",
        first, results->plan_ms[results->plan_count / 2], results->plan_ms[results->plan_count - 1],
        usage.ru_maxrss / 1024);
    printf("allocations moved: %lld, at most %lld at once; deployments refused: %lld; plans that "
           "left something out: %lld\n",
           (long long)results->moves, (long long)results->most_moves, (long long)results->refused,
           (long long)results->short_of);
}

static int simulate(const struct settings *settings)
{
    struct world world;
    struct results results = {.plan_ms = inf_alloc((size_t)settings->events + 1, sizeof(double))};
    char complaint[WORLD_COMPLAINT] = "";
    bool good = true;

    world_init(&world, (uint64_t)settings->seed, &settings->size);
    for (int64_t event = 0; good && event <= settings->events; event++) {
        bool newcomer = event > 0 && world_change(&world);
        good = step(&world, newcomer, event % settings->sample == 0, &results, complaint);
        if (!good)
            fprintf(stderr, "seed %lld, event %lld (%s): %s\n", (long long)settings->seed,
                    (long long)event, world.event, complaint);
    }
    report(&world, &results, settings->seed);
    free(results.plan_ms);
    world_fini(&world);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int64_t read_number(const char *name, const char *text, int64_t least, int64_t most)
{
    int64_t value;

    if (inf_int_parse(text, &value) != 0 || value < least || value > most) {
        fprintf(stderr, "planner-sim: --%s [%s] is no number between %lld and %lld\n", name, text,
                (long long)least, (long long)most);
        exit(2);
    }
    return value;
}

int main(int argc, char **argv)
{
    enum { NODES, DEPLOYMENTS, EVENTS, ZONES, MODELS, MEMORY, GREEDY, SEED, SAMPLE, COUNT };
    static const struct option options[] = {
        {"nodes", required_argument, NULL, 0},  {"deployments", required_argument, NULL, 0},
        {"events", required_argument, NULL, 0}, {"zones", required_argument, NULL, 0},
        {"models", required_argument, NULL, 0}, {"memory", required_argument, NULL, 0},
        {"greedy", required_argument, NULL, 0}, {"seed", required_argument, NULL, 0},
        {"sample", required_argument, NULL, 0}, {0},
    };
    int64_t values[COUNT] = {
        [NODES] = 100,  [DEPLOYMENTS] = 50, [EVENTS] = 100, [ZONES] = 3, [MODELS] = 40,
        [MEMORY] = 100, [GREEDY] = 2,       [SEED] = 1,     [SAMPLE] = 1};
    static const int64_t least[COUNT] = {[MODELS] = 1, [MEMORY] = 1, [SAMPLE] = 1};
    int at, found;

    while ((found = getopt_long(argc, argv, "", options, &at)) == 0)
        values[at] = read_number(options[at].name, optarg, least[at], 10000000);
    if (found != -1)
        return 2; /* getopt_long has said why */
    if (optind < argc) {
        fprintf(stderr, "planner-sim: unknown argument [%s]\n", argv[optind]);
        return 2;
    }
    return simulate(&(struct settings){
        .size = {.nodes = (size_t)values[NODES],
                 .deployments = (size_t)values[DEPLOYMENTS],
                 .zones = (uint32_t)values[ZONES],
                 .models = (uint32_t)values[MODELS],
                 .memory = (int)values[MEMORY],
                 .greedy = (int)values[GREEDY]},
        .events = values[EVENTS],
        .seed = values[SEED],
        .sample = values[SAMPLE],
    });
}
