/* fetch.c — mirrors in order, resuming, comparing the sum, and putting the file in place. */
#define _GNU_SOURCE /* flock, O_CLOEXEC, O_DIRECTORY, ftruncate */
#include "data/fetch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/file.h"
#include "base/md5.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/path.h"
#include "base/say.h"
#include "data/store.h"
#include "data/transfer.h"

enum { READ_BYTES = 1 << 16, OPEN_TRIES = 5, MAX_TRIES = 20 };
enum { STALL_SECONDS = 30, CONNECT_SECONDS = 15, PATIENCE_SECONDS = 3600 };
enum { POOR_TRIES = 3, GOOD_PART = 20, GOOD_BYTES = 1 << 20 };

typedef struct part_file {
    char *path, *target;
    int fd;
    int64_t bytes; /* that it has */
} part_file;

/* --- the part file --- */

/* The MD5 of everything in fd. */
static gan_status sum_of(int fd, const char *path, char text[GAN_MD5_TEXT],
                         const volatile sig_atomic_t *cancel, gan_error *err)
{
    uint8_t bytes[READ_BYTES];
    gan_md5 hash;
    gan_md5_init(&hash);
    for (off_t at = 0;;) {
        GAN_TRY(gan_data_poll(cancel, err));
        ssize_t r = pread(fd, bytes, sizeof bytes, at);
        if (r < 0 && errno != EINTR) {
            return gan_fail(err, GAN_E_IO, "%s: cannot be read: %s", path, strerror(errno));
        }
        if (r == 0) {
            break;
        }
        if (r > 0) {
            gan_md5_update(&hash, bytes, (size_t)r);
            at += r;
        }
    }
    gan_md5_final_text(&hash, text);
    return GAN_OK;
}

static gan_status is_whole(const gan_fetch *f, const char *path, bool *whole, gan_error *err)
{
    char sum[GAN_MD5_TEXT] = "";
    *whole = false;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return GAN_OK;
    }
    gan_status status = sum_of(fd, path, sum, f->options->cancel, err);
    (void)close(fd);
    *whole = status == GAN_OK && strcmp(sum, f->file->md5) == 0;
    return status;
}

/* True while path still names the open file: another process may have renamed it in between. */
static bool is_same_file(int fd, const char *path)
{
    struct stat open_one, named;
    return fstat(fd, &open_one) == 0 && stat(path, &named) == 0 &&
           open_one.st_ino == named.st_ino && open_one.st_dev == named.st_dev;
}

static gan_status open_locked(part_file *part, gan_error *err)
{
    for (int i = 0; i < OPEN_TRIES; i++) {
        part->fd = open(part->path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (part->fd < 0) {
            return gan_fail(err, GAN_E_CREATE, "%s: cannot be created: %s", part->path,
                            strerror(errno));
        }
        const bool held = flock(part->fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK;
        if (!held && is_same_file(part->fd, part->path)) { /* or a disk that has no locks */
            return GAN_OK;
        }
        (void)close(part->fd);
        part->fd = -1;
    }
    return gan_fail(err, GAN_E_LOCKED, "%s: another process is downloading it", part->path);
}

static gan_status set_length(part_file *part, int64_t bytes, gan_error *err)
{
    if (ftruncate(part->fd, bytes) != 0 || lseek(part->fd, bytes, SEEK_SET) != bytes) {
        return gan_fail(err, GAN_E_IO, "%s: cannot be set to %lld bytes: %s", part->path,
                        (long long)bytes, strerror(errno));
    }
    part->bytes = bytes;
    return GAN_OK;
}

/* Opens the part and goes to its end; more than the file can have is thrown away. */
static gan_status open_part(const gan_fetch *f, part_file *part, gan_error *err)
{
    GAN_TRY(open_locked(part, err));
    off_t end = lseek(part->fd, 0, SEEK_END);
    return set_length(part, end < 0 || end > f->file->bytes ? 0 : end, err);
}

static gan_status check_disk(const gan_fetch *f, const part_file *part, gan_error *err)
{
    struct statvfs st;
    double missing = (double)(f->file->bytes - part->bytes);
    if (fstatvfs(part->fd, &st) != 0) {
        return GAN_OK; /* a file system that does not say: writing will */
    }
    double left = (double)st.f_bavail * (double)st.f_frsize;
    if (left >= missing) {
        return GAN_OK;
    }
    return gan_fail(err, GAN_E_IO, "%s: the disk has %.1f MB left and the download needs %.1f MB",
                    f->folder, left / 1e6, missing / 1e6);
}

static gan_status sync_folder(const char *folder, gan_error *err)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool synced = fd >= 0 && (fsync(fd) == 0 || gan_file_folder_has_no_sync(errno));
    int reason = errno;
    if (fd >= 0) {
        (void)close(fd);
    }
    return synced ? GAN_OK
                  : gan_fail(err, GAN_E_IO, "%s: cannot be synced: %s", folder, strerror(reason));
}

static gan_status put_in_place(const gan_fetch *f, const part_file *part, gan_error *err)
{
    if (fsync(part->fd) != 0) {
        return gan_fail(err, GAN_E_IO, "%s: cannot be synced: %s", part->path, strerror(errno));
    }
    if (gan_path_exists(part->target)) {
        char *old = NULL;
        GAN_TRY(gan_format(&old, err, "%s.old", part->target));
        const int reason = rename(part->target, old) == 0 ? 0 : errno;
        if (reason == 0) {
            gan_say(f->options->listener, "%s was another file: it is now %s", part->target, old);
        }
        free(old);
        if (reason != 0) {
            return gan_fail(err, GAN_E_CREATE, "%s: cannot be renamed: %s", part->target,
                            strerror(reason));
        }
    }
    if (rename(part->path, part->target) != 0) {
        return gan_fail(err, GAN_E_CREATE, "%s: cannot be renamed: %s", part->path,
                        strerror(errno));
    }
    return sync_folder(f->folder, err);
}

/* --- mirrors --- */

/* What a try at one mirror came to. */
typedef enum try_end { TRY_WHOLE, TRY_AGAIN, TRY_NEXT, TRY_STOP } try_end;

typedef struct progress_link {
    const gan_fetch *fetch;
    const char *url;
} progress_link;

static void forward_progress(void *ctx, int64_t done, int64_t total)
{
    const progress_link *link = ctx;
    const gan_fetch *f = link->fetch;
    const gan_data_progress progress = {
        f->file->name, link->url, done, total ? total : f->file->bytes, f->index, f->n_files};
    f->options->progress(f->options->progress_ctx, &progress);
}

static gan_transfer_end load_rest(const gan_fetch *f, part_file *part, const char *url,
                                  bool is_last, gan_error *err)
{
    const gan_data_get_options *o = f->options;
    const int patience = f->patience_seconds > 0 ? f->patience_seconds : PATIENCE_SECONDS;
    progress_link link = {f, url};
    const gan_transfer transfer = {
        .url = url,
        .fd = part->fd,
        .path = part->path,
        .from = part->bytes,
        .most = f->file->bytes,
        .stall_seconds = o->stall_seconds > 0 ? o->stall_seconds : STALL_SECONDS,
        .connect_seconds = o->connect_seconds > 0 ? o->connect_seconds : CONNECT_SECONDS,
        .patience_seconds = is_last ? 0 : patience,
        .progress = o->progress ? forward_progress : NULL,
        .progress_ctx = &link,
        .cancel = o->cancel,
    };
    return gan_transfer_run(&transfer, err);
}

/* All bytes are there: right, or to be begun anew. */
static try_end judge_whole(const gan_fetch *f, part_file *part, bool resumed, const char *url,
                           gan_error *err)
{
    char sum[GAN_MD5_TEXT] = "";
    if (sum_of(part->fd, part->path, sum, f->options->cancel, err) != GAN_OK) {
        return TRY_STOP;
    }
    if (strcmp(sum, f->file->md5) == 0) {
        return TRY_WHOLE;
    }
    if (set_length(part, 0, err) != GAN_OK) {
        return TRY_STOP;
    }
    gan_fail(err, GAN_E_DATA, "%s: gives another file: its MD5 is %s, not %s", url, sum,
             f->file->md5);
    return resumed ? TRY_AGAIN : TRY_NEXT; /* the wrong bytes may be those that were there */
}

static try_end try_once(const gan_fetch *f, part_file *part, const char *url, bool is_last,
                        gan_error *err)
{
    const int64_t before = part->bytes, whole = f->file->bytes;
    if (before == whole) {
        return judge_whole(f, part, true, url, err);
    }
    gan_transfer_end end = load_rest(f, part, url, is_last, err);
    off_t at = lseek(part->fd, 0, SEEK_END);
    part->bytes = at < 0 ? before : at;
    if (end == GAN_TRANSFER_FAILED) {
        return TRY_STOP;
    }
    if (end == GAN_TRANSFER_NO_RANGE || end == GAN_TRANSFER_WRONG) {
        if (set_length(part, 0, err) != GAN_OK) {
            return TRY_STOP;
        }
        return end == GAN_TRANSFER_NO_RANGE ? TRY_AGAIN : TRY_NEXT;
    }
    if (part->bytes == whole) {
        return judge_whole(f, part, before > 0, url, err);
    }
    if (end == GAN_TRANSFER_SLOW) {
        return TRY_NEXT;
    }
    if (end == GAN_TRANSFER_ENDED) {
        gan_fail(err, GAN_E_IO, "%s: ended after %lld of %lld bytes", url, (long long)part->bytes,
                 (long long)whole);
    }
    return part->bytes > before ? TRY_AGAIN : TRY_NEXT;
}

/* Tries one mirror for as long as it brings something; of tries that bring little it has few.
 * Starting anew is granted once. */
static try_end try_mirror(const gan_fetch *f, part_file *part, const char *url, bool is_last,
                          gan_error *err)
{
    const int64_t part_bytes = f->file->bytes / GOOD_PART;
    const int64_t good = part_bytes < GOOD_BYTES ? part_bytes : GOOD_BYTES;
    bool began_anew = false;
    for (int i = 0, n_poor = 0; i < MAX_TRIES && n_poor < POOR_TRIES; i++) {
        const int64_t before = part->bytes;
        try_end end = try_once(f, part, url, is_last, err);
        n_poor += part->bytes - before < good;
        if (end != TRY_AGAIN) {
            return end;
        }
        if (part->bytes <= before) {
            if (began_anew) {
                return TRY_NEXT;
            }
            began_anew = true;
        }
    }
    return TRY_NEXT;
}

static gan_status try_mirrors(const gan_fetch *f, part_file *part, gan_error *err)
{
    gan_error why = {0};
    bool only_wrong_files = true;
    for (int64_t i = 0; i < f->n_mirrors; i++) {
        char *url = NULL;
        GAN_TRY(gan_path_join(f->mirrors[i], f->file->name, &url, err));
        try_end end = try_mirror(f, part, url, i + 1 == f->n_mirrors, &why);
        free(url);
        if (end == TRY_WHOLE) {
            return GAN_OK;
        }
        if (end == TRY_STOP) {
            return gan_fail(err, why.status, "%s", why.text);
        }
        only_wrong_files = only_wrong_files && why.status == GAN_E_DATA;
        gan_say(f->options->listener, "%s", why.text);
    }
    return gan_fail(err, only_wrong_files ? GAN_E_DATA : GAN_E_IO,
                    "%s cannot be downloaded from any of %lld mirror%s; the last one: %s",
                    f->file->name, (long long)f->n_mirrors, gan_plural(f->n_mirrors), why.text);
}

static gan_status fetch_part(const gan_fetch *f, part_file *part, gan_error *err)
{
    bool whole = false;
    GAN_TRY(open_part(f, part, err));
    GAN_TRY(is_whole(f, part->target, &whole, err)); /* another process may have been here */
    if (whole) {
        return unlink(part->path) == 0 ? GAN_OK
                                       : gan_fail(err, GAN_E_IO, "%s: cannot be removed: %s",
                                                  part->path, strerror(errno));
    }
    GAN_TRY(check_disk(f, part, err));
    GAN_TRY(try_mirrors(f, part, err));
    return put_in_place(f, part, err);
}

gan_status gan_fetch_file(const gan_fetch *fetch, gan_error *err)
{
    gan_status status = GAN_OK;
    part_file part = {.fd = -1};
    bool whole = false;
    GAN_TRY_DONE(gan_path_join(fetch->folder, fetch->file->name, &part.target, err));
    GAN_TRY_DONE(gan_format(&part.path, err, "%s.part", part.target));
    GAN_TRY_DONE(is_whole(fetch, part.target, &whole, err));
    if (whole) {
        gan_say(fetch->options->listener, "%s is here already", part.target);
    } else {
        status = fetch_part(fetch, &part, err);
    }
done:
    if (part.fd >= 0) {
        if (status != GAN_OK && part.bytes == 0) {
            (void)unlink(part.path); /* there is nothing to go on with */
        }
        (void)close(part.fd); /* synced before, or not trusted before its sum is compared */
    }
    free(part.path);
    free(part.target);
    return status;
}
