/* zip.h — zip archives, through libzip. */
#ifndef GAN_IO_ZIP_H
#define GAN_IO_ZIP_H

#include <stddef.h>

#include "base/error.h"

/* A file in an archive: its name there, and its bytes, which are only read. */
typedef struct gan_zip_entry {
    const char *name;
    const void *bytes;
    size_t n;
} gan_zip_entry;

/* Writes an archive of n files, whole or not at all, as base/file.h has it: stored, not compressed,
 * and dated 1980, so that the same files give the same bytes. The archive is held in memory on the
 * way. GAN_E_CREATE, GAN_E_IO, GAN_E_MEMORY. */
gan_status gan_zip_write(const char *path, const gan_zip_entry *entries, size_t n, gan_error *err);

/* The file of that name in an archive, owned by the caller (free()). GAN_E_DATA: no archive, no
 * such file in it, damaged, or larger than cap. GAN_E_NO_INPUT, GAN_E_IO, GAN_E_MEMORY. */
gan_status gan_zip_read(const char *path, const char *name, size_t cap, void **bytes, size_t *n,
                        gan_error *err);

/* Looks at a file of an archive; its bytes live during the call. A failure ends the reading and is
 * returned from it. */
typedef gan_status gan_zip_visitor(void *user, const char *name, const void *bytes, size_t n,
                                   gan_error *err);

/* Calls visit for every file, in the archive's order. Errors of gan_zip_read(). */
gan_status gan_zip_each(const char *path, size_t cap, gan_zip_visitor *visit, void *user,
                        gan_error *err);

#endif
