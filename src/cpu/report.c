/* report.c — a step's metrics to the ring, then the step counter moves on. */
#include "cpu/step.h"

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const float *metrics = step->in[0], *norm_g = step->in[1], *norm_d = step->in[2];
    const int32_t *flag = step->in[3];
    int64_t *counters = step->out[0];
    uint64_t row = (uint64_t)counters[GAN_COUNTER_STEP] % (uint64_t)step->op->attr.report.rows;
    float *ring = (float *)step->out[1] + row * GAN_METRIC_COUNT;
    for (int i = 0; i < GAN_METRIC_NORM_G; i++) {
        ring[i] = metrics[i];
    }
    ring[GAN_METRIC_NORM_G] = norm_g ? *norm_g : 0.0f;
    ring[GAN_METRIC_NORM_D] = norm_d ? *norm_d : 0.0f;
    counters[GAN_COUNTER_STEP] += flag[0] == 0;
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_report = {.in = {[3] = GAN_I32}, .out = {GAN_I64}, .run = run};
