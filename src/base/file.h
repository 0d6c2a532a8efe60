/* file.h — files written whole or not at all, and read whole.
 *
 * A writer fills a temporary file beside the target and takes the target's place by rename(2) only
 * when everything is on the disk: bytes synced before, the folder synced after. Whatever happens
 * on the way, a reader of the target finds the old file or the new one, never a part. */
#ifndef GAN_BASE_FILE_H
#define GAN_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define GAN_FILE_TEMPORARY_SUFFIX ".gan-tmp"

/* The instants at which a writer can fail or be killed. */
typedef enum gan_file_moment {
    GAN_FILE_WRITE,       /* before each write(2); at most 256 KiB are collected before one */
    GAN_FILE_SYNC,        /* before the file's fsync */
    GAN_FILE_RENAME,      /* before the new file takes the old one's place */
    GAN_FILE_FOLDER_SYNC, /* after that, before the folder's fsync */
    GAN_FILE_DONE         /* after everything */
} gan_file_moment;

/* Zero-initialize; NULL instead means all zero. */
typedef struct gan_file_options {
    int64_t expected_bytes; /* looked for on the disk before the file is made; 0: not known */
    /* For tests: called at each moment; 0 to go on, or an errno value to fail with. */
    int (*fault)(void *user, gan_file_moment moment);
    void *user;
} gan_file_options;

typedef struct gan_file_writer gan_file_writer;

/* Opens a writer for path. Its temporary file, ".NAME.PID.N.gan-tmp" in the same folder, is locked
 * while the writer lives. An existing file gives its permissions to the new one; a symbolic link
 * is followed, so that its target is replaced. *out is owned by the caller (gan_file_destroy).
 * GAN_E_CREATE: no such folder, not writable, read-only, or path is a folder or a device.
 * GAN_E_IO: fewer than expected_bytes free on the disk. GAN_E_MEMORY. *out is then NULL and
 * nothing was left behind. */
gan_status gan_file_create(const char *path, const gan_file_options *options, gan_file_writer **out,
                           gan_error *err);

/* Appends n bytes. GAN_E_IO with the system's words (disk full, file too large: a program that
 * wants the latter as an error must ignore SIGXFSZ, as gan_signals_install does). After a failure
 * every later call but gan_file_destroy fails in the same way. */
gan_status gan_file_write(gan_file_writer *writer, const void *bytes, size_t n, gan_error *err);

/* Overwrites n bytes that were written before, at offset. GAN_E_IO as above. */
gan_status gan_file_patch(gan_file_writer *writer, int64_t offset, const void *bytes, size_t n,
                          gan_error *err);

/* Bytes appended so far. */
int64_t gan_file_position(const gan_file_writer *writer);

/* Writes what is buffered, syncs, renames, syncs the folder. On GAN_OK the new file is in place
 * and durable. On a file system that does not rename over an existing file, the old one is moved
 * aside first, and for an instant there is none. GAN_E_IO: the old file is untouched, except where
 * the message speaks of the folder: then the new one is in place and may not survive a power
 * failure. Call gan_file_destroy next. */
gan_status gan_file_commit(gan_file_writer *writer, gan_error *err);

/* Frees the writer; without a commit, removes the temporary file. NULL is fine. */
void gan_file_destroy(gan_file_writer *writer);

/* The whole of it: path holds bytes[0..n-1] or is unchanged. Errors as above. */
gan_status gan_file_write_whole(const char *path, const void *bytes, size_t n, gan_error *err);

/* Makes the bytes of a file, and what was renamed or made in a folder, survive a power failure. 0,
 * also where the file system cannot sync such a thing and says so, or errno. */
int gan_file_sync_fd(int fd);
int gan_file_sync_folder_fd(int fd);
/* The same of a folder by its name. GAN_E_IO. */
gan_status gan_file_sync_folder(const char *folder, gan_error *err);

/* Removes temporary files that a killed process left in folder; those of a living writer stay.
 * Where there are no locks to tell them by, those stay that were written within the last hour.
 * *removed (NULL is fine) counts them. GAN_E_NO_INPUT: folder cannot be read. GAN_E_IO: one cannot
 * be removed. */
gan_status gan_file_clean_temporary(const char *folder, int64_t *removed, gan_error *err);

/* All bytes of path into *bytes, owned by the caller (free()), with a zero byte after them that
 * *n does not count. Pipes are read to their end. GAN_E_NO_INPUT: missing, not permitted, a folder.
 * GAN_E_DATA: more than cap bytes. GAN_E_IO, GAN_E_MEMORY. *bytes is NULL after a failure. */
gan_status gan_file_read_whole(const char *path, size_t cap, char **bytes, size_t *n,
                               gan_error *err);

/* What an errno of open, stat or opendir says. GAN_E_NO_INPUT: of this path, it is not there, not
 * permitted or of another kind. GAN_E_MEMORY. Anything else is GAN_E_IO: the disk or the process
 * (too many open files) cannot, and another path would fail in the same way. */
gan_status gan_file_open_status(int reason);

/* Whether a folder's fsync is refused because its file system has none, by errno. */
int gan_file_folder_has_no_sync(int reason);

/* All n bytes to an open descriptor, interrupted and short writes continued. path is for the
 * message. GAN_E_IO: an unknown part was written. */
gan_status gan_file_write_fd(int fd, const void *bytes, size_t n, const char *path, gan_error *err);

/* Exactly n bytes from offset of an open descriptor. GAN_E_IO; GAN_E_DATA when it ends early. */
gan_status gan_file_read_fd(int fd, int64_t offset, void *bytes, size_t n, const char *path,
                            gan_error *err);

#endif
