/* Two Kalman filters and a few rules. The filters know no dynamics but one: where the allocations
 * have changed, or more or less arrives than chance explains, the past hardly counts. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "scaler.h"
#include <math.h>

#define SCALE_UP_ABOVE 0.9
#define SCALE_DOWN_BELOW 0.85
#define SMOOTHING 100.0    /* measurements that have an effect on an estimate */
#define SURPRISE_SIGMAS 10 /* a measurement so far off is another traffic, no noise */
/* An allocation that is new now helps nobody who gives up before that. */
#define SHORTEST_LEFT_S 1.0
#define SHORTEST_TIME_S \
    1e-6          /* so that a time of zero (cached answers) can still be believed less */
#define MOST 4096 /* allocations, whatever the load */

/* ---- one filter ---- */

/* restart: the past hardly counts. */
static void kalman_add(struct inf_kalman *kalman, double measured, double variance, bool restart)
{
    double off = measured - kalman->value;
    double prior = kalman->variance + (restart ? off * off : variance / SMOOTHING);
    double gain = prior / (prior + variance);

    if (!kalman->known) {
        *kalman = (struct inf_kalman){measured, variance, true};
        return;
    }
    kalman->value += gain * off;
    kalman->variance = (1 - gain) * prior;
}

static double lower(const struct inf_kalman *kalman)
{
    double value = kalman->value - sqrt(kalman->variance);

    return value > 0 ? value : 0;
}

static double upper(const struct inf_kalman *kalman)
{
    return kalman->value + sqrt(kalman->variance);
}

/* ---- measuring ---- */

void inf_scaler_init(struct inf_scaler *scaler)
{
    *scaler = (struct inf_scaler){.left_s = INFINITY};
}

void inf_scaler_start(struct inf_scaler *scaler, double now_s, double quiet_until_s)
{
    scaler->sampled_s = scaler->requests_s = now_s;
    scaler->quiet_until_s = quiet_until_s;
}

/* Arrivals are taken for a Poisson process: the variance of a count is its mean. The estimated mean
 * counts, as the measured one would favour low counts; below one document nothing is known. */
static void add_rate(struct inf_scaler *scaler, double interval_s, int64_t documents)
{
    const struct inf_kalman *known = &scaler->rate;
    double rate = (double)documents / interval_s;
    double expected = (known->known ? known->value : rate) * interval_s;
    double variance = fmax(1.0, expected) / (interval_s * interval_s);
    bool another = fabs(rate - known->value) > SURPRISE_SIGMAS * sqrt(known->variance + variance);

    kalman_add(&scaler->rate, rate, variance, another || scaler->changed);
}

/* How inference times spread is not known; a deviation as large as the mean is assumed. A long one
 * is no sign of another traffic. */
static void add_time(struct inf_scaler *scaler, double busy_s, int64_t answered)
{
    double each = busy_s / (double)answered;
    double expected = scaler->time.known ? scaler->time.value : each;
    double variance = expected * expected / (double)answered;

    kalman_add(&scaler->time, each, fmax(variance, SHORTEST_TIME_S * SHORTEST_TIME_S),
               scaler->changed);
}

void inf_scaler_add(struct inf_scaler *scaler, double now_s, const struct inf_scaler_sample *sample)
{
    double interval_s = now_s - scaler->sampled_s;

    if (interval_s <= 0)
        return;
    scaler->sampled_s = now_s;
    if (sample->documents > 0 || sample->pending > 0)
        scaler->requests_s = now_s;
    add_rate(scaler, interval_s, sample->documents);
    if (sample->answered > 0)
        add_time(scaler, sample->busy_s, sample->answered);
    scaler->changed = false;
    scaler->pending = sample->pending;
    scaler->left_s = sample->left_s;
}

void inf_scaler_changed(struct inf_scaler *scaler)
{
    scaler->changed = true;
}

void inf_scaler_cool_down(struct inf_scaler *scaler, double quiet_until_s)
{
    scaler->quiet_until_s = quiet_until_s;
}

/* ---- deciding ---- */

static int for_load(int allocations, const struct inf_scaler_decision *load)
{
    while (allocations < MOST && load->load_lower / allocations > SCALE_UP_ABOVE)
        allocations++;
    while (allocations > 1 && load->load_upper / (allocations - 1) < SCALE_DOWN_BELOW)
        allocations--;
    return allocations;
}

/* As many as end what is pending before its deadlines. */
static int for_deadlines(const struct inf_scaler *scaler)
{
    double work_s = (double)scaler->pending * scaler->time.value;

    return (int)fmin(ceil(work_s / fmax(scaler->left_s, SHORTEST_LEFT_S)), MOST);
}

static int clamp(int allocations, const struct inf_scaler_limits *limits)
{
    if (limits->maximum < 0 && allocations > INF_SCALER_MAXIMUM)
        allocations = INF_SCALER_MAXIMUM;
    if (allocations < limits->minimum)
        allocations = limits->minimum;
    if (limits->maximum >= 0 && allocations > limits->maximum)
        allocations = limits->maximum;
    return allocations;
}

/* What the load calls for, without bounds and without a cool-down. */
static int wanted(const struct inf_scaler *scaler, double now_s, int allocations,
                  const struct inf_scaler_limits *limits, struct inf_scaler_decision *ret)
{
    int by_load = allocations, by_deadlines = 0;

    if (allocations == 0)
        return 0;
    ret->why = INF_SCALER_IDLE;
    if (now_s - scaler->requests_s > limits->scale_to_zero_s)
        return 0; /* or the lower bound */
    ret->why = INF_SCALER_LOAD;
    if (!scaler->rate.known || (!scaler->time.known && scaler->pending > 0))
        return allocations; /* there is work, and what it costs is not known yet */
    by_load = for_load(allocations, ret);
    by_deadlines = for_deadlines(scaler);
    if (by_deadlines <= by_load)
        return by_load;
    ret->why = INF_SCALER_DEADLINES;
    return by_deadlines;
}

void inf_scaler_decide(const struct inf_scaler *scaler, double now_s, int allocations,
                       const struct inf_scaler_limits *limits, struct inf_scaler_decision *ret)
{
    int goal = 0;

    *ret = (struct inf_scaler_decision){
        .load_lower = lower(&scaler->rate) * lower(&scaler->time),
        .load_upper = upper(&scaler->rate) * upper(&scaler->time),
    };
    goal = wanted(scaler, now_s, allocations, limits, ret);
    if (goal < allocations && now_s < scaler->quiet_until_s)
        goal = allocations;
    ret->allocations = clamp(goal, limits);
    if (ret->allocations == allocations)
        ret->why = INF_SCALER_KEEP;
    else if (ret->allocations > allocations ? goal <= allocations : goal >= allocations)
        ret->why = INF_SCALER_BOUNDS;
}

const char *inf_scaler_why_name(enum inf_scaler_why why)
{
    static const char *const names[] = {[INF_SCALER_KEEP] = "nothing",
                                        [INF_SCALER_LOAD] = "load",
                                        [INF_SCALER_DEADLINES] = "deadlines",
                                        [INF_SCALER_IDLE] = "no requests",
                                        [INF_SCALER_BOUNDS] = "bounds of the settings"};

    return names[why];
}
