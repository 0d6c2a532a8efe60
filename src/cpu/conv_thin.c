/* conv_thin.c — transposed convolution onto few channels, as a matrix product and a scatter.
 *
 * With one or a few channels on the wide side (an image), the library's input gradient leaves most
 * of each vector empty. The product of dy (B P Q, K) and the filter as it is stored (K, R S C)
 * gives what each input pixel sends to its R x S neighbourhood; each image's own thread then adds
 * those up, in the order of pixels and taps. Images go through in blocks whose products stay in the
 * cache. */
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "cpu/conv_engine.h"
#include "cpu/floats.h"
#include "cpu/parallel.h"

enum { CHANNELS_MAX = 4, BLOCK_BYTES = 1 << 20, BLOCK_IMAGES_MIN = 8 };

typedef struct thin_state {
    gan_onednn_plan *block, *rest; /* of a full block of images, and of the last one */
    int64_t images_per_block;
    int64_t products; /* floats that one image's product has */
} thin_state;

/* Images [begin, end) of one block. */
typedef struct scatter_job {
    const gan_conv_geometry *g;
    const float *products;
    gan_floats dx;
    float *maps;   /* where images are added up before they are rounded; NULL where dx is fp32 */
    int64_t first; /* image of dx that the block begins with */
    int64_t products_per_image;
} scatter_job;

static bool can(const gan_cpu_step *step, gan_conv_pass pass)
{
    const gan_conv_geometry *g = &step->op->attr.conv;
    return pass == GAN_CONV_DATA && g->groups == 1 && g->c <= CHANNELS_MAX && g->k > CHANNELS_MAX &&
           g->p * g->q > 1;
}

static int64_t at_least_0(int64_t a)
{
    return a > 0 ? a : 0;
}

/* Adds what input pixel (p, q) sends: R rows of S C floats, cut where they leave the map. */
static inline void scatter_pixel(const gan_conv_geometry *g, int64_t p, int64_t q,
                                 const float *products, float *dx)
{
    int64_t top = p * g->stride_h - g->pad_top, left = q * g->stride_w - g->pad_left;
    int64_t s_begin = at_least_0(-left), s_end = g->w - left < g->s ? g->w - left : g->s;
    int64_t r_begin = at_least_0(-top), r_end = g->h - top < g->r ? g->h - top : g->r;
    int64_t n = (s_end - s_begin) * g->c;
    for (int64_t r = r_begin; r < r_end; r++) {
        const float *from = products + (r * g->s + s_begin) * g->c;
        float *to = dx + ((top + r) * g->w + left + s_begin) * g->c;
        for (int64_t i = 0; i < n; i++) {
            to[i] += from[i];
        }
    }
}

GAN_CPU_CLONES static void scatter(const void *ctx, int64_t begin, int64_t end)
{
    const scatter_job *job = ctx;
    const gan_conv_geometry *g = job->g;
    int64_t pixel = g->r * g->s * g->c, image = g->h * g->w * g->c;
    for (int64_t i = begin; i < end; i++) {
        const float *products = job->products + i * job->products_per_image;
        float *dx = gan_floats_at(job->dx, (job->first + i) * image,
                                  job->maps ? job->maps + i * image : NULL);
        memset(dx, 0, (size_t)image * sizeof *dx);
        for (int64_t p = 0; p < g->p; p++) {
            for (int64_t q = 0; q < g->q; q++, products += pixel) {
                scatter_pixel(g, p, q, products, dx);
            }
        }
        gan_floats_write(job->dx, (job->first + i) * image, image, dx);
    }
}

static int64_t aligned(int64_t bytes)
{
    return (bytes + GAN_ALIGNMENT - 1) / GAN_ALIGNMENT * GAN_ALIGNMENT;
}

/* Scratch: the products of a block, its maps where dx is bf16, then what the library wants. */
static int64_t products_bytes(const thin_state *state)
{
    return aligned(state->images_per_block * state->products * (int64_t)sizeof(float));
}

static int64_t maps_bytes(const gan_cpu_step *step, const thin_state *state)
{
    const gan_conv_geometry *g = &step->op->attr.conv;
    int64_t image = g->h * g->w * g->c * (int64_t)sizeof(float);
    return gan_cpu_out(step, 0)->type == GAN_F32 ? 0 : aligned(state->images_per_block * image);
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    const thin_state *state = step->state;
    const gan_conv_geometry *g = &step->op->attr.conv;
    int64_t batch = gan_conv_batch(step);
    int64_t pixel_bytes = g->p * g->q * g->k * (int64_t)gan_dtype_size(gan_cpu_in(step, 0)->type);
    char *maps = (char *)step->scratch + products_bytes(state);
    for (int64_t first = 0; first < batch; first += state->images_per_block) {
        int64_t n =
            batch - first < state->images_per_block ? batch - first : state->images_per_block;
        gan_onednn_plan *plan = n == state->images_per_block ? state->block : state->rest;
        GAN_TRY(gan_onednn_bind(plan, (const char *)step->in[0] + first * pixel_bytes, step->in[1],
                                step->scratch, maps + maps_bytes(step, state), err));
        GAN_TRY(gan_onednn_run(plan, err));
        const scatter_job job = {.g = g,
                                 .products = step->scratch,
                                 .dx = gan_floats_out(step, 0),
                                 .maps = maps_bytes(step, state) > 0 ? (float *)(void *)maps : NULL,
                                 .first = first,
                                 .products_per_image = state->products};
        gan_cpu_parallel(step->threads, n, 1, scatter, &job);
    }
    return GAN_OK;
}

static void destroy(void *block)
{
    thin_state *state = block;
    gan_onednn_destroy(state->block);
    gan_onednn_destroy(state->rest);
    free(state);
}

static gan_status product_plan(const gan_cpu_step *step, int64_t images, gan_onednn_plan **plan,
                               gan_error *err)
{
    const gan_conv_geometry *g = &step->op->attr.conv;
    const gan_matmul_attr shape = {.m = images * g->p * g->q, .n = g->r * g->s * g->c, .k = g->k};
    const gan_onednn_types types = {gan_cpu_in(step, 0)->type, gan_cpu_in(step, 1)->type, GAN_F32};
    return gan_onednn_matmul(step->onednn, &shape, types, plan, err);
}

static int64_t block_images(int64_t products, int64_t batch)
{
    int64_t images = BLOCK_BYTES / (products * (int64_t)sizeof(float));
    images = images < BLOCK_IMAGES_MIN ? BLOCK_IMAGES_MIN : images;
    return images < batch ? images : batch;
}

static gan_status prepare(gan_cpu_step *step, gan_conv_pass pass, gan_error *err)
{
    (void)pass;
    const gan_conv_geometry *g = &step->op->attr.conv;
    int64_t batch = gan_conv_batch(step), library_bytes = 0;
    void *block = NULL;
    GAN_TRY(gan_calloc(1, sizeof(thin_state), &block, err));
    thin_state *state = block;
    gan_status status = GAN_OK;
    state->products = g->p * g->q * g->r * g->s * g->c;
    state->images_per_block = block_images(state->products, batch);
    GAN_TRY_DONE(product_plan(step, state->images_per_block, &state->block, err));
    library_bytes = gan_onednn_scratch(state->block);
    if (batch % state->images_per_block != 0) {
        GAN_TRY_DONE(product_plan(step, batch % state->images_per_block, &state->rest, err));
        if (gan_onednn_scratch(state->rest) > library_bytes) {
            library_bytes = gan_onednn_scratch(state->rest);
        }
    }
    step->state = state;
    step->run = run;
    step->destroy = destroy;
    step->scratch_bytes = products_bytes(state) + maps_bytes(step, state) + library_bytes;
    step->how = "oneDNN product and scatter";
done:
    if (status != GAN_OK) {
        destroy(state);
    }
    return status;
}

const gan_conv_engine gan_conv_thin = {"thin", "direct", NULL, can, NULL, prepare};
