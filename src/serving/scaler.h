/* scaler.h - how many allocations a deployment's load calls for (compatibility 9.7): pure.
 *
 * Every interval it is told what arrived and what that cost. The rate of documents and the time of
 * one go through a Kalman filter each, so that noise moves nothing and a change of the traffic is
 * followed within an interval or two. Their product is the load: the number of allocations that
 * are busy all the time. More are taken when even a low estimate of the load keeps those that are
 * there busier than 90 %, fewer are left when even a high estimate would keep the rest below 85 %;
 * the gap between the two is why it does not swing.
 *
 * Beyond Elasticsearch it looks at deadlines: when the waiting documents take longer than their
 * requests have time left, there are as many allocations as end them in time.
 *
 * Thread: any; times are arguments. Owns: nothing. Bound: O(allocations) a decision. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_SERVING_SCALER_H
#define INFERD_SERVING_SCALER_H

#include <stdbool.h>
#include <stdint.h>

#define INF_SCALER_MAXIMUM 32 /* allocations where the settings have no upper bound */

/* The mean of something measured again and again, and how far to trust it. */
struct inf_kalman {
    double value, variance;
    bool known; /* was anything measured at all? */
};

struct inf_scaler {
    struct inf_kalman rate;       /* documents a second */
    struct inf_kalman time;       /* seconds a document */
    bool changed;                 /* the allocations, since the last sample */
    double sampled_s, requests_s; /* when the last sample came, and the last one with a request */
    double quiet_until_s;         /* before that nothing is taken away */
    int64_t pending;              /* of the last sample */
    double left_s;                /* likewise */
};

/* What happened since the sample before. */
struct inf_scaler_sample {
    int64_t documents; /* that arrived, be they answered, failed or pending */
    int64_t answered;
    double busy_s;   /* seconds that allocations were occupied with the answers */
    int64_t pending; /* documents not answered yet, now */
    double left_s;   /* time that their requests have left, on average; INFINITY: no deadlines */
};

struct inf_scaler_limits {
    int minimum, maximum; /* -1: unset */
    double scale_to_zero_s;
};

enum inf_scaler_why {
    INF_SCALER_KEEP,
    INF_SCALER_LOAD,      /* up or down */
    INF_SCALER_DEADLINES, /* up */
    INF_SCALER_IDLE,      /* to zero */
    INF_SCALER_BOUNDS     /* of the settings */
};

struct inf_scaler_decision {
    int allocations;
    enum inf_scaler_why why; /* KEEP: allocations is what it was */
    double load_lower, load_upper;
};

/* Nothing is known yet. */
void inf_scaler_init(struct inf_scaler *scaler);
/* The deployment answers from now on: measuring begins, or goes on after a pause, and until
 * quiet_until_s nothing is taken away. now_s: seconds of any clock that never goes back; the same
 * one in all calls. */
void inf_scaler_start(struct inf_scaler *scaler, double now_s, double quiet_until_s);
void inf_scaler_add(struct inf_scaler *scaler, double now_s,
                    const struct inf_scaler_sample *sample);
/* How many there should be, now that there are `allocations`. Takes none away within a cool-down,
 * but to keep an upper bound. 0 stays 0: who comes first asks for more by coming. */
void inf_scaler_decide(const struct inf_scaler *scaler, double now_s, int allocations,
                       const struct inf_scaler_limits *limits, struct inf_scaler_decision *ret);
/* There is another number of allocations, so that what was measured before counts less. */
void inf_scaler_changed(struct inf_scaler *scaler);
/* There are more of them: nothing is taken away until then. */
void inf_scaler_cool_down(struct inf_scaler *scaler, double quiet_until_s);
const char *inf_scaler_why_name(enum inf_scaler_why why); /* "load", for the log */

#endif
