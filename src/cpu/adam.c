/* adam.c — Adam (Kingma and Ba 2015) for one or both networks, one pass over flat memory. */
#include <math.h>

#include "cpu/floats.h"
#include "cpu/parallel.h"

enum { GRAIN = 4096, PER_NETWORK = 3 };

/* One network at one t. Keras divides by sqrt(v) + epsilon, PyTorch by sqrt(v) root + epsilon. */
typedef struct adam_job {
    gan_floats gradient;
    float *param, *m, *v;
    float rate; /* of m over the divisor, with the bias corrections that the form puts here */
    float root; /* 1, or 1 / sqrt(1 - beta2^t) */
    float take1, take2; /* 1 - beta1, 1 - beta2 */
    float epsilon;
} adam_job;

/* n elements from begin on. */
GAN_CPU_CLONES static void adam_run(const adam_job *job, const float *restrict gradient,
                                    int64_t begin, int64_t n)
{
    float *restrict param = job->param + begin;
    float *restrict m = job->m + begin, *restrict v = job->v + begin;
    float rate = job->rate, root = job->root, epsilon = job->epsilon;
    float take1 = job->take1, take2 = job->take2;
    for (int64_t i = 0; i < n; i++) {
        float g = gradient[i];
        float m_new = m[i] + take1 * (g - m[i]);
        float v_new = v[i] + take2 * (g * g - v[i]);
        m[i] = m_new;
        v[i] = v_new;
        param[i] -= rate * m_new / (sqrtf(v_new) * root + epsilon);
    }
}

static void adam_range(const void *ctx, int64_t begin, int64_t end)
{
    const adam_job *job = ctx;
    float room[GAN_FLOATS_BLOCK];
    for (int64_t i = begin; i < end; i += GAN_FLOATS_BLOCK) {
        int64_t n = gan_floats_block(i, end);
        adam_run(job, gan_floats_read(job->gradient, i, n, room), i, n);
    }
}

static adam_job job_of(const gan_cpu_step *step, int network)
{
    const gan_adam_segment *segment = &step->op->attr.adam.segments[network];
    const double *rates = (const double *)step->in[GAN_ADAM_RATES] + gan_rate_at(segment->net, 0);
    const int64_t *counters = step->out[GAN_ADAM_COUNTERS];
    const double lr = rates[GAN_RATE_LR];
    const double beta1 = rates[GAN_RATE_BETA1], beta2 = rates[GAN_RATE_BETA2];
    void *const *out = &step->out[network * PER_NETWORK];
    const double t = (double)counters[gan_counter_of(segment->net)];
    const double left1 = 1.0 - pow(beta1, t), left2 = sqrt(1.0 - pow(beta2, t));
    adam_job job = {.gradient = gan_floats_in(step, network),
                    .param = out[0],
                    .m = out[1],
                    .v = out[2],
                    .rate = (float)(segment->epsilon_inside ? lr / left1 : lr * left2 / left1),
                    .root = (float)(segment->epsilon_inside ? 1.0 / left2 : 1.0),
                    .take1 = (float)(1.0 - beta1),
                    .take2 = (float)(1.0 - beta2),
                    .epsilon = (float)segment->epsilon};
    return job;
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const gan_adam_attr *a = &step->op->attr.adam;
    const int32_t *flag = step->in[GAN_ADAM_FLAG];
    int64_t *counters = step->out[GAN_ADAM_COUNTERS];
    for (int i = 0; i < a->n_segments && flag[0] == 0; i++) {
        counters[gan_counter_of(a->segments[i].net)]++;
        const adam_job job = job_of(step, i);
        gan_cpu_parallel(step->threads, a->segments[i].count, GRAIN, adam_range, &job);
    }
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_adam = {.in = {[GAN_ADAM_RATES] = GAN_F64, [GAN_ADAM_FLAG] = GAN_I32},
                                    .out = {[GAN_ADAM_COUNTERS] = GAN_I64},
                                    .in_bf16 = 3,
                                    .run = run};
