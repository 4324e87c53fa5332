/* fake_model.h - a model of the fake engine: what its text says (fake_engine.c), as plain data but
 * for the memory that it fills. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_FAKE_MODEL_H
#define INFERD_FAKE_MODEL_H

#define MAX_OPERATIONS 8

struct inf_engine_model {
    int dim, rank, dtype;
    int inspect_crash, inspect_spin;
    int operation_count;
    char operations[MAX_OPERATIONS][64];
    int together_ms, mixes, one_row, counts_padding;
    int sleep_ms, busy_ms, load_sleep_ms, load_mb, allocation_mb, hang_ms;
    int throw_id, crash_id, hang_id, alloc_id, open_id, kill_id, leak_id, attack_id;
    int packs, wrong_id;
    int is_packed; /* it came out of a proof (fake_proof.c) */
    int is_kept;   /* ... that was kept */
    void *weights; /* of load_mb */
    char throw_text[256];
    char load_fail[256];
    char attack[32], load_attack[32];
    double value; /* of every number of the answer, unless it is 0 */
};

#endif
