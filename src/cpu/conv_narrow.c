/* conv_narrow.c — convolution onto few channels, as inner products.
 *
 * With one or a few results per pixel (an image), the library's convolution leaves most of each
 * vector empty. Here a vector runs along a row of taps and its channels, which lie side by side in
 * x and in the filter; four neighbouring pixels share each piece of the filter. Sums are kept in
 * sixteen lanes that are added at the end, in an order that no thread changes. */
#include "cpu/conv_narrow.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cpu/parallel.h"

enum { LANES = 16, PIXELS = 4, BLOCK_BYTES = 2 << 20, BLOCK_IMAGES_MIN = 8 };

typedef struct narrow_state {
    int64_t images_per_block;
    int64_t x, w, y; /* offsets in scratch; of what is fp32 nothing is there */
} narrow_state;

typedef struct narrow_job {
    const gan_conv_geometry *g;
    const float *x, *w; /* the first image's; the filter */
    float *y;
} narrow_job;

int64_t gan_narrow_reserve(gan_cpu_step *step, int64_t floats)
{
    const int64_t offset = step->scratch_bytes, bytes = floats * (int64_t)sizeof(float);
    step->scratch_bytes += (bytes + GAN_ALIGNMENT - 1) / GAN_ALIGNMENT * GAN_ALIGNMENT;
    return offset;
}

int64_t gan_narrow_block(const gan_cpu_step *step, int in, int64_t image_floats)
{
    const int64_t batch = gan_conv_batch(step);
    if (gan_cpu_in(step, in)->type == GAN_F32) {
        return batch;
    }
    int64_t images = BLOCK_BYTES / (image_floats * (int64_t)sizeof(float));
    images = images < BLOCK_IMAGES_MIN ? BLOCK_IMAGES_MIN : images;
    return images < batch ? images : batch;
}

const float *gan_narrow_images(const gan_cpu_step *step, int in, int64_t first, int64_t n,
                               int64_t image_floats, int64_t room)
{
    const gan_floats from = gan_floats_in(step, in);
    if (from.type == GAN_F32) {
        return (const float *)from.data + first * image_floats;
    }
    const gan_floats part = {(char *)from.data + first * image_floats * (int64_t)sizeof(uint16_t),
                             from.type};
    const gan_floats to = {(char *)step->scratch + room, GAN_F32};
    gan_floats_copy(part, to, n * image_floats);
    return to.data;
}

static bool can(const gan_cpu_step *step, gan_conv_pass pass)
{
    const gan_conv_geometry *g = &step->op->attr.conv;
    return pass == GAN_CONV_FWD && g->groups == 1 && g->k <= GAN_NARROW_CHANNELS &&
           g->s * g->c >= LANES && g->p * g->q > 1;
}

GAN_CPU_INLINE float sum_lanes(float *a)
{
    for (int n = LANES / 2; n > 0; n /= 2) {
        for (int i = 0; i < n; i++) {
            a[i] += a[i + n];
        }
    }
    return a[0];
}

/* Adds the products of n neighbours of x and of the filter; what is left over goes to `rest`. */
GAN_CPU_INLINE void dot_one(const float *restrict w, const float *restrict x, int64_t n,
                            float *restrict sum, float *restrict rest)
{
    int64_t i = 0;
    for (; i + LANES <= n; i += LANES) {
#pragma omp simd
        for (int l = 0; l < LANES; l++) {
            sum[l] += w[i + l] * x[i + l];
        }
    }
    for (; i < n; i++) {
        *rest += w[i] * x[i];
    }
}

/* The same for PIXELS pixels, `step` floats of x apart. */
GAN_CPU_INLINE void dot_many(const float *restrict w, const float *restrict x, int64_t step,
                             int64_t n, float (*restrict sum)[LANES], float *restrict rest)
{
    int64_t i = 0;
    const float *x1 = x + step, *x2 = x1 + step, *x3 = x2 + step;
    for (; i + LANES <= n; i += LANES) {
#pragma omp simd
        for (int l = 0; l < LANES; l++) {
            const float tap = w[i + l];
            sum[0][l] += tap * x[i + l];
            sum[1][l] += tap * x1[i + l];
            sum[2][l] += tap * x2[i + l];
            sum[3][l] += tap * x3[i + l];
        }
    }
    for (; i < n; i++) {
        for (int k = 0; k < PIXELS; k++) {
            rest[k] += w[i] * x[i + k * step];
        }
    }
}

/* n pixels (one, or PIXELS whose filters all lie in the map's width) from (p, q) on. */
GAN_CPU_INLINE void pixels_at(const narrow_job *job, const float *x, float *y, int64_t p, int64_t q,
                              int n)
{
    const gan_conv_geometry *g = job->g;
    const int64_t top = p * g->stride_h - g->pad_top, left = q * g->stride_w - g->pad_left;
    const gan_narrow_taps rows = gan_narrow_taps_at(top, g->r, g->h);
    const gan_narrow_taps columns = gan_narrow_taps_at(left, g->s, g->w);
    const int64_t run = (columns.end - columns.begin) * g->c, step = g->stride_w * g->c;
    for (int64_t k = 0; k < g->k; k++) {
        float sum[PIXELS][LANES] = {{0.0f}};
        float rest[PIXELS] = {0.0f};
        for (int64_t r = rows.begin; r < rows.end; r++) {
            const float *w = job->w + ((k * g->r + r) * g->s + columns.begin) * g->c;
            const float *from = x + ((top + r) * g->w + left + columns.begin) * g->c;
            if (n == 1) {
                dot_one(w, from, run, sum[0], rest);
            } else {
                dot_many(w, from, step, run, sum, rest);
            }
        }
        for (int i = 0; i < n; i++) {
            y[(p * g->q + q + i) * g->k + k] = sum_lanes(sum[i]) + rest[i];
        }
    }
}

GAN_CPU_CLONES static void narrow_images(const void *ctx, int64_t begin, int64_t end)
{
    const narrow_job *job = ctx;
    const gan_conv_geometry *g = job->g;
    for (int64_t row = begin; row < end; row++) {
        const int64_t image = row / g->p, p = row % g->p;
        const float *x = job->x + image * g->h * g->w * g->c;
        float *y = job->y + image * g->p * g->q * g->k;
        for (int64_t q = 0; q < g->q;) {
            const int64_t left = q * g->stride_w - g->pad_left;
            const bool many =
                left >= 0 && q + PIXELS <= g->q && left + (PIXELS - 1) * g->stride_w + g->s <= g->w;
            pixels_at(job, x, y, p, q, many ? PIXELS : 1);
            q += many ? PIXELS : 1;
        }
    }
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    const narrow_state *s = step->state;
    const gan_conv_geometry *g = &step->op->attr.conv;
    const gan_floats out = gan_floats_out(step, 0);
    const int64_t batch = gan_conv_batch(step), pixels = g->p * g->q * g->k;
    (void)err;
    narrow_job job = {.g = g, .w = step->in[1]};
    if (gan_cpu_in(step, 1)->type != GAN_F32) {
        const gan_floats w = {(char *)step->scratch + s->w, GAN_F32};
        gan_floats_copy(gan_floats_in(step, 1), w, gan_cpu_in(step, 1)->count);
        job.w = w.data;
    }
    for (int64_t first = 0; first < batch; first += s->images_per_block) {
        const int64_t left = batch - first;
        const int64_t n = left < s->images_per_block ? left : s->images_per_block;
        float *room = (float *)(void *)((char *)step->scratch + s->y);
        job.x = gan_narrow_images(step, 0, first, n, g->h * g->w * g->c, s->x);
        job.y = gan_floats_at(out, first * pixels, room);
        gan_cpu_parallel(step->threads, n * g->p, 1, narrow_images, &job);
        gan_floats_write(out, first * pixels, n * pixels, job.y);
    }
    return GAN_OK;
}

static gan_status prepare(gan_cpu_step *step, gan_conv_pass pass, gan_error *err)
{
    (void)pass;
    const gan_conv_geometry *g = &step->op->attr.conv;
    void *block = NULL;
    GAN_TRY(gan_calloc(1, sizeof(narrow_state), &block, err));
    narrow_state *s = block;
    const int64_t image = g->h * g->w * g->c;
    s->images_per_block = gan_narrow_block(step, 0, image);
    s->x = gan_narrow_reserve(
        step, gan_cpu_in(step, 0)->type == GAN_F32 ? 0 : s->images_per_block * image);
    s->w = gan_narrow_reserve(
        step, gan_cpu_in(step, 1)->type == GAN_F32 ? 0 : gan_cpu_in(step, 1)->count);
    s->y = gan_narrow_reserve(
        step, gan_cpu_out(step, 0)->type == GAN_F32 ? 0 : s->images_per_block * g->p * g->q * g->k);
    step->state = s;
    step->run = run;
    step->destroy = free;
    step->how = "inner products";
    return GAN_OK;
}

const gan_conv_engine gan_conv_narrow = {"narrow", "direct", NULL, can, NULL, prepare};
