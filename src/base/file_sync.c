/* file_sync.c — what survives a power failure, as far as the file system goes along. */
#define _GNU_SOURCE /* O_DIRECTORY, O_CLOEXEC */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"

/* Some file systems cannot sync, and say so; they order writes by themselves or not at all, and
 * there is nothing more to ask of them. */
static bool means_cannot(int reason)
{
    return reason == EINVAL || reason == ENOSYS || reason == EOPNOTSUPP;
}

int gan_file_sync_fd(int fd)
{
    while (fsync(fd) != 0) {
        if (errno != EINTR) {
            return means_cannot(errno) ? 0 : errno;
        }
    }
    return 0;
}

/* Where a folder is not a thing to be synced, the answer may also be one of permission or kind. */
int gan_file_folder_has_no_sync(int reason)
{
    return means_cannot(reason) || reason == EISDIR || reason == EBADF || reason == EACCES ||
           reason == EPERM;
}

int gan_file_sync_folder_fd(int fd)
{
    const int reason = gan_file_sync_fd(fd);
    return gan_file_folder_has_no_sync(reason) ? 0 : reason;
}

gan_status gan_file_sync_folder(const char *folder, gan_error *err)
{
    const int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const int reason = fd < 0 ? errno : gan_file_sync_folder_fd(fd);
    if (fd >= 0) {
        (void)close(fd); /* only read */
    }
    return reason == 0 ? GAN_OK
                       : gan_fail(err, GAN_E_IO, "%s: cannot sync: %s", folder, strerror(reason));
}
