/* fuzz_pth.c — any bytes as a file of PyTorch: refused with a sentence, or tensors that can be read
 * as far as their storages are there. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "io/pth.h"

enum { MAX_ELEMENTS = 1 << 12 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz_pth: %s\n", what);
        abort();
    }
}

/* The first elements and the last. */
static void read_tensor(gan_pth *file, const gan_pth_tensor *tensor)
{
    const int64_t n = tensor->elements < MAX_ELEMENTS ? tensor->elements : MAX_ELEMENTS;
    float *x = malloc((size_t)n * sizeof *x + 1);
    require(x != NULL, "no memory");
    for (int last = 0; last < 2; last++) {
        gan_error err = {0};
        const gan_status status =
            gan_pth_read_f32(file, tensor, last ? tensor->elements - n : 0, n, x, &err);
        require(status == GAN_OK || status == GAN_E_DATA || status == GAN_E_MEMORY, "a status");
        require(status == GAN_OK || err.text[0], "no sentence");
    }
    require(gan_pth_read_f32(file, tensor, tensor->elements, 1, x, NULL) != GAN_OK, "too much");
    free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gan_pth *file = NULL;
    gan_error err = {0};
    const gan_status status = gan_pth_open_memory("fuzz", data, size, &file, &err);
    require((status == GAN_OK) == (file != NULL), "status and file disagree");
    require(status == GAN_OK || (err.status == status && err.text[0]), "no sentence");
    for (size_t i = 0; file && i < gan_pth_count(file) && i < 64; i++) {
        const gan_pth_tensor *tensor = gan_pth_at(file, i);
        require(gan_pth_find(file, tensor->name) == tensor, "a lost name");
        read_tensor(file, tensor);
    }
    gan_pth_close(file);
    return 0;
}
