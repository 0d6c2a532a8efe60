/* random_net.c — a network description drawn at random, as YAML.
 *
 * The discriminator is drawn going down from the image; the generator is drawn from the image
 * backwards, since the shapes of its transposed convolutions must end at the image. */
#include "unit/random_net.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/philox.h"

enum { MAX_CONVS = 3 };

typedef struct drawer {
    uint64_t seed;
    uint32_t draws;
    char *out;
    int size, used;
} drawer;

static int pick(drawer *d, int low, int high)
{
    gan_philox4 r = gan_philox(d->seed, 77, 0, d->draws++);
    return low + (int)(r.v[0] % (uint32_t)(high - low + 1));
}

static void put(drawer *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void put(drawer *d, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(d->out + d->used, (size_t)(d->size - d->used), format, args);
    va_end(args);
    d->used += n;
}

static void put_activation(drawer *d, int batch_norm, int dropout)
{
    if (batch_norm && pick(d, 0, 1)) {
        put(d, "  - batch_norm: {epsilon: 1e-2, momentum: 0.9, running_variance: %s}\n",
            pick(d, 0, 1) ? "biased" : "unbiased");
    }
    if (pick(d, 0, 3)) {
        put(d, "  - leaky_relu: 0.%d\n", pick(d, 1, 9));
    }
    if (dropout && pick(d, 0, 1)) {
        put(d, "  - dropout: 0.%d\n", pick(d, 1, 5));
    }
}

/* ", groups: N" of a convolution between so many channels, now and then. */
static void put_groups(drawer *d, int from, int to)
{
    const int groups = pick(d, 2, 5);
    if (from == to && pick(d, 0, 3) == 0) {
        put(d, ", groups: depthwise");
    } else if (from % groups == 0 && to % groups == 0) {
        put(d, ", groups: %d", groups);
    }
}

/* A block that keeps the shape of a map, within a block now and then. */
static void put_residual(drawer *d, int channels, int batch_norm, int dropout)
{
    put(d, "  - residual:\n      layers:\n");
    put(d, "        - conv: {channels: %d, kernel: 3, padding: same, bias: %s", channels,
        pick(d, 0, 1) ? "true" : "false");
    put_groups(d, channels, channels);
    put(d, "}\n");
    if (batch_norm && pick(d, 0, 1)) {
        put(d, "        - batch_norm\n");
    }
    put(d, "        - leaky_relu: 0.2\n");
    if (dropout && pick(d, 0, 1)) {
        put(d, "        - dropout: 0.2\n");
    }
    if (pick(d, 0, 2) == 0) {
        put(d, "        - residual: [conv: {channels: %d, kernel: 1}, tanh]\n", channels);
    }
    if (pick(d, 0, 1)) {
        put(d, "      shortcut: [conv: {channels: %d, kernel: 1, bias: false}]\n", channels);
    }
}

typedef struct conv {
    int h, w, c; /* the map on the larger side */
    int p, q;    /* and on the smaller one */
    int kernel, stride, pad;
} conv;

/* Draws a convolution that fits on (h, w). */
static conv draw_conv(drawer *d, int h, int w, int c)
{
    conv v = {.h = h, .w = w, .c = c};
    do {
        v.kernel = pick(d, 1, 5);
        v.stride = pick(d, 1, v.kernel < 3 ? v.kernel : 3);
        v.pad = pick(d, 0, v.kernel / 2);
        v.p = (h + 2 * v.pad - v.kernel) / v.stride + 1;
        v.q = (w + 2 * v.pad - v.kernel) / v.stride + 1;
    } while (h + 2 * v.pad < v.kernel || w + 2 * v.pad < v.kernel);
    return v;
}

static void put_generator(drawer *d, int h, int w, int c, int n)
{
    conv convs[MAX_CONVS];
    for (int i = 0; i < n; i++) {
        /* a square map keeps the extra rows of output_padding equal on both sides */
        convs[i] =
            draw_conv(d, i ? convs[i - 1].p : h, i ? convs[i - 1].q : w, i ? pick(d, 1, 5) : c);
        int extra_h = (convs[i].h + 2 * convs[i].pad - convs[i].kernel) % convs[i].stride;
        int extra_w = (convs[i].w + 2 * convs[i].pad - convs[i].kernel) % convs[i].stride;
        if (extra_h != extra_w) {
            i--; /* draw again: output_padding is one number */
        }
    }
    int channels = pick(d, 1, 5);
    int units = convs[n - 1].p * convs[n - 1].q * channels;
    put(d, "generator:\n  - dense: {units: %d, bias: %s}\n", units,
        pick(d, 0, 1) ? "true" : "false");
    put_activation(d, 1, 1);
    put(d, "  - reshape: [%d, %d, %d]\n", convs[n - 1].p, convs[n - 1].q, channels);
    for (int i = n - 1; i >= 0; i--) {
        const conv *v = &convs[i];
        put(d,
            "  - conv_transpose: {channels: %d, kernel: %d, stride: %d, padding: %d, "
            "output_padding: %d, bias: %s",
            v->c, v->kernel, v->stride, v->pad, (v->h + 2 * v->pad - v->kernel) % v->stride,
            pick(d, 0, 1) ? "true" : "false");
        put_groups(d, i + 1 < n ? convs[i + 1].c : channels, v->c);
        put(d, "}\n");
        if (i > 0) {
            put_activation(d, 1, 1);
        }
        if (i > 0 && pick(d, 0, 3) == 0) {
            put_residual(d, v->c, 1, 1);
        }
    }
    put(d, "  - %s\n", pick(d, 0, 1) ? "tanh" : "sigmoid");
}

/* A layer that makes a map of (*h, *w) smaller or larger, or of the same size. */
static void put_map_layer(drawer *d, int *h, int *w)
{
    const int kernel = pick(d, 1, 3), stride = pick(d, 1, 2), pad = pick(d, 0, kernel / 2);
    const int larger = *h + *w<20, smaller = *h> 1 && *w > 1;
    switch (pick(d, 0, 5)) {
    case 0:
    case 1:
        if (*h + 2 * pad >= kernel && *w + 2 * pad >= kernel) {
            put(d, "  - %s_pool: {kernel: %d, stride: %d, padding: %d}\n",
                pick(d, 0, 1) ? "max" : "average", kernel, stride, pad);
            *h = (*h + 2 * pad - kernel) / stride + 1;
            *w = (*w + 2 * pad - kernel) / stride + 1;
        }
        break;
    case 2:
        if (larger) {
            static const char *const filters[] = {"nearest", "bilinear", "[1, 2, 1]"};
            put(d, "  - upsample: {factor: 2, filter: %s}\n", filters[pick(d, 0, 2)]);
            *h *= 2;
            *w *= 2;
        }
        break;
    case 3:
        if (smaller) {
            put(d, "  - downsample: {factor: 2, filter: %s}\n",
                pick(d, 0, 1) ? "average" : "[1, 3, 3, 1]");
            *h /= 2;
            *w /= 2;
        }
        break;
    case 4:
        *h = pick(d, 1, 9);
        *w = pick(d, 1, 9);
        put(d, "  - resize: {size: [%d, %d], filter: %s, antialias: %s}\n", *h, *w,
            pick(d, 0, 1) ? "bilinear" : "bicubic", pick(d, 0, 1) ? "true" : "false");
        break;
    default:
        *h = pick(d, 1, 5);
        *w = pick(d, 1, 5);
        put(d, "  - adaptive_average_pool: [%d, %d]\n", *h, *w);
    }
}

static void put_discriminator(drawer *d, int h, int w, int c, int n, int batch_norm)
{
    put(d, "discriminator:\n");
    for (int i = 0; i < n; i++) {
        conv v = draw_conv(d, h, w, 1);
        const int channels = pick(d, 1, 5);
        put(d, "  - conv: {channels: %d, kernel: %d, stride: %d, padding: %d, bias: %s", channels,
            v.kernel, v.stride, v.pad, pick(d, 0, 1) ? "true" : "false");
        put_groups(d, c, channels);
        put(d, "}\n");
        c = channels;
        put_activation(d, batch_norm, 1);
        if (pick(d, 0, 2) == 0) {
            put_residual(d, channels, batch_norm, 1);
        }
        h = v.p;
        w = v.q;
        if (pick(d, 0, 2) == 0) {
            put_map_layer(d, &h, &w);
        }
    }
    put(d, "  - %s\n  - dense: 1\n", pick(d, 0, 3) ? "flatten" : "global_average_pool");
}

void random_net(uint64_t seed, int d_batch_norm, char *out, int size)
{
    drawer d = {.seed = seed, .out = out, .size = size};
    int side = pick(&d, 3, 14), channels = pick(&d, 1, 3);
    int other = pick(&d, 0, 1) ? side : pick(&d, 3, 14);
    put(&d, "name: random\nimage: {height: %d, width: %d, channels: %d}\nlatent: %d\n", side, other,
        channels, pick(&d, 1, 9));
    put(&d, "defaults: {init: {normal: 0.3}}\n");
    put_generator(&d, side, other, channels, pick(&d, 1, MAX_CONVS));
    put_discriminator(&d, side, other, channels, pick(&d, 1, MAX_CONVS), d_batch_norm);
    put(&d, "train: {batch_size: %d, epochs: 1, adam: {lr: 1e-3, beta1: 0.5}}\n", pick(&d, 2, 7));
}
