/* tar.h — walking a tar archive (POSIX.1-1988 ustar; of later extensions only as much as skipping
 * them takes), packed with gzip or not. */
#ifndef GAN_DATA_TAR_H
#define GAN_DATA_TAR_H

#include <stdbool.h>
#include <stdint.h>

#include "data/reader.h"

enum { GAN_TAR_NAME = 257 };

typedef struct gan_tar {
    gan_reader *reader; /* borrowed */
    const char *path;   /* of the archive, for messages; borrowed */
    int64_t unread;     /* of the entry's content and its padding */
} gan_tar;

typedef struct gan_tar_entry {
    char name[GAN_TAR_NAME]; /* the whole path in the archive */
    int64_t bytes;
    bool is_file; /* a regular file; folders, links and extensions are not */
} gan_tar_entry;

/* Moves to the next entry; *found is false at the end of the archive. GAN_E_DATA when it is
 * truncated or not a tar archive (each header's checksum is compared). */
gan_status gan_tar_next(gan_tar *tar, gan_tar_entry *entry, bool *found, gan_error *err);

/* Reads the whole content of the entry, entry->bytes bytes. GAN_E_DATA when it is cut short. */
gan_status gan_tar_read(gan_tar *tar, const gan_tar_entry *entry, void *to, gan_error *err);

#endif
