/* file.c — files written whole or not at all.
 *
 * The target's folder is held open and every name is relative to it, so that a folder that is
 * renamed, or a process that changes its own, does not split the temporary file from its target. */
#define _GNU_SOURCE /* openat, renameat, flock, realpath */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/number.h"
#include "base/path.h"

enum {
    BUFFER_BYTES = 256 << 10,
    NAME_KEPT = 180, /* bytes of the target's name in the temporary one: NAME_MAX is 255 */
    ATTEMPTS = 1000
};

struct gan_file_writer {
    char *path; /* as the caller gave it, for messages */
    char *folder;
    char *name;      /* in folder; a symbolic link is resolved */
    char *temporary; /* in folder; NULL when there is none to remove */
    int fd, folder_fd;
    int64_t flushed; /* bytes in the file; the position is flushed + used */
    size_t used;
    unsigned char *buffer;
    gan_file_options options;
    int failed; /* errno of the first failure, 0: none */
    int committed;
};

static gan_status fail_write(gan_file_writer *writer, int reason, gan_error *err)
{
    char done[GAN_NUMBER_TEXT_SIZE];
    writer->failed = reason;
    gan_number_bytes(writer->flushed, done);
    return gan_fail(err, GAN_E_IO, "cannot write %s: %s (after %s)%s", writer->path,
                    strerror(reason), done, writer->committed ? "" : "; nothing was replaced");
}

static int moment_fails(const gan_file_writer *writer, gan_file_moment moment)
{
    return writer->options.fault ? writer->options.fault(writer->options.user, moment) : 0;
}

/* All of it at the descriptor's position, or at offset where that is not -1; 0 or errno. */
static int write_all(int fd, const unsigned char *bytes, size_t n, int64_t offset, int64_t *written)
{
    while (n > 0) {
        const ssize_t done = offset < 0 ? write(fd, bytes, n) : pwrite(fd, bytes, n, (off_t)offset);
        if (done < 0 && errno == EINTR) {
            continue;
        }
        if (done <= 0) {
            return done < 0 ? errno : ENOSPC;
        }
        bytes += done;
        n -= (size_t)done;
        *written += done;
        offset += offset < 0 ? 0 : done;
    }
    return 0;
}

static gan_status write_now(gan_file_writer *writer, const unsigned char *bytes, size_t n,
                            gan_error *err)
{
    int reason = moment_fails(writer, GAN_FILE_WRITE);
    if (reason == 0) {
        reason = write_all(writer->fd, bytes, n, -1, &writer->flushed);
    }
    return reason == 0 ? GAN_OK : fail_write(writer, reason, err);
}

static gan_status flush_buffer(gan_file_writer *writer, gan_error *err)
{
    const size_t n = writer->used;
    writer->used = 0;
    return n > 0 ? write_now(writer, writer->buffer, n, err) : GAN_OK;
}

/* Follows a symbolic link and refuses what rename would silently replace: /dev/null, a folder. */
static gan_status resolve(const char *path, char **resolved, gan_error *err)
{
    struct stat st;
    *resolved = NULL;
    const int there = lstat(path, &st) == 0;
    if (!*gan_path_base(path) || (there && S_ISDIR(st.st_mode))) {
        return gan_fail(err, GAN_E_CREATE, "cannot write %s: %s", path,
                        *path ? "it is a folder; name a file in it" : "the name is empty");
    }
    if (!there || !S_ISLNK(st.st_mode)) {
        GAN_TRY(gan_strdup(path, resolved, err));
    } else {
        *resolved = realpath(path, NULL);
        if (!*resolved) {
            return gan_fail(err, GAN_E_CREATE,
                            "cannot write %s: a symbolic link that leads nowhere", path);
        }
    }
    if (stat(*resolved, &st) == 0 && !S_ISREG(st.st_mode)) {
        free(*resolved);
        *resolved = NULL;
        return gan_fail(err, GAN_E_CREATE, "cannot write %s: it is not a regular file", path);
    }
    return GAN_OK;
}

static gan_status open_folder(gan_file_writer *writer, gan_error *err)
{
    writer->folder_fd = open(writer->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (writer->folder_fd < 0) {
        return gan_fail(err, GAN_E_CREATE, "cannot create %s: the folder %s: %s", writer->path,
                        writer->folder, strerror(errno));
    }
    return GAN_OK;
}

static gan_status look_at_space(const gan_file_writer *writer, gan_error *err)
{
    struct statvfs disk;
    if (writer->options.expected_bytes <= 0 || fstatvfs(writer->folder_fd, &disk) != 0 ||
        disk.f_blocks == 0) {
        return GAN_OK; /* not asked, or not answered: the writes will tell */
    }
    const double have = (double)disk.f_bavail * (double)disk.f_frsize;
    if (have >= (double)writer->options.expected_bytes) {
        return GAN_OK;
    }
    char need_text[GAN_NUMBER_TEXT_SIZE], have_text[GAN_NUMBER_TEXT_SIZE];
    gan_number_bytes(writer->options.expected_bytes, need_text);
    gan_number_bytes((int64_t)have, have_text);
    return gan_fail(err, GAN_E_IO,
                    "cannot write %s: the disk is full: %s needed, %s free in %s; nothing was "
                    "replaced",
                    writer->path, need_text, have_text, writer->folder);
}

/* The lock tells gan_file_clean_temporary that we live. A cleaner may take the file between its
 * creation and its lock: then it has no name any more, and the next attempt makes another. */
static int lock_and_keep(int fd, int folder_fd, const char *name)
{
    struct stat st;
    (void)flock(fd, LOCK_EX | LOCK_NB); /* no locks here: the cleaner gets none either */
    return (fstat(fd, &st) == 0 && st.st_nlink > 0) || /* some file systems count no links */
           fstatat(folder_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static gan_status open_temporary(gan_file_writer *writer, gan_error *err)
{
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
        char *name = NULL;
        GAN_TRY(gan_format(&name, err, ".%.*s.%ld.%d%s", NAME_KEPT, writer->name, (long)getpid(),
                           attempt, GAN_FILE_TEMPORARY_SUFFIX));
        writer->fd = openat(writer->folder_fd, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        const int reason = errno;
        if (writer->fd >= 0 && lock_and_keep(writer->fd, writer->folder_fd, name)) {
            writer->temporary = name;
            return GAN_OK;
        }
        free(name);
        if (writer->fd >= 0) {
            (void)close(writer->fd);
            writer->fd = -1;
        } else if (reason != EEXIST && reason != EINTR) {
            return gan_fail(err, reason == ENOSPC || reason == EIO ? GAN_E_IO : GAN_E_CREATE,
                            "cannot create %s: %s", writer->path, strerror(reason));
        }
    }
    return gan_fail(err, GAN_E_CREATE, "cannot create %s: too many temporary files beside it",
                    writer->path);
}

gan_status gan_file_create(const char *path, const gan_file_options *options, gan_file_writer **out,
                           gan_error *err)
{
    gan_status status = GAN_OK;
    void *block = NULL;
    char *resolved = NULL;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof(gan_file_writer), &block, err));
    gan_file_writer *writer = block;
    writer->fd = writer->folder_fd = -1;
    writer->options = options ? *options : (gan_file_options){0};
    GAN_TRY_DONE(gan_strdup(path, &writer->path, err));
    GAN_TRY_DONE(resolve(path, &resolved, err));
    GAN_TRY_DONE(gan_path_folder(resolved, &writer->folder, err));
    GAN_TRY_DONE(gan_strdup(gan_path_base(resolved), &writer->name, err));
    GAN_TRY_DONE(gan_calloc(1, BUFFER_BYTES, &block, err));
    writer->buffer = block;
    GAN_TRY_DONE(open_folder(writer, err));
    GAN_TRY_DONE(look_at_space(writer, err));
    GAN_TRY_DONE(open_temporary(writer, err));
    *out = writer;
    writer = NULL;
done:
    free(resolved);
    gan_file_destroy(writer);
    return status;
}

gan_status gan_file_write(gan_file_writer *writer, const void *bytes, size_t n, gan_error *err)
{
    if (writer->failed) {
        return fail_write(writer, writer->failed, err);
    }
    if (n > BUFFER_BYTES - writer->used) {
        GAN_TRY(flush_buffer(writer, err));
    }
    if (n >= BUFFER_BYTES) {
        return write_now(writer, bytes, n, err);
    }
    if (n > 0) {
        memcpy(writer->buffer + writer->used, bytes, n);
        writer->used += n;
    }
    return GAN_OK;
}

gan_status gan_file_patch(gan_file_writer *writer, int64_t offset, const void *bytes, size_t n,
                          gan_error *err)
{
    if (writer->failed) {
        return fail_write(writer, writer->failed, err);
    }
    GAN_TRY(flush_buffer(writer, err));
    if (offset < 0 || offset > writer->flushed || (int64_t)n > writer->flushed - offset) {
        return gan_fail(err, GAN_E_USAGE, "%s: a patch outside what was written", writer->path);
    }
    int64_t written = 0;
    int reason = moment_fails(writer, GAN_FILE_WRITE);
    if (reason == 0) {
        reason = write_all(writer->fd, bytes, n, offset, &written);
    }
    return reason == 0 ? GAN_OK : fail_write(writer, reason, err);
}

int64_t gan_file_position(const gan_file_writer *writer)
{
    return writer->flushed + (int64_t)writer->used;
}

/* The new file gets the old one's permissions: a private file stays private. */
static void keep_mode(const gan_file_writer *writer)
{
    struct stat st;
    if (fstatat(writer->folder_fd, writer->name, &st, 0) == 0) {
        (void)fchmod(writer->fd, st.st_mode & 0777); /* not ours to insist on: FAT has none */
    }
}

/* Some file systems (a server of SFTP's first versions behind FUSE) rename to free names only. */
static int replace_by_moving(const gan_file_writer *writer)
{
    const int folder = writer->folder_fd;
    const size_t stem = strlen(writer->temporary) - strlen(GAN_FILE_TEMPORARY_SUFFIX);
    char *aside = NULL;
    int reason = 0;
    if (gan_format(&aside, NULL, "%.*s.old%s", (int)stem, writer->temporary,
                   GAN_FILE_TEMPORARY_SUFFIX) != GAN_OK) {
        return ENOMEM;
    }
    if (renameat(folder, writer->name, folder, aside) != 0) {
        reason = errno;
    } else if (renameat(folder, writer->temporary, folder, writer->name) != 0) {
        reason = errno;
        (void)renameat(folder, aside, folder, writer->name);
    } else {
        (void)unlinkat(folder, aside, 0); /* else the cleaner finds it */
    }
    free(aside);
    return reason;
}

/* 0 or errno. */
static int take_place(const gan_file_writer *writer)
{
    struct stat st;
    if (renameat(writer->folder_fd, writer->temporary, writer->folder_fd, writer->name) == 0) {
        return 0;
    }
    const int reason = errno;
    const bool may_move = reason == EEXIST || reason == EPERM || reason == EOPNOTSUPP ||
                          reason == ENOSYS || reason == EINVAL;
    return may_move && fstatat(writer->folder_fd, writer->name, &st, AT_SYMLINK_NOFOLLOW) == 0
               ? replace_by_moving(writer)
               : reason;
}

gan_status gan_file_commit(gan_file_writer *writer, gan_error *err)
{
    if (writer->failed) {
        return fail_write(writer, writer->failed, err);
    }
    GAN_TRY(flush_buffer(writer, err));
    keep_mode(writer);
    int reason = moment_fails(writer, GAN_FILE_SYNC);
    reason = reason ? reason : gan_file_sync_fd(writer->fd);
    reason = reason ? reason : moment_fails(writer, GAN_FILE_RENAME);
    reason = reason ? reason : take_place(writer);
    if (reason != 0) {
        return fail_write(writer, reason, err);
    }
    writer->committed = 1;
    reason = moment_fails(writer, GAN_FILE_FOLDER_SYNC);
    reason = reason ? reason : gan_file_sync_folder_fd(writer->folder_fd);
    if (reason != 0) {
        writer->failed = reason;
        return gan_fail(err, GAN_E_IO, "%s is written, but its folder %s cannot be synced: %s",
                        writer->path, writer->folder, strerror(reason));
    }
    reason = moment_fails(writer, GAN_FILE_DONE);
    return reason == 0 ? GAN_OK : fail_write(writer, reason, err);
}

void gan_file_destroy(gan_file_writer *writer)
{
    if (!writer) {
        return;
    }
    if (writer->temporary && !writer->committed) {
        (void)unlinkat(writer->folder_fd, writer->temporary, 0); /* else the cleaner finds it */
    }
    if (writer->fd >= 0) {
        (void)close(writer->fd); /* synced, or not wanted */
    }
    if (writer->folder_fd >= 0) {
        (void)close(writer->folder_fd);
    }
    free(writer->path);
    free(writer->folder);
    free(writer->name);
    free(writer->temporary);
    free(writer->buffer);
    free(writer);
}

gan_status gan_file_write_whole(const char *path, const void *bytes, size_t n, gan_error *err)
{
    const gan_file_options options = {.expected_bytes = (int64_t)n};
    gan_file_writer *writer = NULL;
    GAN_TRY(gan_file_create(path, &options, &writer, err));
    gan_status status = gan_file_write(writer, bytes, n, err);
    if (status == GAN_OK) {
        status = gan_file_commit(writer, err);
    }
    gan_file_destroy(writer);
    return status;
}

gan_status gan_file_write_fd(int fd, const void *bytes, size_t n, const char *path, gan_error *err)
{
    int64_t written = 0;
    const int reason = write_all(fd, bytes, n, -1, &written);
    return reason == 0 ? GAN_OK
                       : gan_fail(err, GAN_E_IO, "cannot write %s: %s", path, strerror(reason));
}
