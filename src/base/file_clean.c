/* file_clean.c — removing what killed processes left behind. */
#define _GNU_SOURCE /* flock, O_NOFOLLOW */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/file.h"
#include "base/path.h"

static int is_temporary_name(const char *name)
{
    const size_t length = strlen(name), suffix = strlen(GAN_FILE_TEMPORARY_SUFFIX);
    return name[0] == '.' && length > suffix &&
           strcmp(name + length - suffix, GAN_FILE_TEMPORARY_SUFFIX) == 0;
}

/* Written within the last hour, or not to be told: a writer that lives writes within minutes. */
static int is_young(int fd)
{
    struct stat st;
    return fstat(fd, &st) != 0 || time(NULL) - st.st_mtime < 3600;
}

/* Removes one that nobody holds; 1 when it did, 0 when it is in use or gone, -1 with errno. */
static int remove_abandoned(const char *path)
{
    const int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ELOOP) { /* a symbolic link: nobody can hold it */
        return unlink(path) == 0 ? 1 : errno == ENOENT ? 0 : -1;
    }
    if (fd < 0) {
        return errno == ENOENT ? 0 : -1;
    }
    int result = 0;
    const int locked = flock(fd, LOCK_EX | LOCK_NB) == 0;
    if (locked || (errno != EWOULDBLOCK && !is_young(fd))) {
        result = unlink(path) == 0 ? 1 : errno == ENOENT ? 0 : -1;
    }
    const int reason = errno;
    (void)close(fd);
    errno = reason;
    return result;
}

gan_status gan_file_clean_temporary(const char *folder, int64_t *removed, gan_error *err)
{
    gan_path_names names = {0};
    gan_status status = GAN_OK;
    int64_t count = 0;
    GAN_TRY(gan_path_list(folder, &names, err));
    for (size_t i = 0; i < names.n && status == GAN_OK; i++) {
        char *path = NULL;
        if (is_temporary_name(names.name[i])) {
            GAN_TRY_DONE(gan_path_join(folder, names.name[i], &path, err));
            const int result = remove_abandoned(path);
            if (result < 0) {
                status = gan_fail(err, GAN_E_IO, "cannot remove %s: %s", path, strerror(errno));
            }
            count += result > 0;
            free(path);
        }
    }
done:
    gan_path_names_free(&names);
    if (removed) {
        *removed = count;
    }
    return status;
}
