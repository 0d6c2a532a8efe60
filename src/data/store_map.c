/* store_map.c — pixels that are in a file: mapped from one that is there, or kept in one without a
 * name while a set is made that may be larger than memory. */
#define _GNU_SOURCE /* O_TMPFILE, mkostemp, madvise */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "data/store.h"

static gan_status map_fd(gan_data *data, int fd, size_t bytes, int protection, const char *path,
                         gan_error *err)
{
    void *map = mmap(NULL, bytes, protection, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        return gan_fail(err, errno == ENOMEM ? GAN_E_MEMORY : GAN_E_IO, "cannot map %s: %s", path,
                        strerror(errno));
    }
    data->map = map;
    data->map_bytes = bytes;
    return GAN_OK;
}

gan_status gan_store_map(gan_data *data, const char *path, gan_error *err)
{
    struct stat st;
    const int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) != 0) {
        const gan_status status =
            gan_fail(err, gan_file_open_status(errno), "cannot read %s: %s", path, strerror(errno));
        if (fd >= 0) {
            (void)close(fd);
        }
        return status;
    }
    const gan_status status = map_fd(data, fd, (size_t)st.st_size, PROT_READ, path, err);
    (void)close(fd); /* the mapping stays */
    return status;
}

/* A file without a name in the folder; where its system has none such, one whose name is removed.
 */
static int open_nameless(const char *folder)
{
    char *path = NULL;
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd < 0 && gan_format(&path, NULL, "%s/.gan-data-XXXXXX", folder) == GAN_OK) {
        fd = mkostemp(path, O_CLOEXEC);
        if (fd >= 0) {
            (void)unlink(path);
        }
    }
    free(path);
    return fd;
}

gan_status gan_store_spill(gan_data *data, size_t bytes, gan_error *err)
{
    const int fd = open_nameless(data->spill);
    if (fd < 0) {
        return gan_fail(err, GAN_E_CREATE, "cannot create a file in %s: %s", data->spill,
                        strerror(errno));
    }
    /* the space is taken now: a page that the disk has no room for would end the process later */
    const int reason = posix_fallocate(fd, 0, (off_t)bytes);
    gan_status status = reason == 0 ? GAN_OK
                                    : gan_fail(err, GAN_E_IO, "no room for %zu MB in %s: %s",
                                               bytes >> 20, data->spill, strerror(reason));
    if (status == GAN_OK) {
        status = map_fd(data, fd, bytes, PROT_READ | PROT_WRITE, data->spill, err);
    }
    (void)close(fd);
    data->pixels = data->map;
    return status;
}

bool gan_store_is_mapped(const gan_data *data)
{
    const uint8_t *map = data->map;
    return map && data->pixels >= map && data->pixels < map + data->map_bytes;
}

void gan_store_scatter(const gan_data *data)
{
    (void)madvise(data->map, data->map_bytes, MADV_RANDOM);
}

/* Of the pages that image i lies in. */
static void advise(const gan_data *data, int64_t i, int advice)
{
    const gan_data_info *info = &data->info;
    const size_t image = (size_t)(info->height * info->width * info->channels);
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t from = (size_t)(data->pixels - data->map) + (size_t)i * image;
    const size_t begin = from / page * page;
    (void)madvise(data->map + begin, from + image - begin, advice);
}

void gan_store_expect(const gan_data *data, int64_t i)
{
    advise(data, i, MADV_WILLNEED);
}

void gan_store_leave(const gan_data *data, int64_t i)
{
#ifdef MADV_PAGEOUT /* Linux 5.4 */
    advise(data, i, MADV_PAGEOUT);
#else
    (void)data;
    (void)i;
#endif
}

void gan_store_unmap(gan_data *data)
{
    if (gan_store_is_mapped(data)) {
        data->pixels = NULL;
    }
    if (data->map) {
        (void)munmap(data->map, data->map_bytes);
    }
    data->map = NULL;
}
