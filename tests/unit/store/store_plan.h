/* store_plan.h - what the kill test's two sides agree on: commands, their effects, and contents.
 *
 * A slot is one model and what hangs on it. Contents are functions of slot, generation and part, so
 * that the side that checks needs no copy of what the other side sent. */
/* SPDX-License-Identifier: Apache-2.0 */
#ifndef INFERD_TEST_STORE_PLAN_H
#define INFERD_TEST_STORE_PLAN_H

#include "store_fixture.h"

#define SLOTS 6 /* models worked on at the same time */
#define PARTS 3
#define PART_MAX 100000

enum command {
    PUT_MODEL,
    PUT_PART,
    PUT_VOCABULARY,
    PUT_DEPLOYMENT,
    DELETE_DEPLOYMENT,
    PUT_OBJECT,
    DELETE_OBJECT,
    DELETE_MODEL,
    COMMAND_COUNT
};

struct record {
    char what; /* '?' about to be sent, '!' acknowledged, 'x' failed, which must not happen */
    uint8_t slot;
    uint8_t command;
    uint8_t part;
    uint32_t value; /* a model's generation, a deployment's parameter, an object's text */
};

struct slot {
    bool exists;
    uint32_t generation;
    unsigned parts; /* bit mask */
    bool vocabulary;
    uint32_t deployment; /* its parameter; 0: none */
    uint32_t object;     /* its text's value; 0: none */
};

static inline uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static inline void apply(struct slot *slot, const struct record *record)
{
    switch ((enum command)record->command) {
    case PUT_MODEL:
        *slot = (struct slot){.exists = true, .generation = record->value};
        break;
    case PUT_PART:
        slot->parts |= 1u << record->part;
        break;
    case PUT_VOCABULARY:
        slot->vocabulary = true;
        break;
    case PUT_DEPLOYMENT:
        slot->deployment = record->value;
        break;
    case DELETE_DEPLOYMENT:
        slot->deployment = 0;
        break;
    case PUT_OBJECT:
        slot->object = record->value;
        break;
    case DELETE_OBJECT:
        slot->object = 0;
        break;
    case DELETE_MODEL:
        *slot = (struct slot){.generation = slot->generation};
        break;
    case COMMAND_COUNT:
        break;
    }
}

/* ---- contents, a function of slot, generation and part ---- */

static inline const char *model_id(int slot)
{
    static char id[24];
    snprintf(id, sizeof id, "model-%d", slot);
    return id;
}

static inline const char *object_id(int slot)
{
    static char id[24];
    snprintf(id, sizeof id, "of-model-%d", slot);
    return id;
}

static inline size_t part_content(int slot, uint32_t generation, int part, unsigned char *content)
{
    uint64_t state = ((uint64_t)generation << 16 | (uint64_t)(slot << 8) | (uint64_t)part) + 1;
    for (int i = 0; i < 8; i++) {
        next_random(&state);
    }
    size_t length = 1 + next_random(&state) % PART_MAX;
    for (size_t i = 0; i < length; i++) {
        content[i] = (unsigned char)((state >> (i % 7)) + i);
    }
    return length;
}

/* The whole definition; *content is malloc'ed. */
static inline size_t definition_content(int slot, uint32_t generation, unsigned char **content)
{
    size_t length = 0;
    *content = malloc(PARTS * PART_MAX);
    assert_non_null(*content);
    for (int part = 0; part < PARTS; part++) {
        length += part_content(slot, generation, part, *content + length);
    }
    return length;
}

static inline void text_content(int slot, uint32_t value, char text[64])
{
    snprintf(text, 64, "{\"slot\":%d,\"value\":%u}", slot, value);
}

#endif
