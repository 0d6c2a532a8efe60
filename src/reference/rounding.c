/* rounding.c — errors put into what an operation wrote. */
#include "reference/rounding.h"

#include <math.h>

#include "base/normal.h"
#include "reference/call.h"
#include "reference/convert.h"

enum { CHUNK = 1024 }; /* elements of an item; a multiple of 4, as draws come in fours */

static const double of_sums = 0x1p-25; /* sums are fp32 whatever the type */

static double deviation_of(gan_dtype type)
{
    return type == GAN_BF16 ? 0x1p-9 : type == GAN_F16 ? 0x1p-12 : 0x1p-25;
}

/* What became 0 without having been is +0: a -0 is a mark of dropout (ops.def). */
static double stored(gan_dtype type, double x)
{
    const double rounded = gan_reference_round(type, x);
    return rounded == 0.0 && x != 0.0 ? 0.0 : rounded;
}

static int64_t left_of(const gan_reference_errors *e, int64_t first)
{
    return e->n - first < CHUNK ? e->n - first : CHUNK;
}

static void round_chunk(const void *ctx, int64_t item)
{
    const gan_reference_errors *e = ctx;
    double *x = e->x + item * CHUNK;
    for (int64_t i = 0, n = left_of(e, item * CHUNK); i < n; i++) {
        x[i] = stored(e->type, x[i]);
    }
}

static void move_chunk(const void *ctx, int64_t item)
{
    const gan_reference_errors *e = ctx;
    const int64_t first = item * CHUNK, n = left_of(e, first);
    const double relative = deviation_of(e->type);
    double *x = e->x + first;
    float u[CHUNK];
    gan_normal_fill(e->seed, e->stream, e->run, first, n, u);
    for (int64_t i = 0; i < n; i++) {
        const double weight = e->weight ? e->weight[first + i] : 0.0;
        const double error = (relative * fabs(x[i]) + of_sums * weight) * (double)u[i];
        x[i] = error != 0.0 && isfinite(x[i]) ? x[i] + error : x[i]; /* -0 + 0 would be +0 */
    }
}

void gan_reference_put_errors(const gan_reference_errors *e)
{
    const int64_t n_chunks = (e->n + CHUNK - 1) / CHUNK;
    if (e->mode == GAN_ROUNDING_STORED) {
        gan_reference_parallel(e->threads, n_chunks, round_chunk, e);
    } else if (e->mode == GAN_ROUNDING_RANDOM) {
        gan_reference_parallel(e->threads, n_chunks, move_chunk, e);
    }
}
