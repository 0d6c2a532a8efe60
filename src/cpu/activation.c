/* activation.c — the activations of activations.def and their derivatives, times a factor.
 *
 * Their functions of e^x are polynomials through Chebyshev's nodes, without a call or a branch, so
 * that the loops vectorize: log1p(x)/x on [0, 1] to 1.2e-7, expm1(x)/x on [-0.7, 0] to 9e-8, and
 * ln(erfc(x) e^(x^2) / t) of t = 1 / (1 + x / 2), which erfc's tail needs, to 3e-7. */
#include "cpu/exp.h"
#include "cpu/floats.h"
#include "cpu/parallel.h"

static inline float log1p_near(float x)
{
    float p = -0.0032563785f;
    p = p * x + 0.0199071609f;
    p = p * x - 0.0570642007f;
    p = p * x + 0.1061426468f;
    p = p * x - 0.1531186310f;
    p = p * x + 0.1967811726f;
    p = p * x - 0.2495455887f;
    p = p * x + 0.3333000404f;
    p = p * x - 0.4999990399f;
    p = p * x + 0.9999999954f;
    return x * p;
}

static inline float expm1_negative(float x)
{
    const float far = gan_exp_negative(x) - 1.0f, near = x < -0.7f ? 0.0f : x;
    float p = 0.0001466764f;
    p = p * near + 0.0013418222f;
    p = p * near + 0.0083114981f;
    p = p * near + 0.0416614072f;
    p = p * near + 0.1666660600f;
    p = p * near + 0.4999999737f;
    p = p * near + 0.9999999998f;
    return x < -0.7f ? far : x * p;
}

/* Exactly 0 from 9.3 on, where it is less than 2^-125. */
static inline float erfc_positive(float x)
{
    const float t = 1.0f / (1.0f + 0.5f * x);
    float p = 0.1734962479f;
    p = p * t - 0.8332495479f;
    p = p * t + 1.5070651823f;
    p = p * t - 1.1499563000f;
    p = p * t + 0.2832097631f;
    p = p * t - 0.1847877657f;
    p = p * t + 0.0951816848f;
    p = p * t + 0.3745949011f;
    p = p * t + 0.9999547341f;
    p = p * t - 1.2655088237f;
    return t * gan_exp_negative(p - x * x);
}

#define GAN_TERM_EXP_NEG(x) gan_exp_negative(x)
#define GAN_TERM_EXPM1_NEG(x) expm1_negative(x)
#define GAN_TERM_LOG1P(x) log1p_near(x)
#define GAN_TERM_ERFC(x) erfc_positive(x)
#include "program/activation_terms.h"

enum { GRAIN = 2048 };

typedef void (*loop)(const float *x, const float *g, float alpha, int64_t n, float *y);

/* y = f^(order)(x) g; g NULL is 1. */
#define LOOP(name, order)                                                                          \
    GAN_CPU_CLONES static void name##_##order(const float *x, const float *g, float alpha,         \
                                              int64_t n, float *y)                                 \
    {                                                                                              \
        if (!g) {                                                                                  \
            _Pragma("omp simd") for (int64_t i = 0; i < n; i++)                                    \
            {                                                                                      \
                y[i] = gan_##name##_##order(x[i], alpha);                                          \
            }                                                                                      \
            return;                                                                                \
        }                                                                                          \
        _Pragma("omp simd") for (int64_t i = 0; i < n; i++)                                        \
        {                                                                                          \
            y[i] = gan_##name##_##order(x[i], alpha) * g[i];                                       \
        }                                                                                          \
    }
#define GAN_ACTIVATION_ROW(name, alpha, bends, summary) LOOP(name, 0) LOOP(name, 1) LOOP(name, 2)
#include "net/activations.def"
#undef GAN_ACTIVATION_ROW

static const loop loops[GAN_ACTIVATION_COUNT][3] = {
#define GAN_ACTIVATION_ROW(name, alpha, bends, summary)                                            \
    [GAN_ACTIVATION_##name] = {name##_0, name##_1, name##_2},
#include "net/activations.def"
#undef GAN_ACTIVATION_ROW
};

typedef struct activation_job {
    loop f;
    gan_floats x, g, y;
    float alpha;
} activation_job;

static void range(const void *ctx, int64_t begin, int64_t end)
{
    const activation_job *job = ctx;
    float room_x[GAN_FLOATS_BLOCK], room_g[GAN_FLOATS_BLOCK], room[GAN_FLOATS_BLOCK];
    for (int64_t i = begin; i < end; i += GAN_FLOATS_BLOCK) {
        const int64_t n = gan_floats_block(i, end);
        const float *x = gan_floats_read(job->x, i, n, room_x);
        const float *g = job->g.data ? gan_floats_read(job->g, i, n, room_g) : NULL;
        float *y = gan_floats_at(job->y, i, room);
        job->f(x, g, job->alpha, n, y);
        gan_floats_write(job->y, i, n, y);
    }
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const gan_activation_attr *a = &step->op->attr.activation;
    const activation_job job = {loops[a->function][a->order], gan_floats_in(step, 0),
                                gan_floats_in(step, 1), gan_floats_out(step, 0), a->alpha};
    gan_cpu_parallel(step->threads, gan_cpu_out(step, 0)->count, GRAIN, range, &job);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_activation = {.in_bf16 = 3, .out_bf16 = 1, .run = run};
