/* raw_loop.c - what the engine does with nothing around it: the yardstick for the served figures.
 *
 * Loads a model by engine.h, as a worker does, and lets THREADS threads run the same texts one by
 * one for SECONDS. Prints one line of JSON.
 *
 * Usage: raw_loop MODEL.pt IDS THREADS SECONDS
 * IDS is a binary file of int32: for each text its number of tokens, then its token ids. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/engine.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MAX_TEXTS 4096
#define MAX_THREADS 64
#define TENSORS 4 /* ids, mask, types, positions */
#define WARM_UP 3

/* One text's inputs as inf_engine_forward takes them. */
struct text {
    int32_t *data;
    int length;
};

static struct {
    struct inf_engine_model *model;
    struct text texts[MAX_TEXTS];
    size_t text_count;
    atomic_size_t next; /* texts are taken in order by whichever thread is free */
    atomic_size_t done;
    atomic_bool stop;
    pthread_barrier_t warm;
} loop;

static void die(const char *what, const char *why)
{
    fprintf(stderr, "raw_loop: %s: %s\n", what, why);
    exit(EXIT_FAILURE);
}

static void forward(const struct text *text)
{
    struct inf_engine_output output;
    char reason[INF_ENGINE_REASON];
    const struct inf_engine_input input = {text->data, TENSORS, 1, text->length, 1};

    if (inf_engine_forward(loop.model, &input, &output, reason, sizeof reason) != 0)
        die("forward", reason);
    inf_engine_output_free(&output);
}

static void *run(void *arg)
{
    (void)arg;
    inf_engine_thread_init(1);
    for (int i = 0; i < WARM_UP; i++)
        forward(&loop.texts[0]);
    pthread_barrier_wait(&loop.warm);
    while (!atomic_load(&loop.stop)) {
        forward(&loop.texts[atomic_fetch_add(&loop.next, 1) % loop.text_count]);
        atomic_fetch_add(&loop.done, 1);
    }
    return NULL;
}

static void add_text(const int32_t *ids, int length)
{
    size_t row = (size_t)length;
    struct text *text = &loop.texts[loop.text_count++];

    text->length = length;
    text->data = calloc(TENSORS * row, sizeof *text->data);
    if (text->data == NULL)
        die("texts", "no memory");
    memcpy(text->data, ids, row * sizeof *ids);
    for (size_t i = 0; i < row; i++) {
        text->data[row + i] = 1;
        text->data[3 * row + i] = (int32_t)i;
    }
}

static void read_texts(const char *path)
{
    static int32_t ids[1 << 16];
    int32_t length;
    FILE *file = fopen(path, "rb");

    if (file == NULL)
        die(path, "cannot be opened");
    while (loop.text_count < MAX_TEXTS && fread(&length, sizeof length, 1, file) == 1) {
        if (length < 1 || length > (1 << 16) ||
            fread(ids, sizeof *ids, (size_t)length, file) != (size_t)length)
            die(path, "is no file of token ids");
        add_text(ids, length);
    }
    fclose(file);
    if (loop.text_count == 0)
        die(path, "has no texts");
}

static void load(const char *path)
{
    struct stat status;
    char reason[INF_ENGINE_REASON];
    struct inf_engine_source source = {.fd = open(path, O_RDONLY | O_CLOEXEC)};

    if (source.fd < 0 || fstat(source.fd, &status) != 0)
        die(path, "cannot be opened");
    source.size_bytes = status.st_size;
    inf_engine_after_fork(); /* as in a worker: before any other thread */
    if (inf_engine_load(&source, &loop.model, reason, sizeof reason) != 0)
        die(path, reason);
    close(source.fd);
}

static double seconds_since(const struct timespec *start)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)(now.tv_sec - start->tv_sec) + (double)(now.tv_nsec - start->tv_nsec) / 1e9;
}

static double cpu_seconds(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void measure(int thread_count, int seconds)
{
    pthread_t threads[MAX_THREADS];
    struct timespec start;
    double wall, cpu;

    pthread_barrier_init(&loop.warm, NULL, (unsigned)thread_count + 1);
    for (int i = 0; i < thread_count; i++)
        if (pthread_create(&threads[i], NULL, run, NULL) != 0)
            die("threads", "cannot be made");
    pthread_barrier_wait(&loop.warm);
    clock_gettime(CLOCK_MONOTONIC, &start);
    cpu = cpu_seconds();
    sleep((unsigned)seconds);
    atomic_store(&loop.stop, true);
    size_t done = atomic_load(&loop.done);
    wall = seconds_since(&start);
    cpu = cpu_seconds() - cpu;
    for (int i = 0; i < thread_count; i++)
        pthread_join(threads[i], NULL);
    printf("{\"sequences_per_second\": %.3f, \"cpu_seconds\": %.3f, \"wall_seconds\": %.3f}\n",
           (double)done / wall, cpu, wall);
}

static int number(const char *text, int most)
{
    char *end = NULL;
    long value = strtol(text, &end, 10);

    if (end == text || *end != '\0' || value < 1 || value > most)
        die(text, "is not a number in range");
    return (int)value;
}

int main(int argc, char **argv)
{
    char reason[INF_ENGINE_REASON];

    if (argc != 5)
        die("usage", "raw_loop MODEL.pt IDS THREADS SECONDS");
    if (inf_engine_init(reason, sizeof reason) != 0)
        die("engine", reason);
    read_texts(argv[2]);
    load(argv[1]);
    measure(number(argv[3], MAX_THREADS), number(argv[4], 3600));
    return EXIT_SUCCESS;
}
