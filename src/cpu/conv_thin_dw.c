/* conv_thin_dw.c — filter gradient of a convolution on few channels, in bf16: widened a block of
 * images at a time.
 *
 * With one or a few channels on the wide side the library's bf16 filter gradient is slower than its
 * fp32 one (8.8 ms against 2.8 for the tutorial discriminator's first layer at a batch of 256,
 * oneDNN 2.6 with AMX). Blocks stay in the cache while they are fp32; their gradients are added up
 * in the order of the blocks. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cpu/conv_engine.h"
#include "cpu/floats.h"

enum { CHANNELS_MAX = 4, BLOCK_BYTES = 2 << 20, BLOCK_IMAGES_MIN = 8 };

typedef struct thin_dw_state {
    gan_onednn_plan *block, *rest; /* of a full block of images, and of the last one */
    int64_t images_per_block;
    int64_t x_image, dy_image, filter;     /* elements */
    int64_t x, dy, dw, sum, library_bytes; /* offsets in scratch; what the library wants after */
} thin_dw_state;

static bool can(const gan_cpu_step *step, gan_conv_pass pass)
{
    const gan_conv_geometry *g = &step->op->attr.conv;
    return pass == GAN_CONV_FILTER && gan_cpu_in(step, 1)->type == GAN_BF16 && g->groups == 1 &&
           g->c <= CHANNELS_MAX && g->k > CHANNELS_MAX && g->p * g->q > 1;
}

static gan_floats after(gan_floats f, int64_t elements)
{
    return (gan_floats){(char *)f.data + elements * (int64_t)gan_dtype_size(f.type), f.type};
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    const thin_dw_state *s = step->state;
    char *scratch = step->scratch;
    const gan_floats x = {scratch + s->x, GAN_F32}, dy = {scratch + s->dy, GAN_F32};
    const float *dw = (const float *)(void *)(scratch + s->dw);
    float *sum = (float *)(void *)(scratch + s->sum);
    int64_t batch = gan_conv_batch(step);
    memset(sum, 0, (size_t)s->filter * sizeof *sum);
    for (int64_t first = 0; first < batch; first += s->images_per_block) {
        int64_t left = batch - first;
        int64_t n = left < s->images_per_block ? left : s->images_per_block;
        gan_onednn_plan *plan = n == s->images_per_block ? s->block : s->rest;
        gan_floats_copy(after(gan_floats_in(step, 0), first * s->x_image), x, n * s->x_image);
        gan_floats_copy(after(gan_floats_in(step, 1), first * s->dy_image), dy, n * s->dy_image);
        GAN_TRY(gan_onednn_bind(plan, x.data, dy.data, scratch + s->dw,
                                scratch + step->scratch_bytes - s->library_bytes, err));
        GAN_TRY(gan_onednn_run(plan, err));
        for (int64_t i = 0; i < s->filter; i++) {
            sum[i] += dw[i];
        }
    }
    gan_floats_copy((gan_floats){sum, GAN_F32}, gan_floats_out(step, 0), s->filter);
    return GAN_OK;
}

static void destroy(void *block)
{
    thin_dw_state *state = block;
    gan_onednn_destroy(state->block);
    gan_onednn_destroy(state->rest);
    free(state);
}

static gan_status make_plan(const gan_cpu_step *step, thin_dw_state *state, int64_t images,
                            gan_onednn_plan **plan, gan_error *err)
{
    const gan_onednn_types types = {GAN_F32, GAN_F32, GAN_F32};
    GAN_TRY(gan_onednn_conv(step->onednn, GAN_ONEDNN_BWD_FILTER, &step->op->attr.conv, images,
                            types, plan, err));
    int64_t bytes = gan_onednn_scratch(*plan);
    state->library_bytes = bytes > state->library_bytes ? bytes : state->library_bytes;
    return GAN_OK;
}

/* Offset of a part of `floats` fp32 numbers, added to the scratch. */
static int64_t reserve(gan_cpu_step *step, int64_t floats)
{
    int64_t offset = step->scratch_bytes, bytes = floats * (int64_t)sizeof(float);
    step->scratch_bytes += (bytes + GAN_ALIGNMENT - 1) / GAN_ALIGNMENT * GAN_ALIGNMENT;
    return offset;
}

static gan_status prepare(gan_cpu_step *step, gan_conv_pass pass, gan_error *err)
{
    (void)pass;
    const gan_conv_geometry *g = &step->op->attr.conv;
    int64_t batch = gan_conv_batch(step), images = 0;
    void *block = NULL;
    GAN_TRY(gan_calloc(1, sizeof(thin_dw_state), &block, err));
    thin_dw_state *s = block;
    gan_status status = GAN_OK;
    s->x_image = g->h * g->w * g->c;
    s->dy_image = g->p * g->q * g->k;
    s->filter = g->k * g->r * g->s * g->c;
    images = BLOCK_BYTES / ((s->x_image + s->dy_image) * (int64_t)sizeof(float));
    images = images < BLOCK_IMAGES_MIN ? BLOCK_IMAGES_MIN : images;
    s->images_per_block = images < batch ? images : batch;
    GAN_TRY_DONE(make_plan(step, s, s->images_per_block, &s->block, err));
    if (batch % s->images_per_block != 0) {
        GAN_TRY_DONE(make_plan(step, s, batch % s->images_per_block, &s->rest, err));
    }
    s->x = reserve(step, s->images_per_block * s->x_image);
    s->dy = reserve(step, s->images_per_block * s->dy_image);
    s->dw = reserve(step, s->filter);
    s->sum = reserve(step, s->filter);
    step->scratch_bytes += s->library_bytes;
    step->state = s;
    step->run = run;
    step->destroy = destroy;
    step->how = "oneDNN, blocks widened";
done:
    if (status != GAN_OK) {
        destroy(s);
    }
    return status;
}

const gan_conv_engine gan_conv_thin_dw = {"thin", "direct", NULL, can, NULL, prepare};
