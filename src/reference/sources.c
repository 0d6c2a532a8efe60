/* sources.c — a batch of images, its labels, noise: the draws of every backend, as doubles. */
#include "base/normal.h"
#include "base/permute.h"
#include "reference/call.h"

enum { CHUNK = 1024 }; /* draws of an item; a multiple of 4, so that no draw block is made twice */

static void gather_image(const void *ctx, int64_t i)
{
    const gan_reference_call *call = ctx;
    const gan_gather_attr *a = &call->attr->gather;
    const int64_t *d = call->out[0].dims;
    const uint64_t n = (uint64_t)a->n_images;
    const uint64_t s =
        gan_gather_start(a, call->in[1].counters[GAN_COUNTER_STEP], d[0]) + (uint64_t)i;
    const uint64_t image = gan_permute(s % n, n, a->seed, a->order_stream, s / n);
    const gan_philox4 words = gan_philox(a->seed, a->flip_stream, 0, (uint32_t)(s / 4));
    const bool mirrored = a->flip && words.v[s % 4] >> 31;
    const uint8_t *from = call->in[0].bytes + (int64_t)image * d[1] * d[2] * d[3];
    double *to = call->out[0].v + i * d[1] * d[2] * d[3];
    for (int64_t h = 0; h < d[1]; h++) {
        for (int64_t w = 0; w < d[2]; w++) {
            const int64_t col = mirrored ? d[2] - 1 - w : w;
            for (int64_t c = 0; c < d[3]; c++) {
                *to++ = ((double)from[(h * d[2] + col) * d[3] + c] - 127.5) / 127.5;
            }
        }
    }
}

static void run_gather(const gan_reference_call *call)
{
    gan_reference_parallel(call->threads, call->out[0].dims[0], gather_image, call);
}

static void run_gather_labels(const gan_reference_call *call)
{
    const gan_gather_attr *a = &call->attr->gather;
    const uint64_t n = (uint64_t)a->n_images, batch = (uint64_t)call->out[0].count;
    for (uint64_t i = 0; i < batch; i++) {
        const uint64_t s =
            gan_gather_start(a, call->in[1].counters[GAN_COUNTER_STEP], (int64_t)batch) + i;
        call->out[0].words[i] =
            call->in[0].words[gan_permute(s % n, n, a->seed, a->order_stream, s / n)];
    }
}

static void fill(const void *ctx, int64_t item)
{
    const gan_reference_call *call = ctx;
    const gan_noise_attr *a = &call->attr->noise;
    const int64_t first = item * CHUNK, left = call->out[0].count - first;
    const int64_t n = left < CHUNK ? left : CHUNK;
    float z[CHUNK];
    gan_normal_fill(a->seed, a->stream, (uint64_t)call->in[0].counters[GAN_COUNTER_STEP],
                    a->first + first, n, z);
    for (int64_t i = 0; i < n; i++) {
        call->out[0].v[first + i] = (double)z[i];
    }
}

static void run_noise(const gan_reference_call *call)
{
    gan_reference_parallel(call->threads, (call->out[0].count + CHUNK - 1) / CHUNK, fill, call);
}

const gan_reference_row gan_reference_gather = {.run = run_gather, .exact = true};
const gan_reference_row gan_reference_gather_labels = {.run = run_gather_labels, .exact = true};
const gan_reference_row gan_reference_noise = {.run = run_noise, .exact = true};
