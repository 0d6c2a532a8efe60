/* fuzz_safetensors.c — any bytes as a safetensors file: refused with a sentence, or tensors that
 * cover the data without holes and can all be read. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "io/safetensors.h"

enum { MAX_ELEMENTS = 1 << 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "fuzz_safetensors: %s\n", what);
        abort();
    }
}

static void check_tensor(gan_safetensors *file, const gan_safetensors_tensor *tensor)
{
    const int64_t bytes = tensor->end - tensor->begin;
    require(tensor->elements * gan_safetensors_type_bytes(tensor->type) == bytes, "a size");
    require(gan_safetensors_find(file, tensor->name) == tensor, "a lost name");
    char *raw = malloc((size_t)bytes + 1);
    require(raw != NULL, "no memory");
    require(gan_safetensors_read(file, tensor, 0, bytes, raw, NULL) == GAN_OK, "a read");
    require(gan_safetensors_read(file, tensor, 0, bytes + 1, raw, NULL) == GAN_E_USAGE, "too much");
    free(raw);
    if (tensor->elements <= MAX_ELEMENTS) {
        float *x = malloc((size_t)tensor->elements * sizeof *x + 1);
        require(x != NULL, "no memory");
        const gan_status status =
            gan_safetensors_read_f32(file, tensor, 0, tensor->elements, x, NULL);
        require(status == GAN_OK || status == GAN_E_DATA, "a conversion");
        free(x);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    gan_safetensors *file = NULL;
    gan_error err = {0};
    const gan_status status = gan_safetensors_open_memory("fuzz", data, size, &file, &err);
    require((status == GAN_OK) == (file != NULL), "status and file disagree");
    require(status == GAN_OK || (err.status == status && err.text[0]), "no sentence");
    if (file) {
        int64_t end = 0;
        for (size_t i = 0; i < gan_safetensors_count(file); i++) {
            const gan_safetensors_tensor *tensor = gan_safetensors_at(file, i);
            require(tensor->begin == end, "a hole");
            end = tensor->end;
            check_tensor(file, tensor);
        }
        for (size_t i = 0; i < gan_safetensors_meta_count(file); i++) {
            const gan_safetensors_meta meta = gan_safetensors_meta_at(file, i);
            require(strlen(meta.value) <= size, "a text");
            const gan_status digest = gan_safetensors_verify(file, meta.key, NULL);
            require(digest == GAN_OK || digest == GAN_E_DATA, "a digest");
        }
    }
    gan_safetensors_close(file);
    return 0;
}
