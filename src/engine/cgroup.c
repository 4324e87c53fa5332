/* Files of a cgroup2 file system: each is one write or one read. Paths are relative to the folder's
 * descriptor, so that they mean the same wherever the process is moved. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "cgroup.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define TEXT_MAX 4096
#define NAME_MAX_BYTES 64
#define LEAF "inferd"
#define WORKER "worker-"
/* More threads than any deployment has, and fewer than hurt the machine. */
#define PIDS_MAX "16384"

static int fail(char *reason, size_t reason_size, const char *what, const char *path)
{
    snprintf(reason, reason_size, "%s%s%s%s", what, path[0] != '\0' ? " [" : "", path,
             path[0] != '\0' ? "]" : "");
    return -1;
}

/* The beginning of a file as text; -1 with errno. */
static int read_text(int folder, const char *name, char text[TEXT_MAX])
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, TEXT_MAX - 1) : -1;

    if (fd >= 0)
        close(fd);
    if (got < 0)
        return -1;
    text[got] = '\0';
    return 0;
}

static int write_text(int folder, const char *name, const char *text)
{
    size_t length = strlen(text);
    int fd = openat(folder, name, O_WRONLY | O_CLOEXEC), saved = 0;
    ssize_t written = fd >= 0 ? write(fd, text, length) : -1;

    saved = errno;
    if (fd >= 0)
        close(fd);
    errno = saved;
    return written == (ssize_t)length ? 0 : -1;
}

static int write_pid(int folder, const char *name, pid_t pid)
{
    char text[NAME_MAX_BYTES];

    snprintf(text, sizeof text, "%d", (int)pid);
    return write_text(folder, name, text);
}

static bool has_word(const char *text, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = strstr(text, word); at != NULL; at = strstr(at + 1, word))
        if ((at == text || at[-1] == ' ') && strchr(" \n", at[length]) != NULL)
            return true;
    return false;
}

/* ---- begin ---- */

/* The path of the line "0::/path"; NULL when there is none. Changes the text. */
static char *own_path(char *text)
{
    char *line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");

    if (line == NULL)
        return NULL;
    line += line == text ? 3 : 4;
    line[strcspn(line, "\n")] = '\0';
    return line;
}

/* Given to this user, or marked so by the service manager. */
static bool is_delegated(int base)
{
    static const char *const marks[] = {"user.delegate", "trusted.delegate"};
    struct stat folder;
    char value[4];

    if (geteuid() != 0 && fstat(base, &folder) == 0 && folder.st_uid == geteuid())
        return true;
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++)
        if (fgetxattr(base, marks[i], value, sizeof value) == 1 && value[0] == '1')
            return true;
    return false;
}

static bool is_among(long pid, const pid_t *ours, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (ours[i] == pid)
            return true;
    return false;
}

static bool holds_only(int base, const pid_t *ours, size_t count)
{
    char text[TEXT_MAX], *at = text, *end = NULL;

    if (read_text(base, "cgroup.procs", text) != 0)
        return false;
    for (;;) {
        long pid = strtol(at, &end, 10);
        if (end == at)
            return true;
        if (!is_among(pid, ours, count))
            return false;
        at = end;
    }
}

static void move_back(int base, const pid_t *ours, size_t count)
{
    for (size_t i = 0; i < count; i++)
        (void)write_pid(base, "cgroup.procs", ours[i]);
    (void)unlinkat(base, LEAF, AT_REMOVEDIR);
}

static int move_into_leaf(int base, const pid_t *ours, size_t count)
{
    int saved = 0;

    if (mkdirat(base, LEAF, 0755) != 0 && errno != EEXIST)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (write_pid(base, LEAF "/cgroup.procs", ours[i]) != 0)
            goto fail;
    if (write_text(base, "cgroup.subtree_control", "+memory +pids") == 0)
        return 0;
fail:
    saved = errno;
    move_back(base, ours, count);
    errno = saved;
    return -1;
}

/* What a zygote left behind that was killed. */
static void remove_leftovers(int base)
{
    int copy = openat(base, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = copy >= 0 ? fdopendir(copy) : NULL;
    struct dirent *entry = NULL;

    if (folder == NULL) {
        if (copy >= 0)
            close(copy);
        return;
    }
    while ((entry = readdir(folder)) != NULL)
        if (strncmp(entry->d_name, WORKER, sizeof WORKER - 1) == 0)
            (void)unlinkat(base, entry->d_name, AT_REMOVEDIR);
    closedir(folder);
}

static int take(int base, const char *path, const pid_t *ours, size_t count, char *reason,
                size_t reason_size)
{
    char text[TEXT_MAX];

    if (read_text(base, "cgroup.controllers", text) != 0 || !has_word(text, "memory") ||
        !has_word(text, "pids"))
        return fail(reason, reason_size, "no controllers of memory and pids in its control group",
                    path);
    if (!is_delegated(base))
        return fail(reason, reason_size, "not delegated to it: its control group", path);
    if (!holds_only(base, ours, count))
        return fail(reason, reason_size, "other processes are in its control group", path);
    if (move_into_leaf(base, ours, count) != 0)
        return fail(reason, reason_size, strerror(errno), path);
    return 0;
}

/* Cuts the leaf off the path, when that is where this process is and its parent has limits for its
 * children. */
static bool was_taken(int mount, char *path)
{
    char text[TEXT_MAX], name[TEXT_MAX + NAME_MAX_BYTES];
    size_t length = strlen(path), leaf = sizeof "/" LEAF - 1;

    if (length <= leaf || strcmp(path + length - leaf, "/" LEAF) != 0)
        return false;
    snprintf(name, sizeof name, ".%.*s/cgroup.subtree_control", (int)(length - leaf), path);
    if (read_text(mount, name, text) != 0 || !has_word(text, "memory") || !has_word(text, "pids"))
        return false;
    path[length - leaf] = '\0';
    return true;
}

int inf_cgroups_begin(struct inf_cgroups *groups, const char *mount, const char *self,
                      const pid_t *ours, size_t count, char *reason, size_t reason_size)
{
    char text[TEXT_MAX], name[TEXT_MAX + 1], *path = NULL;
    int top = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC), base = -1, rc = -1;
    bool taken = false;

    groups->base = -1;
    if (top < 0 || read_text(AT_FDCWD, self, text) != 0 || (path = own_path(text)) == NULL) {
        fail(reason, reason_size, "no control groups of version 2 at", mount);
        goto out;
    }
    taken = was_taken(top, path);
    snprintf(name, sizeof name, ".%s", path);
    base = openat(top, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (base < 0) {
        fail(reason, reason_size, "not to be seen: its control group", path);
        goto out;
    }
    rc = taken ? 0 : take(base, path, ours, count, reason, reason_size);
    if (rc == 0) {
        remove_leftovers(base);
        groups->base = base;
        base = -1;
    }
out:
    if (top >= 0)
        close(top);
    if (base >= 0)
        close(base);
    return rc;
}

/* ---- a worker ---- */

static void name_file(char name[NAME_MAX_BYTES], uint64_t worker, const char *file)
{
    snprintf(name, NAME_MAX_BYTES, WORKER "%llu%s", (unsigned long long)worker, file);
}

int inf_cgroups_limit(const struct inf_cgroups *groups, uint64_t worker, int64_t memory_limit)
{
    char name[NAME_MAX_BYTES], bytes[NAME_MAX_BYTES] = "max";

    if (groups->base < 0) {
        errno = ENOENT;
        return -1;
    }
    if (memory_limit > 0)
        snprintf(bytes, sizeof bytes, "%lld", (long long)memory_limit);
    name_file(name, worker, "/memory.max");
    return write_text(groups->base, name, bytes);
}

int inf_cgroups_add(const struct inf_cgroups *groups, uint64_t worker, pid_t pid,
                    int64_t memory_limit)
{
    char name[NAME_MAX_BYTES];
    int saved = 0;

    name_file(name, worker, "");
    if (groups->base < 0 || (mkdirat(groups->base, name, 0755) != 0 && errno != EEXIST))
        return -1;
    if (inf_cgroups_limit(groups, worker, memory_limit) != 0)
        goto fail;
    name_file(name, worker, "/memory.swap.max"); /* not there where the kernel does not swap */
    if (write_text(groups->base, name, "0") != 0 && errno != ENOENT)
        goto fail;
    name_file(name, worker, "/pids.max");
    if (write_text(groups->base, name, PIDS_MAX) != 0)
        goto fail;
    name_file(name, worker, "/cgroup.procs");
    if (write_pid(groups->base, name, pid) == 0)
        return 0;
fail:
    saved = errno;
    inf_cgroups_remove(groups, worker);
    errno = saved;
    return -1;
}

void inf_cgroups_remove(const struct inf_cgroups *groups, uint64_t worker)
{
    char name[NAME_MAX_BYTES];

    name_file(name, worker, "");
    if (groups->base >= 0)
        (void)unlinkat(groups->base, name, AT_REMOVEDIR);
}

void inf_cgroups_end(struct inf_cgroups *groups)
{
    if (groups->base >= 0)
        close(groups->base);
    groups->base = -1;
}
