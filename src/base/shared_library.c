/* shared_library.c - dlopen and dlsym. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "inferd/shared_library.h"

#include <dlfcn.h>
#include <string.h>

/* A function's address as the object pointer that dlsym gives, which POSIX allows and C does not.
 */
static bool find(void *handle, const struct inf_library_function *function)
{
    void *address = dlsym(handle, function->name);

    memcpy(function->pointer, &address, sizeof address);
    return address != NULL;
}

bool inf_library_load(const char *const *files, const struct inf_library_function *functions,
                      size_t count)
{
    void *handle = NULL;
    bool loaded;

    for (; handle == NULL && *files != NULL; files++)
        handle = dlopen(*files, RTLD_NOW | RTLD_LOCAL);
    loaded = handle != NULL;
    for (size_t i = 0; loaded && i < count; i++)
        loaded = find(handle, &functions[i]);
    return loaded;
}
