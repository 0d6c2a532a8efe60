/* spec.c — names and sizes of layers. The names are those of the lists in net.h, written once. */
#include "net/spec.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

const char *gan_layer_kind_name(gan_layer_kind kind)
{
    static const char *const names[GAN_LAYER_COUNT] = {
#define LAYER_NAME(name) #name,
        GAN_LAYER_LIST(LAYER_NAME)
#undef LAYER_NAME
    };
    return names[kind];
}

static const struct {
    const char *name;
    double alpha;
} activations[GAN_ACTIVATION_COUNT] = {
#define GAN_ACTIVATION_ROW(name, alpha, bends, summary) [GAN_ACTIVATION_##name] = {#name, alpha},
#include "net/activations.def"
#undef GAN_ACTIVATION_ROW
};

const char *gan_activation_name(int function)
{
    return activations[function].name;
}

/* The name is one of the language: it has been looked for before. */
gan_activation_spec gan_activation_find(const char *name)
{
    int i = 0;
    while (strcmp(activations[i].name, name) != 0) {
        i++;
    }
    return (gan_activation_spec){(gan_activation)i, activations[i].alpha};
}

const char *gan_norm_name(gan_norm_kind kind)
{
    static const char *const names[GAN_NORM_COUNT] = {
#define NORM_NAME(name) #name,
        GAN_NORM_LIST(NORM_NAME)
#undef NORM_NAME
    };
    return names[kind];
}

const char *gan_layer_spec_name(const gan_layer_spec *spec)
{
    return spec->kind == GAN_LAYER_activation
               ? gan_activation_name((int)spec->u.activation.function)
           : spec->kind == GAN_LAYER_normalize ? gan_norm_name(spec->u.normalize.norm)
                                               : gan_layer_kind_name(spec->kind);
}

gan_dims3_words gan_dims3_describe(gan_dims3 dims)
{
    gan_dims3_words words;
    snprintf(words.text, sizeof words.text, "%" PRId64 " x %" PRId64 " x %" PRId64, dims.h, dims.w,
             dims.c);
    return words;
}

bool gan_dims3_equal(gan_dims3 a, gan_dims3 b)
{
    return a.h == b.h && a.w == b.w && a.c == b.c;
}

int64_t gan_dims3_count(gan_dims3 dims)
{
    const int64_t sizes[] = {dims.h, dims.w, dims.c};
    return gan_sizes_multiply(sizes, 3);
}

int64_t gan_sizes_multiply(const int64_t *sizes, int n)
{
    int64_t product = 1;
    for (int i = 0; i < n; i++) {
        product *= sizes[i]; /* both at most 2^31: no overflow */
        if (product > GAN_NET_MAX_COUNT) {
            return -1;
        }
    }
    return product;
}
