/* memory.h — host memory with checked sizes. */
#ifndef GAN_BASE_MEMORY_H
#define GAN_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { GAN_ALIGNMENT = 64 }; /* bytes: one cache line, one AVX-512 register */

/* n zeroed items of size bytes each in *out, owned by the caller (free()). n == 0 gives a valid
 * pointer. GAN_E_MEMORY when n * size overflows or the system has none; *out is then NULL. */
gan_status gan_calloc(size_t n, size_t size, void **out, gan_error *err);

/* Grows *array to hold at least n items of size bytes; *capacity counts items and at least doubles.
 * New items are zeroed. On failure the array is untouched and GAN_E_MEMORY is returned. */
gan_status gan_grow(void **array, size_t n, size_t size, size_t *capacity, gan_error *err);

/* bytes zeroed bytes aligned to GAN_ALIGNMENT, or to a huge page for large blocks, which the
 * system is then asked to back with huge pages. Freed by gan_aligned_free (NULL is fine). */
gan_status gan_aligned_alloc(size_t bytes, void **out, gan_error *err);
void gan_aligned_free(void *block);

/* GAN_OK if `bytes` could be had just now, of memory and of the address space that `ulimit -v`
 * leaves; else GAN_E_MEMORY, which says that `what` wants them. For what a library takes where a
 * failure would end the process: ask before. Nothing is kept. */
gan_status gan_memory_room(int64_t bytes, const char *what, gan_error *err);

/* A copy of text owned by the caller (free()); GAN_E_MEMORY when there is none. */
gan_status gan_strdup(const char *text, char **out, gan_error *err);

/* printf into a new string owned by the caller (free()). */
gan_status gan_format(char **out, gan_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
