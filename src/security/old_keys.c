/* Keys that expired or were made invalid are kept for a week, so that one can still see what they
 * were; after that they only take room. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "security_state.h"

#define KEPT_MS (INT64_C(7) * 24 * 3600 * 1000)

enum { AT_A_TIME = 8 };

static bool is_old(const struct inf_object *object, int64_t now_ms)
{
    struct inf_api_key key;
    bool old;

    if (inf_api_key_read(object, &key) != 0)
        return false;
    old = !inf_api_key_active(&key, now_ms - KEPT_MS) &&
          (key.invalidation_ms == 0 || key.invalidation_ms < now_ms - KEPT_MS);
    inf_api_key_free(&key);
    return old;
}

void inf_security_remove_old_keys(struct inf_security *security, struct inf_change *change,
                                  int64_t now_ms)
{
    size_t count = inf_store_object_count(security->store, INF_OBJECT_API_KEY);

    for (int i = 0; i < AT_A_TIME && count > 0; i++) {
        const struct inf_object *object =
            inf_store_object_at(security->store, INF_OBJECT_API_KEY, security->next_key++ % count);

        if (is_old(object, now_ms))
            inf_change_delete(change, INF_OBJECT_API_KEY, object->id);
    }
}
