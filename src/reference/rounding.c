/* rounding.c — errors put into what an operation wrote. */
#include "reference/rounding.h"

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

static void put_in_chunk(const void *ctx, int64_t item)
{
    const gan_reference_errors *e = ctx;
    const int64_t first = item * CHUNK, n = e->n - first < CHUNK ? e->n - first : CHUNK;
    const double relative = deviation_of(e->type);
    float u[CHUNK];
    if (e->mode == GAN_ROUNDING_RANDOM) {
        gan_normal_fill(e->seed, e->stream, e->run, first, n, u);
    }
    for (int64_t i = 0; i < n; i++) {
        double *x = &e->x[first + i];
        if (e->mode == GAN_ROUNDING_STORED) {
            *x = stored(e->type, *x);
            continue;
        }
        const double size = *x < 0.0 ? -*x : *x;
        const double weight = e->weight ? e->weight[first + i] : 0.0;
        const double error = (relative * size + of_sums * weight) * (double)u[i];
        *x = error != 0.0 ? *x + error : *x; /* -0 + 0 would be +0 */
    }
}

void gan_reference_put_errors(const gan_reference_errors *errors)
{
    gan_reference_parallel(errors->threads, (errors->n + CHUNK - 1) / CHUNK, put_in_chunk, errors);
}
