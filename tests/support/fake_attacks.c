/* Attacks of the fake engine: on files, processes, memory and time. Calls are made past the C
 * library where that would hide what the kernel is asked. */
/* SPDX-License-Identifier: Apache-2.0 */
#include "fake_attacks.h"
#include "inferd/frame.h"
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define NEIGHBOURS 64 /* pids below our own: zygote, daemon and siblings are among them */
#define STEP ((size_t)16 << 20)

static int told(char *reason, size_t size)
{
    snprintf(reason, size, "%s", strerror(errno));
    return -1;
}

/* Each returns -1 with errno when it was told no. */
typedef long deed(void);

/* ---- files and the network ---- */

static long read_file(void)
{
    char secret[64];
    int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);

    return fd < 0 ? -1 : read(fd, secret, sizeof secret);
}

static long read_memory_map(void)
{
    return open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
}

static long read_environment(void)
{
    return open("/proc/self/environ", O_RDONLY | O_CLOEXEC);
}

static long write_file(void)
{
    return open("attacked", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static long write_temporary(void)
{
    return open("/dev/shm/attacked", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
}

static long remove_file(void)
{
    return unlink("/etc/hostname");
}

static long list_folder(void)
{
    return open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

static long look_at_file(void)
{
    struct stat found;

    return stat("/etc/passwd", &found);
}

static long connect_inet(void)
{
    return socket(AF_INET, SOCK_STREAM, 0);
}

static long connect_unix(void)
{
    return socket(AF_UNIX, SOCK_STREAM, 0);
}

static long connect_netlink(void)
{
    return socket(AF_NETLINK, SOCK_RAW, 0);
}

static long write_foreign_memory(void)
{
    char path[64];
    int fd = -1;

    for (int i = 1; i < NEIGHBOURS && fd < 0; i++) {
        snprintf(path, sizeof path, "/proc/%d/mem", (int)getpid() - i);
        fd = open(path, O_RDWR | O_CLOEXEC);
    }
    return fd;
}

/* ---- processes: none of these returns in a cage ---- */

static long run_program(void)
{
    static char name[] = "/bin/sh";
    char *args[] = {name, NULL};

    return syscall(SYS_execve, name, args, NULL);
}

static long run_program_at(void)
{
    return syscall(SYS_execveat, AT_FDCWD, "/bin/sh", NULL, NULL, 0);
}

/* With the raw call: a fork's child must not run the C library's handlers. */
static long make_process(void)
{
    return syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);
}

static long make_sharing_process(void)
{
    return syscall(SYS_clone, CLONE_VM | CLONE_FILES | SIGCHLD, malloc(65536), NULL, NULL, 0);
}

#ifdef __x86_64__
static long make_fork(void)
{
    return syscall(SYS_fork);
}

static long make_vfork(void)
{
    return syscall(SYS_vfork);
}

static long call_32_bit(void)
{
    long rc = 37; /* kill, there */

    __asm__ volatile("int $0x80"
                     : "+a"(rc)
                     : "b"(-1L), "c"((long)SIGKILL), "d"(0L)
                     : "memory", "r8", "r9", "r10", "r11");
    return rc;
}

static long call_x32(void)
{
    return syscall(0x40000000L | SYS_getpid);
}
#endif

static long trace_parent(void)
{
    return ptrace(PTRACE_ATTACH, getpid() - 1, NULL, NULL);
}

static long kill_neighbours(void)
{
    for (int i = 1; i < NEIGHBOURS; i++)
        (void)syscall(SYS_kill, getpid() - i, SIGKILL);
    return 0;
}

static long kill_all(void)
{
    return syscall(SYS_kill, -1, SIGKILL);
}

static long kill_group(void)
{
    return syscall(SYS_kill, 0, SIGKILL);
}

static long kill_thread_of_neighbour(void)
{
    return syscall(SYS_tgkill, getpid() - 1, getpid() - 1, SIGKILL);
}

static long ask_for_parent(void)
{
    return syscall(SYS_getppid);
}

static long write_parents_memory(void)
{
    char byte = 0;
    struct iovec from = {&byte, 1}, to = {(void *)0x400000, 1};

    return process_vm_writev(getpid() - 1, &from, 1, &to, 1, 0);
}

static long lift_limits(void)
{
    return prlimit(getpid(), RLIMIT_DATA, &(struct rlimit){RLIM_INFINITY, RLIM_INFINITY}, NULL);
}

static long open_to_debuggers(void)
{
    return syscall(SYS_prctl, 4 /* PR_SET_DUMPABLE */, 1, 0, 0, 0);
}

static long ring(void)
{
    return syscall(425 /* io_uring_setup */, 8, NULL);
}

/* ---- memory and the processor ---- */

static void touch(char *memory, size_t size)
{
    for (size_t i = 0; i < size; i += 4096)
        ((volatile char *)memory)[i] = 1;
}

static long take_memory_at_once(void)
{
    size_t size = (size_t)64 << 30;
    char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (memory == MAP_FAILED)
        return -1;
    touch(memory, size);
    return 0;
}

static void pause_ms(long ms)
{
    struct timespec time = {ms / 1000, ms % 1000 * 1000000};

    nanosleep(&time, NULL);
}

static _Noreturn void leak_for_ever(void)
{
    for (;;) {
        char *memory = malloc(STEP);
        if (memory != NULL)
            touch(memory, STEP);
        pause_ms(5);
    }
}

static long take_memory_slowly(void)
{
    leak_for_ever();
}

static volatile uint64_t counted;

static _Noreturn void compute_for_ever(void)
{
    for (;;)
        counted = counted * 6364136223846793005u + 1;
}

static long spin(void)
{
    compute_for_ever();
}

static void *spin_behind(void *arg)
{
    (void)arg;
    compute_for_ever();
}

static long leave_a_thread(void)
{
    pthread_t thread;

    return pthread_create(&thread, NULL, spin_behind, NULL) == 0 ? 0 : -1;
}

static _Noreturn void rest(void)
{
    for (;;)
        pause_ms(1000);
}

static long sleep_for_ever(void)
{
    rest();
}

/* ---- crashes ---- */

static int deeper(int depth)
{
    volatile char room[512];

    room[0] = (char)depth;
    return depth < 0 ? 0 : deeper(depth + 1) + room[0];
}

static long recurse(void)
{
    return deeper(1);
}

static long fault(void)
{
    static volatile uintptr_t nowhere = 8;

    *(volatile int *)nowhere = 1;
    return 0;
}

static long give_up(void)
{
    abort();
}

static long leave(void)
{
    _exit(3);
}

static long leave_well(void)
{
    _exit(0);
}

/* The processor's word is wanted, not a sanitizer's. */
__attribute__((no_sanitize("undefined"))) static long divide(void)
{
    volatile int zero = 0, seven = 7;

    return seven / zero;
}

/* ---- the table ---- */

static const struct {
    const char *name;
    deed *deed;
} deeds[] = {{"read_file", read_file},
             {"read_memory_map", read_memory_map},
             {"read_environment", read_environment},
             {"write_file", write_file},
             {"write_temporary", write_temporary},
             {"remove_file", remove_file},
             {"list_folder", list_folder},
             {"look_at_file", look_at_file},
             {"connect_inet", connect_inet},
             {"connect_unix", connect_unix},
             {"connect_netlink", connect_netlink},
             {"write_foreign_memory", write_foreign_memory},
             {"run_program", run_program},
             {"run_program_at", run_program_at},
             {"make_process", make_process},
             {"make_sharing_process", make_sharing_process},
#ifdef __x86_64__
             {"make_fork", make_fork},
             {"make_vfork", make_vfork},
             {"call_32_bit", call_32_bit},
             {"call_x32", call_x32},
#endif
             {"trace_parent", trace_parent},
             {"kill_neighbours", kill_neighbours},
             {"kill_all", kill_all},
             {"kill_group", kill_group},
             {"kill_thread_of_neighbour", kill_thread_of_neighbour},
             {"ask_for_parent", ask_for_parent},
             {"write_parents_memory", write_parents_memory},
             {"lift_limits", lift_limits},
             {"open_to_debuggers", open_to_debuggers},
             {"ring", ring},
             {"take_memory_at_once", take_memory_at_once},
             {"take_memory_slowly", take_memory_slowly},
             {"spin", spin},
             {"leave_a_thread", leave_a_thread},
             {"sleep_for_ever", sleep_for_ever},
             {"recurse", recurse},
             {"fault", fault},
             {"give_up", give_up},
             {"leave", leave},
             {"leave_well", leave_well},
             {"divide", divide}};

#define FORGERY_ROW(name, function) {name, function},
static const struct {
    const char *name;
    fake_forgery *forgery;
} forgeries[] = {FAKE_FORGERIES(FORGERY_ROW)};

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* A failure whose words are not for a terminal, nor valid UTF-8, nor on one line. */
static const char bad_words[] = "\x1b[2J\x1b]0;owned\a\xff\xc0\xaf\r\nsecond line\xe2\x80\xae.";

bool fake_attack_is_known(const char *name)
{
    for (size_t i = 0; i < COUNT(deeds); i++)
        if (strcmp(deeds[i].name, name) == 0)
            return true;
    for (size_t i = 0; i < COUNT(forgeries); i++)
        if (strcmp(forgeries[i].name, name) == 0)
            return true;
    return strcmp(name, "say_bad_words") == 0;
}

int fake_attack(const char *name, size_t job_length, char *reason, size_t reason_size)
{
    for (size_t i = 0; i < COUNT(deeds); i++)
        if (strcmp(deeds[i].name, name) == 0)
            return deeds[i].deed() < 0 ? told(reason, reason_size) : 0;
    for (size_t i = 0; i < COUNT(forgeries); i++)
        if (strcmp(forgeries[i].name, name) == 0)
            return forgeries[i].forgery(job_length);
    snprintf(reason, reason_size, "%s", bad_words);
    return -1;
}
