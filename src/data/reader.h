/* reader.h — the bytes of a file, through gzip where it is packed, never more than asked for. */
#ifndef GAN_DATA_READER_H
#define GAN_DATA_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct gan_reader gan_reader;

/* Opens a regular file; a gzip file (RFC 1952, told by its first two bytes) is unpacked while it is
 * read. *out is the caller's. GAN_E_NO_INPUT when it is not there, not
 * permitted or not a file; GAN_E_IO, GAN_E_MEMORY. */
gan_status gan_reader_open(const char *path, gan_reader **out, gan_error *err);
void gan_reader_close(gan_reader *reader); /* NULL is fine */

/* Reads n bytes into to, fewer only where the content ends: *got says how many. Nothing beyond n is
 * unpacked. GAN_E_DATA where the gzip data is damaged, truncated, or followed by something else;
 * the content read before stays valid. GAN_E_IO when the system cannot read. */
gan_status gan_reader_read(gan_reader *reader, void *to, size_t n, size_t *got, gan_error *err);

/* Reads and drops n bytes; *got as above. */
gan_status gan_reader_skip(gan_reader *reader, int64_t n, int64_t *got, gan_error *err);

bool gan_reader_is_packed(const gan_reader *reader);

/* The most bytes that the content can have: the file's size, or, packed, 1032 times it (the limit
 * of deflate). A header that promises more is wrong, and nothing needs to be allocated for it. */
int64_t gan_reader_limit(const gan_reader *reader);

#endif
