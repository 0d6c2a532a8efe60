/* verify_kinks.c — inputs of LeakyReLU that are too near 0 to say on which side they are.
 *
 * Rounding moves an input by some 1e-6 of its layer's size, so two right computations may take
 * different sides for the few that lie nearer to 0 than that, and their gradients then differ by a
 * whole term. In a network of a million activations some step has one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "train/peek.h"
#include "train/verify.h"

static const double rounding =
    4e-6; /* of the layer's root mean square: some 5 standard deviations */

/* The slope of the LeakyReLU in a forward op of network `side`; 1 if it has none. */
static float slope_of(const gan_op *op, char side)
{
    if (op->label[0] != side || op->label[1] != '.') {
        return 1;
    }
    switch (op->kind) {
    case GAN_OP_bias_leaky_dropout:
        return op->attr.bias_leaky_dropout.slope;
    case GAN_OP_batch_norm:
        return op->attr.norm.slope;
    default:
        return 1;
    }
}

/* y is a LeakyReLU's output; what dropout made 0 does not count. */
static int64_t count_near_zero(const float *y, int64_t n, float slope)
{
    double sum = 0;
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) {
        sum += (double)y[i] * (double)y[i];
    }
    double nearest = rounding * sqrt(sum / (double)n);
    for (int64_t i = 0; i < n; i++) {
        double x = y[i] >= 0 || slope == 0 ? (double)y[i] : (double)y[i] / (double)slope;
        count += y[i] != 0 && fabs(x) < nearest;
    }
    return count;
}

gan_status gan_verify_count_kinks(const gan_backend *backend, gan_executable *executable,
                                  const gan_program *program, char side, int64_t *count,
                                  gan_error *err)
{
    *count = 0;
    for (int i = 0; i < program->n_ops; i++) {
        const gan_op *op = &program->ops[i];
        float slope = slope_of(op, side);
        float *y = NULL;
        if (slope == 1) {
            continue;
        }
        GAN_TRY(gan_peek_floats(backend, executable, program, op->out[0], &y, err));
        *count += count_near_zero(y, program->buffers[op->out[0]].count, slope);
        free(y);
    }
    return GAN_OK;
}
