/* activation.c — the activations of activations.def in double precision, from their definitions.
 *
 * <name>_0, _1, _2 are f, f' and f'', each written out: nothing is shared with activation_terms.h,
 * which the other backends include, so that a fault there is seen. With L(x) = 1 / (1 + e^-x),
 * P the normal distribution's cumulative function and p its density, p' = -x p. */
#include <math.h>

#include "reference/call.h"

enum { CHUNK = 4096 };

typedef double (*function)(double x, double alpha);

static double logistic(double x)
{
    return 1.0 / (1.0 + exp(-x));
}

/* P; erfc keeps its digits where P is tiny. */
static double normal(double x)
{
    return 0.5 * erfc(-x / sqrt(2.0));
}

static double density(double x)
{
    return exp(-x * x / 2.0) / sqrt(2.0 * acos(-1.0));
}

static double elu_0(double x, double alpha)
{
    return x > 0.0 ? x : alpha * expm1(x);
}

static double elu_1(double x, double alpha)
{
    return x > 0.0 ? 1.0 : alpha * exp(x);
}

static double elu_2(double x, double alpha)
{
    return x > 0.0 ? 0.0 : alpha * exp(x);
}

static const double selu_scale = 1.0507009873554804934, selu_alpha = 1.6732632423543772848;

static double selu_0(double x, double alpha)
{
    (void)alpha;
    return selu_scale * elu_0(x, selu_alpha);
}

static double selu_1(double x, double alpha)
{
    (void)alpha;
    return selu_scale * elu_1(x, selu_alpha);
}

static double selu_2(double x, double alpha)
{
    (void)alpha;
    return selu_scale * elu_2(x, selu_alpha);
}

static double silu_0(double x, double alpha)
{
    (void)alpha;
    return x * logistic(x);
}

static double silu_1(double x, double alpha)
{
    (void)alpha;
    return logistic(x) + x * logistic(x) * logistic(-x);
}

static double silu_2(double x, double alpha)
{
    const double s = logistic(x), rest = logistic(-x);
    (void)alpha;
    return 2.0 * s * rest + x * s * rest * (rest - s);
}

static double gelu_0(double x, double alpha)
{
    (void)alpha;
    return x * normal(x);
}

static double gelu_1(double x, double alpha)
{
    (void)alpha;
    return normal(x) + x * density(x);
}

static double gelu_2(double x, double alpha)
{
    (void)alpha;
    return 2.0 * density(x) - x * x * density(x);
}

static double softplus_0(double x, double alpha)
{
    (void)alpha;
    return x > 0.0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

static double softplus_1(double x, double alpha)
{
    (void)alpha;
    return logistic(x);
}

static double softplus_2(double x, double alpha)
{
    (void)alpha;
    return logistic(x) * logistic(-x);
}

static double relu6_0(double x, double alpha)
{
    (void)alpha;
    return x < 0.0 ? 0.0 : x > 6.0 ? 6.0 : x;
}

static double relu6_1(double x, double alpha)
{
    (void)alpha;
    return x > 0.0 && x < 6.0 ? 1.0 : 0.0;
}

static double relu6_2(double x, double alpha)
{
    (void)x;
    (void)alpha;
    return 0.0;
}

static double linear_0(double x, double alpha)
{
    return alpha * x;
}

static double linear_1(double x, double alpha)
{
    (void)x;
    return alpha;
}

static double linear_2(double x, double alpha)
{
    (void)x;
    (void)alpha;
    return 0.0;
}

static const function functions[GAN_ACTIVATION_COUNT][3] = {
#define GAN_ACTIVATION_ROW(name, alpha, bends, summary)                                            \
    [GAN_ACTIVATION_##name] = {name##_0, name##_1, name##_2},
#include "net/activations.def"
#undef GAN_ACTIVATION_ROW
};

static void do_chunk(const void *ctx, int64_t item)
{
    const gan_reference_call *call = ctx;
    const gan_activation_attr *a = &call->attr->activation;
    const function f = functions[a->function][a->order];
    const double *x = call->in[0].v, *g = call->in[1].v;
    const int64_t count = call->in[0].count, begin = item * CHUNK;
    const int64_t end = begin + CHUNK < count ? begin + CHUNK : count;
    for (int64_t i = begin; i < end; i++) {
        call->out[0].v[i] = f(x[i], (double)a->alpha) * (g ? g[i] : 1.0);
    }
}

static void run(const gan_reference_call *call)
{
    gan_reference_parallel(call->threads, (call->in[0].count + CHUNK - 1) / CHUNK, do_chunk, call);
}

const gan_reference_row gan_reference_activation = {.run = run};
