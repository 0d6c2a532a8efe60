/* kill_at.c — preloaded into gan by the tests: ends the process by SIGKILL inside a chosen call.
 *
 *   KILL_FOLDER=DIR  only calls on files below DIR count (an absolute path without links)
 *   KILL_AT=N        the N-th of them, from 1, is the last thing that the process does; 0: none
 *   KILL_HOW=WORD    before it, inside it (a write is cut in half), or after it; or hold: it is
 *                    waited before it, for ever, and signals are taken
 *   KILL_LOG=FILE    every counted call is written there, one a line
 *   HOLD_LOCK=FILE   a lock is not asked for before FILE is there; FILE.asked is made meanwhile */
#define _GNU_SOURCE /* syscall, renameat2's number */
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

enum { LINE_SIZE = 2 * PATH_MAX };

static const char *setting(const char *name)
{
    const char *value = getenv(name);
    return value ? value : "";
}

static void end_here(void)
{
    kill(getpid(), SIGKILL);
    for (;;) {
        pause();
    }
}

/* The file that a descriptor leads to, or "". */
static void path_of(int fd, char out[PATH_MAX])
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const ssize_t n = readlink(link, out, PATH_MAX - 1);
    out[n > 0 ? n : 0] = '\0';
}

static void path_at(int folder, const char *name, char out[LINE_SIZE])
{
    char above[PATH_MAX] = "";
    if (name[0] != '/' && folder != AT_FDCWD) {
        path_of(folder, above);
    }
    snprintf(out, LINE_SIZE, "%s%s%s", above, *above ? "/" : "", name);
}

/* Counts a call on path; true if it is the one to die in. */
static bool is_last(const char *call, const char *path)
{
    static long calls;
    const char *folder = setting("KILL_FOLDER"), *log = setting("KILL_LOG");
    if (!*folder || strncmp(path, folder, strlen(folder)) != 0) {
        return false;
    }
    calls++;
    if (*log) {
        char line[LINE_SIZE];
        const int n = snprintf(line, sizeof line, "%ld %s %s\n", calls, call, path);
        const int fd = open(log, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0666);
        (void)syscall(SYS_write, fd, line, (size_t)n);
        close(fd);
    }
    const bool last = calls == atol(setting("KILL_AT"));
    while (last && strcmp(setting("KILL_HOW"), "hold") == 0) {
        pause();
    }
    if (last && strcmp(setting("KILL_HOW"), "before") == 0) {
        end_here();
    }
    return last;
}

static long finish(bool last, long result)
{
    if (last) {
        end_here();
    }
    return result;
}

/* How much of n bytes is still written. */
static size_t share(bool last, size_t n)
{
    return last && strcmp(setting("KILL_HOW"), "inside") == 0 ? n / 2 : n;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    char path[PATH_MAX];
    path_of(fd, path);
    const bool last = is_last("write", path);
    return finish(last, syscall(SYS_write, fd, bytes, share(last, n)));
}

ssize_t pwrite(int fd, const void *bytes, size_t n, off_t offset)
{
    char path[PATH_MAX];
    path_of(fd, path);
    const bool last = is_last("pwrite", path);
    return finish(last, syscall(SYS_pwrite64, fd, bytes, share(last, n), offset));
}

int fsync(int fd)
{
    char path[PATH_MAX];
    path_of(fd, path);
    const bool last = is_last("fsync", path);
    return (int)finish(last, syscall(SYS_fsync, fd));
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    char path[LINE_SIZE];
    path_at(to_folder, to, path);
    const bool last = is_last("rename", path);
    return (int)finish(last, syscall(SYS_renameat2, from_folder, from, to_folder, to, 0));
}

int rename(const char *from, const char *to)
{
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int symlink(const char *target, const char *path)
{
    const bool last = is_last("symlink", path);
    return (int)finish(last, syscall(SYS_symlinkat, target, AT_FDCWD, path));
}

int unlink(const char *path)
{
    const bool last = is_last("unlink", path);
    return (int)finish(last, syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}

int mkdir(const char *path, mode_t mode)
{
    const bool last = is_last("mkdir", path);
    return (int)finish(last, syscall(SYS_mkdirat, AT_FDCWD, path, mode));
}

int flock(int fd, int operation)
{
    const char *awaited = setting("HOLD_LOCK");
    char asked[LINE_SIZE];
    snprintf(asked, sizeof asked, "%s.asked", awaited);
    while (*awaited && access(awaited, F_OK) != 0) {
        close(open(asked, O_WRONLY | O_CREAT | O_CLOEXEC, 0666));
        usleep(1000);
    }
    return (int)syscall(SYS_flock, fd, operation);
}
