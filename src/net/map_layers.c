/* map_layers.c — layers that make maps smaller and larger: shapes, and what a resampling follows
 * from. */
#include <inttypes.h>

#include "net/geometry.h"
#include "net/layer_maker.h"

/* After such a layer no convolution is the last one, for advice on sizes. */
static gan_status take_map(gan_stack_builder *b, const gan_layer *layer, gan_error *err)
{
    b->at.conv_layer = -1;
    return gan_layer_refuse_vector(b, layer, err);
}

/* --- windows --- */

/* PyTorch's ceil_mode: one more window where some of the map is left, unless it would begin beyond
 * the map and what is padded before it. */
static void round_up(gan_map_axis *a)
{
    const int64_t room = a->in + a->before + a->after - a->window;
    a->out = (room + a->stride - 1) / a->stride + 1;
    if ((a->out - 1) * a->stride >= a->in + a->before) {
        a->out--;
    }
}

static gan_status find_windows(gan_layer *layer, const gan_pool_spec *spec, gan_map_axis *h,
                               gan_map_axis *w, gan_error *err)
{
    gan_conv_spec window = spec->window;
    gan_conv_geometry g;
    window.channels = layer->in.c;
    window.groups = 1;
    GAN_TRY(gan_conv_geometry_make(layer->in, &window, &g, err));
    *h = (gan_map_axis){g.h, g.p, g.r, g.stride_h, g.pad_top, g.pad_bottom};
    *w = (gan_map_axis){g.w, g.q, g.s, g.stride_w, g.pad_left, g.pad_right};
    if (spec->ceil) {
        round_up(h);
        round_up(w);
    }
    layer->out = (gan_dims3){h->out, w->out, layer->in.c};
    return GAN_OK;
}

gan_status gan_layer_add_max_pool(gan_stack_builder *b, gan_layer *layer,
                                  const gan_layer_spec *spec, gan_error *err)
{
    gan_max_pool *pool = &layer->u.max_pool;
    GAN_TRY(take_map(b, layer, err));
    return find_windows(layer, &spec->u.pool, &pool->h, &pool->w, err);
}

gan_status gan_layer_add_average_pool(gan_stack_builder *b, gan_layer *layer,
                                      const gan_layer_spec *spec, gan_error *err)
{
    gan_resample *r = &layer->u.resample;
    GAN_TRY(take_map(b, layer, err));
    *r = (gan_resample){.kind = GAN_RESAMPLE_MEAN,
                        .divisor = spec->u.pool.counts_padding ? GAN_DIVIDE_BY_WINDOW
                                                               : GAN_DIVIDE_BY_INSIDE};
    return find_windows(layer, &spec->u.pool, &r->h, &r->w, err);
}

static gan_map_axis whole(int64_t size)
{
    return (gan_map_axis){.in = size, .out = 1, .window = size, .stride = 1};
}

gan_status gan_layer_add_global_pool(gan_stack_builder *b, gan_layer *layer,
                                     const gan_layer_spec *spec, gan_error *err)
{
    GAN_TRY(take_map(b, layer, err));
    layer->u.resample =
        (gan_resample){.kind = GAN_RESAMPLE_MEAN,
                       .divisor = spec->kind == GAN_LAYER_global_sum_pool ? GAN_DIVIDE_BY_ONE
                                                                          : GAN_DIVIDE_BY_INSIDE,
                       .h = whole(layer->in.h),
                       .w = whole(layer->in.w)};
    layer->out = (gan_dims3){1, 1, layer->in.c};
    b->at.flat = true;
    return GAN_OK;
}

/* --- sizes and factors --- */

static gan_status set_size(gan_layer *layer, const gan_resize_spec *spec, int64_t h, int64_t w,
                           gan_error *err)
{
    gan_resample *r = &layer->u.resample;
    *r = (gan_resample){
        .kind = spec->kind, .half_pixel = spec->half_pixel, .antialias = spec->antialias};
    r->h = (gan_map_axis){.in = layer->in.h, .out = h};
    r->w = (gan_map_axis){.in = layer->in.w, .out = w};
    if (h > GAN_NET_MAX_SIZE || w > GAN_NET_MAX_SIZE) {
        return gan_fail(err, GAN_E_DATA,
                        "its output of %" PRId64 " x %" PRId64 " is larger than %d", h, w,
                        GAN_NET_MAX_SIZE);
    }
    layer->out = (gan_dims3){h, w, layer->in.c};
    return GAN_OK;
}

gan_status gan_layer_add_adaptive_pool(gan_stack_builder *b, gan_layer *layer,
                                       const gan_layer_spec *spec, gan_error *err)
{
    GAN_TRY(take_map(b, layer, err));
    return set_size(layer, &spec->u.resize, spec->u.resize.h, spec->u.resize.w, err);
}

gan_status gan_layer_add_resize(gan_stack_builder *b, gan_layer *layer, const gan_layer_spec *spec,
                                gan_error *err)
{
    GAN_TRY(take_map(b, layer, err));
    return set_size(layer, &spec->u.resize, spec->u.resize.h, spec->u.resize.w, err);
}

/* StyleGAN's upfirdn2d: of the padding's rows the odd one comes first. Fewer than none, where there
 * are fewer taps than the factor: rows that are left out. */
static void filter_up(gan_map_axis *a, int64_t factor, int64_t taps)
{
    a->window = taps;
    a->stride = factor;
    a->before = (taps + factor - 1) / 2;
    a->after = taps - 1 - a->before;
}

static void filter_down(gan_map_axis *a, int64_t factor, int64_t taps)
{
    a->window = taps;
    a->stride = factor;
    a->after = taps >= factor ? (taps - factor) / 2 : -((factor - taps + 1) / 2);
    a->before = taps - factor - a->after;
}

gan_status gan_layer_add_upsample(gan_stack_builder *b, gan_layer *layer,
                                  const gan_layer_spec *spec, gan_error *err)
{
    const gan_resize_spec *s = &spec->u.resize;
    gan_resample *r = &layer->u.resample;
    GAN_TRY(take_map(b, layer, err));
    GAN_TRY(set_size(layer, s, layer->in.h * s->h, layer->in.w * s->w, err));
    if (s->kind == GAN_RESAMPLE_BINOMIAL_UP) {
        filter_up(&r->h, s->h, s->taps);
        filter_up(&r->w, s->w, s->taps);
    }
    return GAN_OK;
}

gan_status gan_layer_add_downsample(gan_stack_builder *b, gan_layer *layer,
                                    const gan_layer_spec *spec, gan_error *err)
{
    const gan_resize_spec *s = &spec->u.resize;
    gan_resample *r = &layer->u.resample;
    GAN_TRY(take_map(b, layer, err));
    if (s->h > layer->in.h || s->w > layer->in.w) {
        return gan_fail(err, GAN_E_DATA,
                        "its factors %" PRId64 " and %" PRId64
                        " are larger than its input of %s: use smaller ones",
                        s->h, s->w, gan_dims3_describe(layer->in).text);
    }
    GAN_TRY(set_size(layer, s, layer->in.h / s->h, layer->in.w / s->w, err));
    const int64_t taps = s->kind == GAN_RESAMPLE_MEAN ? 0 : s->taps;
    filter_down(&r->h, s->h, taps ? taps : s->h);
    filter_down(&r->w, s->w, taps ? taps : s->w);
    return GAN_OK;
}

/* A learned map, StyleGAN's constant. It is what a transposed convolution makes of one pixel, each
 * channel by itself: y[h,w,c] = kernel[c,h,w] x[c], x being the input, or 1. */
gan_status gan_layer_add_constant(gan_stack_builder *b, gan_layer *layer,
                                  const gan_layer_spec *spec, gan_error *err)
{
    const gan_dims3 out = spec->u.constant.shape;
    if (spec->u.constant.scaled && (!b->at.flat || layer->in.c != out.c)) {
        return gan_fail(err, GAN_E_DATA,
                        "its input is %s, and scaled: true takes a number for each of %" PRId64
                        " channels: put dense: %" PRId64 " before it",
                        gan_dims3_describe(layer->in).text, out.c, out.c);
    }
    layer->u.constant.scaled = spec->u.constant.scaled;
    layer->u.constant.spread = (gan_conv_geometry){.h = out.h,
                                                   .w = out.w,
                                                   .c = out.c,
                                                   .p = 1,
                                                   .q = 1,
                                                   .k = out.c,
                                                   .r = out.h,
                                                   .s = out.w,
                                                   .stride_h = 1,
                                                   .stride_w = 1,
                                                   .groups = out.c};
    layer->out = out;
    b->at.flat = false;
    b->at.conv_layer = -1;
    gan_param kernel = {
        .role = GAN_PARAM_KERNEL, .dims = {out.c, out.h, out.w, 1}, .rank = 4, .init = spec->init};
    kernel.init.fan_in = (double)out.h * (double)out.w;
    kernel.init.fan_out = kernel.init.fan_in * (double)out.c;
    return gan_layer_add_param(b, kernel, &layer->kernel, err);
}
