/* safetensors_type.c — what a tensor's type and shape come to in bytes. */
#include "io/safetensors_file.h"

static const int64_t most_bytes = (int64_t)1 << 62;

typedef struct type_row {
    const char *name;
    int64_t bytes;
} type_row;

static const type_row types[GAN_SAFETENSORS_TYPES] = {
#define TYPE_ROW(name, bytes) [GAN_SAFETENSORS_##name] = {#name, bytes},
    GAN_SAFETENSORS_TYPE_LIST(TYPE_ROW)
#undef TYPE_ROW
};

const char *gan_safetensors_type_name(gan_safetensors_type type)
{
    return types[type].name;
}

int64_t gan_safetensors_type_bytes(gan_safetensors_type type)
{
    return types[type].bytes;
}

int64_t gan_safetensors_elements(const int64_t *dims, int n_dims, gan_safetensors_type type)
{
    const int64_t most = most_bytes / types[type].bytes;
    int64_t elements = 1, zero = 0;
    for (int i = 0; i < n_dims; i++) {
        if (dims[i] < 0 || (dims[i] > 0 && elements > most / dims[i])) {
            return -1;
        }
        zero |= dims[i] == 0;
        elements *= dims[i] > 0 ? dims[i] : 1;
    }
    return zero ? 0 : elements;
}
