/* fit.c — do the two networks meet: the generator's output and the image, the discriminator's
 * output and the loss. What a mistake needs is advice, so most of this file looks for some. */
#include <inttypes.h>
#include <stdio.h>

#include "net/geometry.h"
#include "net/stack.h"

/* Numbers of the last convolution that may be wrong, and how far to look for better ones. */
typedef struct change {
    const char *word;
    int64_t first, last;
} change;

enum { STRIDE, KERNEL, PADDING, N_CHANGES };

static const change changes[N_CHANGES] = {
    [STRIDE] = {"stride", 1, 8},
    [KERNEL] = {"kernel", 1, 16},
    [PADDING] = {"padding", 0, 15},
};

static gan_conv_spec apply(const gan_conv_spec *spec, int what, int64_t h, int64_t w)
{
    gan_conv_spec changed = *spec;
    if (what == STRIDE) {
        changed.stride_h = h;
        changed.stride_w = w;
    } else if (what == KERNEL) {
        changed.kernel_h = h;
        changed.kernel_w = w;
    } else {
        changed.padding = (gan_padding){GAN_PADDING_SIZES, h, w, h, w};
    }
    return changed;
}

static bool gives(const gan_layer *layer, const gan_conv_spec *spec, gan_dims3 want)
{
    gan_conv_geometry g;
    if (layer->kind == GAN_LAYER_conv) {
        return gan_conv_geometry_make(layer->in, spec, &g, NULL) == GAN_OK && g.p == want.h &&
               g.q == want.w;
    }
    return gan_conv_geometry_make_transposed(layer->in, spec, &g, NULL) == GAN_OK &&
           g.h == want.h && g.w == want.w;
}

static void describe(const char *word, int64_t h, int64_t w, char *text, size_t size)
{
    if (h == w) {
        snprintf(text, size, "%s %" PRId64, word, h);
    } else {
        snprintf(text, size, "%s [%" PRId64 ", %" PRId64 "]", word, h, w);
    }
}

/* Writes the one change of the layer's numbers that gives the wanted height and width: "stride 2",
 * "kernel [4, 3]"; nothing if they are right already. false if there is none. */
static bool search(const gan_layer *layer, const gan_conv_spec *spec, gan_dims3 want, char *text,
                   size_t size)
{
    text[0] = '\0';
    if (gives(layer, spec, want)) {
        return true;
    }
    for (int what = 0; what < N_CHANGES; what++) {
        const change *c = &changes[what];
        for (int64_t h = c->first; h <= c->last; h++) {
            for (int64_t w = c->first; w <= c->last; w++) {
                const gan_conv_spec changed = apply(spec, what, h, w);
                if (gives(layer, &changed, want)) {
                    describe(c->word, h, w, text, size);
                    return true;
                }
            }
        }
    }
    return false;
}

/* Writes which change of the last convolution gives the image; false if none was found. */
static bool advise_conv(const gan_stack_builder *b, gan_dims3 image, char *text, size_t size)
{
    const gan_layer *layer = &b->stack->layers[b->at.conv_layer];
    char numbers[64], channels[64] = "";
    if (!search(layer, &b->at.conv, image, numbers, sizeof numbers)) {
        return false;
    }
    if (b->at.conv.channels != image.c) {
        snprintf(channels, sizeof channels, "%schannels %" PRId64, numbers[0] ? " and " : "",
                 image.c);
    }
    snprintf(text, size, "%s%s in layer %d (%s) would give it", numbers, channels,
             b->at.conv_layer + 1, gan_layer_kind_name(layer->kind));
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
    if (builder->at.conv_layer < 0 || !advise_conv(builder, image, advice, sizeof advice)) {
        if (gan_dims3_count(out) == gan_dims3_count(image)) {
            snprintf(advice, sizeof advice,
                     "add reshape: [%" PRId64 ", %" PRId64 ", %" PRId64 "] at the end", image.h,
                     image.w, image.c);
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
                        "with channels: 1",
                        gan_dims3_describe(stack->out).text);
    }
    if (stack->layers[stack->n_layers - 1].kind == GAN_LAYER_sigmoid) {
        return gan_fail(err, GAN_E_DATA,
                        "the discriminator ends with sigmoid, but the losses take logits and "
                        "apply it themselves: remove it");
    }
    return GAN_OK;
}
