/* fit.c — do the two networks meet: the generator's output and the image, the discriminator's
 * output and the loss. What a mistake needs is advice, so most of this file looks for some. */
#include <inttypes.h>
#include <stdio.h>

#include "net/geometry.h"
#include "net/stack.h"

enum { MAX_STRIDE_TRIED = 8, MAX_KERNEL_TRIED = 16 };

/* What may change in the search for the wanted size. */
typedef struct freedom {
    bool stride, kernel;
} freedom;

typedef struct pair_words {
    char text[64];
} pair_words;

/* "stride 2", "kernel [4, 3]" */
static pair_words describe_pair(const char *what, int64_t h, int64_t w)
{
    pair_words words;
    if (h == w) {
        snprintf(words.text, sizeof words.text, "%s %" PRId64, what, h);
    } else {
        snprintf(words.text, sizeof words.text, "%s [%" PRId64 ", %" PRId64 "]", what, h, w);
    }
    return words;
}

static bool gives(const gan_layer *layer, const gan_conv_spec *spec, int64_t height, int64_t width)
{
    gan_conv_geometry g;
    if (layer->kind == GAN_LAYER_conv) {
        return gan_conv_geometry_make(layer->in, spec, &g, NULL) == GAN_OK && g.p == height &&
               g.q == width;
    }
    return gan_conv_geometry_make_transposed(layer->in, spec, &g, NULL) == GAN_OK &&
           g.h == height && g.w == width;
}

/* Looks for *stride and *kernel, members of spec, that give that output; leaves them there. */
static bool search_axis(const gan_layer *layer, const gan_conv_spec *spec, int64_t *stride,
                        int64_t *kernel, freedom may, int64_t height, int64_t width)
{
    int64_t stride_was = *stride, kernel_was = *kernel;
    if (gives(layer, spec, height, width)) {
        return true;
    }
    for (int64_t s = 1; s <= (may.stride ? MAX_STRIDE_TRIED : 1); s++) {
        for (int64_t k = 1; k <= (may.kernel ? MAX_KERNEL_TRIED : 1); k++) {
            *stride = may.stride ? s : stride_was;
            *kernel = may.kernel ? k : kernel_was;
            if (gives(layer, spec, height, width)) {
                return true;
            }
        }
    }
    return false;
}

/* Height and width are looked for apart, each while the other stays what it is. */
static bool search(const gan_layer *layer, const gan_conv_spec *spec, freedom may, gan_dims3 want,
                   gan_conv_spec *found)
{
    gan_conv_spec y = *spec, x = *spec;
    if (!search_axis(layer, &y, &y.stride_h, &y.kernel_h, may, want.h, layer->out.w) ||
        !search_axis(layer, &x, &x.stride_w, &x.kernel_w, may, layer->out.h, want.w)) {
        return false;
    }
    *found = *spec;
    found->stride_h = y.stride_h;
    found->kernel_h = y.kernel_h;
    found->stride_w = x.stride_w;
    found->kernel_w = x.kernel_w;
    return true;
}

/* Writes which change of the last convolution gives the image; false if none was found. */
static bool advise_conv(const gan_stack_builder *b, gan_dims3 image, char *text, size_t size)
{
    static const freedom freedoms[] = {{true, false}, {false, true}, {true, true}};
    const gan_layer *layer = &b->stack->layers[b->conv_layer];
    gan_conv_spec found;
    size_t tried = 0;
    while (!search(layer, &b->conv, freedoms[tried], image, &found)) {
        if (++tried == sizeof freedoms / sizeof freedoms[0]) {
            return false;
        }
    }
    const gan_conv_spec *was = &b->conv;
    pair_words parts[3] = {{""}, {""}, {""}};
    int n = 0;
    if (found.stride_h != was->stride_h || found.stride_w != was->stride_w) {
        parts[n++] = describe_pair("stride", found.stride_h, found.stride_w);
    }
    if (found.kernel_h != was->kernel_h || found.kernel_w != was->kernel_w) {
        parts[n++] = describe_pair("kernel", found.kernel_h, found.kernel_w);
    }
    if (was->channels != image.c) {
        parts[n++] = describe_pair("channels", image.c, image.c);
    }
    snprintf(text, size, "%s%s%s%s%s in layer %d (%s) would give it", parts[0].text,
             n > 1 ? " and " : "", parts[1].text, n > 2 ? " and " : "", parts[2].text,
             b->conv_layer + 1, gan_layer_kind_name(layer->kind));
    return true;
}

gan_status gan_generator_check_output(const gan_stack_builder *builder, gan_dims3 image,
                                      gan_error *err)
{
    gan_dims3 out = builder->stack->out;
    if (gan_dims3_equal(out, image)) {
        return GAN_OK;
    }
    char advice[256];
    if (builder->conv_layer < 0 || !advise_conv(builder, image, advice, sizeof advice)) {
        if (gan_dims3_count(out) == gan_dims3_count(image)) {
            snprintf(advice, sizeof advice, "add reshape: [%" PRId64 ", %" PRId64 ", %" PRId64
                     "] at the end", image.h, image.w, image.c);
        } else {
            snprintf(advice, sizeof advice, "change its strides, kernels or reshape");
        }
    }
    return gan_fail(err, GAN_E_DATA, "the generator ends with %s, but an image is %s: %s",
                    gan_dims3_describe(out).text, gan_dims3_describe(image).text, advice);
}

gan_status gan_discriminator_check_output(const gan_stack_builder *builder, gan_error *err)
{
    const gan_stack *stack = builder->stack;
    bool is_vector = stack->out.h == 1 && stack->out.w == 1;
    if (!is_vector && stack->out.c != 1) {
        return gan_fail(err, GAN_E_DATA,
                        "the discriminator ends with a map of %s, which is neither a vector of "
                        "logits nor a map of one channel: add flatten and dense: 1, or a conv "
                        "with channels: 1", gan_dims3_describe(stack->out).text);
    }
    if (stack->layers[stack->n_layers - 1].kind == GAN_LAYER_sigmoid) {
        return gan_fail(err, GAN_E_DATA,
                        "the discriminator ends with sigmoid, but the losses take logits and "
                        "apply it themselves: remove it");
    }
    return GAN_OK;
}
