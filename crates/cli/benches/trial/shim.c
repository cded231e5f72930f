/* Stands between a server and its disk (LD_PRELOAD). It tells what a power failure would leave, and makes a disk slow on demand.
 *
 * TRIAL_LOG    A file that gets a line for each fsync and each opening, as it happens:
 *                  NANOSECONDS PID hang PATH            an fsync does not come back
 *                  NANOSECONDS PID sync INODE LENGTH    so much of the file is on the disk for sure
 *                  NANOSECONDS PID open PATH            an .aof or .rdb file was opened
 * TRIAL_HANG   A file: while it exists, fsyncs of files do not return whose path contains what stands in it.
 * TRIAL_RATE   Bytes per second that write(2) puts into files named temp-… (Not what stdio writes: that calls the kernel directly.)
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long long now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static void nap(long long ns) {
    struct timespec time = {ns / 1000000000, ns % 1000000000};
    nanosleep(&time, NULL);
}

static int plain_open(const char *path, int flags) {
    return syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0644);
}

static void note(const char *format, ...) {
    const char *path = getenv("TRIAL_LOG");
    int fd = path ? plain_open(path, O_WRONLY | O_CREAT | O_APPEND) : -1;
    if (fd < 0) return;
    char line[5000];
    int n = snprintf(line, sizeof line, "%lld %d ", now_ns(), (int)getpid());
    va_list rest;
    va_start(rest, format);
    n += vsnprintf(line + n, sizeof line - n, format, rest);
    va_end(rest);
    syscall(SYS_write, fd, line, n);
    syscall(SYS_close, fd);
}

static void path_of(int fd, char *path, size_t size) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, size - 1);
    path[n < 0 ? 0 : n] = 0;
}

/* Whether fsyncs of this file hang at the moment. */
static int hangs(const char *path) {
    char which[256];
    const char *control = getenv("TRIAL_HANG");
    int fd = control ? plain_open(control, O_RDONLY) : -1;
    if (fd < 0) return 0;
    ssize_t n = syscall(SYS_read, fd, which, sizeof which - 1);
    syscall(SYS_close, fd);
    which[n < 0 ? 0 : n] = 0;
    return strstr(path, which) != NULL;
}

/* The length before the fsync counts: what is appended meanwhile may be on the disk or not. */
static int synced(int fd, int (*real)(int)) {
    struct stat before;
    char path[4096];
    int is_file = fstat(fd, &before) == 0 && S_ISREG(before.st_mode);
    path_of(fd, path, sizeof path);
    if (is_file && hangs(path)) {
        note("hang %s\n", path);
        while (hangs(path)) nap(5000000);
    }
    int result = real(fd);
    if (is_file && result == 0) note("sync %llu %lld\n", (unsigned long long)before.st_ino, (long long)before.st_size);
    return result;
}

int fsync(int fd) { return synced(fd, REAL(fsync)); }
int fdatasync(int fd) { return synced(fd, REAL(fdatasync)); }

static void opened(const char *path) {
    if (strstr(path, ".aof") || strstr(path, ".rdb")) note("open %s\n", path);
}

#define OPEN(name)                                                     \
    int name(const char *path, int flags, ...) {                       \
        va_list rest;                                                  \
        va_start(rest, flags);                                         \
        int mode = va_arg(rest, int);                                  \
        va_end(rest);                                                  \
        opened(path);                                                  \
        return REAL(name)(path, flags, mode);                          \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name)                                                   \
    int name(int directory, const char *path, int flags, ...) {        \
        va_list rest;                                                  \
        va_start(rest, flags);                                         \
        int mode = va_arg(rest, int);                                  \
        va_end(rest);                                                  \
        opened(path);                                                  \
        return REAL(name)(directory, path, flags, mode);               \
    }
OPENAT(openat)
OPENAT(openat64)

#define FOPEN(name)                                                    \
    FILE *name(const char *path, const char *how) {                    \
        opened(path);                                                  \
        return REAL(name)(path, how);                                  \
    }
FOPEN(fopen)
FOPEN(fopen64)

ssize_t write(int fd, const void *bytes, size_t size) {
    static __typeof__(&write) real;
    static long long rate = -1, free_at;
    if (!real) real = REAL(write);
    if (rate < 0) rate = getenv("TRIAL_RATE") ? atoll(getenv("TRIAL_RATE")) : 0;
    struct stat what;
    char path[4096];
    if (rate > 0 && fstat(fd, &what) == 0 && S_ISREG(what.st_mode)) {
        path_of(fd, path, sizeof path);
        if (strstr(path, "/temp-")) {
            long long now = now_ns(), from = free_at > now ? free_at : now;
            free_at = from + (long long)size * 1000000000LL / rate;
            nap(free_at - now);
        }
    }
    return real(fd, bytes, size);
}
