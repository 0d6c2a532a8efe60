/* ema.c — exponential moving average of a network's parameters. */
#include "cpu/parallel.h"
#include "cpu/step.h"
#include "program/ema_decay.h"

enum { GRAIN = 4096 };

typedef struct ema_job {
    const float *source;
    float *average;
    float kept, taken;
} ema_job;

GAN_CPU_CLONES static void ema_range(const void *ctx, int64_t begin, int64_t end)
{
    const ema_job *job = ctx;
    const float *restrict source = job->source;
    float *restrict average = job->average;
    float kept = job->kept, taken = job->taken;
    for (int64_t i = begin; i < end; i++) {
        average[i] = kept * average[i] + taken * source[i];
    }
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const double *rates = step->in[1];
    const int32_t *flag = step->in[2];
    const int64_t *counters = step->in[3];
    float decay = (float)rates[GAN_RATE_EMA];
    if (counters) {
        decay = gan_ema_decay(decay, counters[gan_counter_of(GAN_NET_G)]);
    }
    const ema_job job = {step->in[0], step->out[0], decay, (float)(1.0 - (double)decay)};
    if (flag[0] == 0) {
        gan_cpu_parallel(step->threads, gan_cpu_in(step, 0)->count, GRAIN, ema_range, &job);
    }
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_ema = {.in = {[1] = GAN_F64, [2] = GAN_I32, [3] = GAN_I64}, .run = run};
