/* fail_at.c — preloaded into gan by the tests: a disk that refuses some system calls.
 *
 *   FAIL_CALLS=WORDS  the calls that fail, with blanks between: open stat list read lock symlink
 *                     fsync rename (onto a name that is there) statvfs
 *   FAIL_PATH=TEXT    only on files whose path holds TEXT, with its end where TEXT ends in $
 *   FAIL_ERRNO=NAME   the reason that they give
 *   FAIL_LOG=FILE     every refusal is written there, one a line
 *
 * Before kill_at.so in LD_PRELOAD, what it lets through goes there. */
#define _GNU_SOURCE /* RTLD_NEXT, syscall */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LINE_SIZE = 2 * PATH_MAX };

static const struct {
    const char *name;
    int number;
} reasons[] = {{"EACCES", EACCES}, {"EEXIST", EEXIST},   {"EINVAL", EINVAL},
               {"EIO", EIO},       {"ELOOP", ELOOP},     {"EMFILE", EMFILE},
               {"ENOLCK", ENOLCK}, {"ENOMEM", ENOMEM},   {"ENOSYS", ENOSYS},
               {"EPERM", EPERM},   {"ESTALE", ESTALE},   {"EOPNOTSUPP", EOPNOTSUPP},
               {"ENOENT", ENOENT}, {"ENOTDIR", ENOTDIR}, {"EWOULDBLOCK", EWOULDBLOCK}};

static const char *setting(const char *name)
{
    const char *value = getenv(name);
    return value ? value : "";
}

static bool has_word(const char *words, const char *word)
{
    const size_t n = strlen(word);
    for (const char *at = words; (at = strstr(at, word)) != NULL; at += n) {
        if ((at == words || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0')) {
            return true;
        }
    }
    return false;
}

static bool is_meant(const char *path)
{
    const char *text = setting("FAIL_PATH");
    const size_t n = strlen(text), length = strlen(path);
    if (n > 0 && text[n - 1] == '$') {
        return length >= n - 1 && memcmp(path + length - (n - 1), text, n - 1) == 0;
    }
    return strstr(path, text) != NULL;
}

/* Whether this call on path is to fail; errno is then set. */
static bool fails(const char *call, const char *path)
{
    const char *reason = setting("FAIL_ERRNO"), *log = setting("FAIL_LOG");
    if (!has_word(setting("FAIL_CALLS"), call) || !is_meant(path)) {
        return false;
    }
    if (*log) {
        char line[LINE_SIZE];
        const int n = snprintf(line, sizeof line, "%s %s\n", call, path);
        const long fd = syscall(SYS_openat, AT_FDCWD, log, O_WRONLY | O_APPEND | O_CREAT, 0666);
        (void)syscall(SYS_write, fd, line, (size_t)n);
        (void)syscall(SYS_close, fd);
    }
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        if (strcmp(reason, reasons[i].name) == 0) {
            errno = reasons[i].number;
            return true;
        }
    }
    abort(); /* a reason that the table lacks */
}

static void path_of(int fd, char out[PATH_MAX])
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    const long n = syscall(SYS_readlinkat, AT_FDCWD, link, out, PATH_MAX - 1);
    out[n > 0 ? n : 0] = '\0';
}

static bool fails_fd(const char *call, int fd)
{
    char path[PATH_MAX];
    const int saved = errno;
    path_of(fd, path);
    errno = saved;
    return fails(call, path);
}

int openat(int folder, const char *path, int flags, ...)
{
    mode_t mode = 0;
    if (flags & O_CREAT) {
        va_list args;
        va_start(args, flags);
        mode = va_arg(args, mode_t);
        va_end(args);
    }
    return fails("open", path) ? -1 : (int)syscall(SYS_openat, folder, path, flags, mode);
}

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    if (flags & O_CREAT) {
        va_list args;
        va_start(args, flags);
        mode = va_arg(args, mode_t);
        va_end(args);
    }
    return openat(AT_FDCWD, path, flags, mode);
}

int stat(const char *path, struct stat *st)
{
    int (*next)(const char *, struct stat *) = NULL;
    *(void **)&next = dlsym(RTLD_NEXT, "stat");
    return fails("stat", path) ? -1 : next(path, st);
}

DIR *opendir(const char *path)
{
    DIR *(*next)(const char *) = NULL;
    *(void **)&next = dlsym(RTLD_NEXT, "opendir");
    return fails("list", path) ? NULL : next(path);
}

ssize_t read(int fd, void *bytes, size_t n)
{
    return fails_fd("read", fd) ? -1 : syscall(SYS_read, fd, bytes, n);
}

ssize_t pread(int fd, void *bytes, size_t n, off_t offset)
{
    return fails_fd("read", fd) ? -1 : syscall(SYS_pread64, fd, bytes, n, offset);
}

int flock(int fd, int operation)
{
    int (*next)(int, int) = NULL;
    *(void **)&next = dlsym(RTLD_NEXT, "flock");
    return fails_fd("lock", fd) ? -1 : next(fd, operation);
}

int symlink(const char *target, const char *path)
{
    int (*next)(const char *, const char *) = NULL;
    *(void **)&next = dlsym(RTLD_NEXT, "symlink");
    return fails("symlink", path) ? -1 : next(target, path);
}

int fsync(int fd)
{
    int (*next)(int) = NULL;
    *(void **)&next = dlsym(RTLD_NEXT, "fsync");
    return fails_fd("fsync", fd) ? -1 : next(fd);
}

int renameat(int from_folder, const char *from, int to_folder, const char *to)
{
    int (*next)(int, const char *, int, const char *) = NULL;
    const bool is_there = syscall(SYS_faccessat, to_folder, to, F_OK) == 0;
    *(void **)&next = dlsym(RTLD_NEXT, "renameat");
    return is_there && fails("rename", to) ? -1 : next(from_folder, from, to_folder, to);
}

int rename(const char *from, const char *to)
{
    return renameat(AT_FDCWD, from, AT_FDCWD, to);
}

int fstatvfs(int fd, struct statvfs *st)
{
    int (*next)(int, struct statvfs *) = NULL;
    *(void **)&next = dlsym(RTLD_NEXT, "fstatvfs");
    return fails_fd("statvfs", fd) ? -1 : next(fd, st);
}
