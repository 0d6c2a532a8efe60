/* source_file.h — what the readers of source.c's table share. */
#ifndef GAN_EXCHANGE_SOURCE_FILE_H
#define GAN_EXCHANGE_SOURCE_FILE_H

#include "exchange/source.h"

/* How a file stores a number, little-endian. */
typedef enum gan_number {
    GAN_NUMBER_F32,
    GAN_NUMBER_F16,
    GAN_NUMBER_BF16,
    GAN_NUMBER_F64
} gan_number;

/* Appends a tensor of `count` numbers, which are 0 and the caller's to fill. Of more than four
 * axes, it fits no parameter: it is kept as a vector, which is refused where it is matched.
 * GAN_E_MEMORY.
 */
gan_status gan_source_make(gan_source *source, const char *name, const int64_t *dims, int rank,
                           int64_t count, gan_tensor **out, gan_error *err);

/* The same with numbers, which are bytes[0..n-1]. path is for messages. GAN_E_DATA:
 * the shape wants another number of bytes. GAN_E_MEMORY. */
gan_status gan_source_add(gan_source *source, const char *path, const char *name,
                          const int64_t *dims, int rank, gan_number type, const void *bytes,
                          size_t n, gan_error *err);

/* Readers of files, as gan_source_read(). */
gan_status gan_source_read_onnx(const char *path, gan_source *source, gan_error *err);
gan_status gan_source_read_npz(const char *path, gan_source *source, gan_error *err);

#endif
