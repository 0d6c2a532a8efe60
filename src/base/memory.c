/* memory.c — host memory with checked sizes. */
#define _GNU_SOURCE /* madvise */
#include "base/memory.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/number.h"

static const size_t huge_page = (size_t)2 << 20;

gan_status gan_calloc(size_t n, size_t size, void **out, gan_error *err)
{
    *out = calloc(n ? n : 1, size ? size : 1);
    if (!*out) {
        return gan_fail(err, GAN_E_MEMORY, "no memory for %zu items of %zu bytes", n, size);
    }
    return GAN_OK;
}

gan_status gan_grow(void **array, size_t n, size_t size, size_t *capacity, gan_error *err)
{
    if (n <= *capacity) {
        return GAN_OK;
    }
    size_t larger = *capacity > SIZE_MAX / 2 ? n : *capacity * 2;
    if (larger < n) {
        larger = n;
    }
    void *grown = larger > SIZE_MAX / size ? NULL : realloc(*array, larger * size);
    if (!grown) {
        return gan_fail(err, GAN_E_MEMORY, "no memory for %zu items of %zu bytes", larger, size);
    }
    memset((char *)grown + *capacity * size, 0, (larger - *capacity) * size);
    *array = grown;
    *capacity = larger;
    return GAN_OK;
}

gan_status gan_aligned_alloc(size_t bytes, void **out, gan_error *err)
{
    size_t align = bytes >= huge_page ? huge_page : (size_t)GAN_ALIGNMENT;
    *out = NULL;
    if (bytes > SIZE_MAX - align) {
        return gan_fail(err, GAN_E_MEMORY, "no memory for %zu bytes", bytes);
    }
    size_t rounded = (bytes + align - 1) / align * align;
    if (rounded == 0) {
        rounded = align;
    }
    void *block = NULL;
    if (posix_memalign(&block, align, rounded) != 0) {
        return gan_fail(err, GAN_E_MEMORY, "no memory for %zu bytes", bytes);
    }
    if (align == huge_page) {
        (void)madvise(block, rounded, MADV_HUGEPAGE); /* advice: refused where there are none */
    }
    memset(block, 0, rounded);
    *out = block;
    return GAN_OK;
}

void gan_aligned_free(void *block)
{
    free(block);
}

gan_status gan_memory_room(int64_t bytes, const char *what, gan_error *err)
{
    void *room =
        mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED) {
        char size[GAN_NUMBER_TEXT_SIZE];
        gan_number_bytes(bytes, size);
        return gan_fail(err, GAN_E_MEMORY, "no memory for %s, which may take %s", what, size);
    }
    (void)munmap(room, (size_t)bytes);
    return GAN_OK;
}

gan_status gan_strdup(const char *text, char **out, gan_error *err)
{
    *out = strdup(text);
    return *out ? GAN_OK : gan_fail(err, GAN_E_MEMORY, "no memory for a string");
}

gan_status gan_format(char **out, gan_error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vasprintf(out, format, args);
    va_end(args);
    if (length < 0) {
        *out = NULL;
        return gan_fail(err, GAN_E_MEMORY, "no memory for a string");
    }
    return GAN_OK;
}
