/* safetensors_text.c — safetensors files made by hand, right and wrong ones. */
#define _GNU_SOURCE /* MAP_ANONYMOUS */
#include "unit/safetensors_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "io/safetensors.h"

unsigned char *safetensors_text(const char *header, size_t n_data, size_t *n)
{
    const size_t length = strlen(header);
    unsigned char *bytes = malloc(8 + length + n_data + 1);
    assert_non_null(bytes);
    for (int i = 0; i < 8; i++) {
        bytes[i] = (unsigned char)((uint64_t)length >> (8 * i));
    }
    memcpy(bytes + 8, header, length);
    for (size_t i = 0; i < n_data; i++) {
        bytes[8 + length + i] = (unsigned char)i;
    }
    *n = 8 + length + n_data;
    return bytes;
}

gan_status safetensors_bytes_open(const unsigned char *bytes, size_t n, gan_error *err)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    const size_t room = (n + page - 1) / page * page;
    gan_safetensors *file = NULL;
    unsigned char *map =
        mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(map != MAP_FAILED);
    assert_int_equal(mprotect(map + room, page, PROT_NONE), 0);
    unsigned char *copy = map + room - n;
    if (n > 0) {
        memcpy(copy, bytes, n);
    }
    const gan_status status = gan_safetensors_open_memory("x.safetensors", copy, n, &file, err);
    assert_int_equal(file != NULL, status == GAN_OK);
    gan_safetensors_close(file);
    assert_int_equal(munmap(map, room + page), 0);
    return status;
}

gan_status safetensors_text_open(const char *header, size_t n_data, gan_error *err)
{
    size_t n = 0;
    unsigned char *bytes = safetensors_text(header, n_data, &n);
    const gan_status status = safetensors_bytes_open(bytes, n, err);
    free(bytes);
    return status;
}
