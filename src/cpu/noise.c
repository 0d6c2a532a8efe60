/* noise.c — normal(0,1) draws. */
#include "base/normal.h"
#include "cpu/parallel.h"
#include "cpu/step.h"

enum { GRAIN = 1024 }; /* a multiple of 4, so that no draw block is made twice */

typedef struct noise_job {
    const gan_noise_attr *attr;
    uint64_t step;
    float *z;
} noise_job;

static void fill(const void *ctx, int64_t begin, int64_t end)
{
    const noise_job *job = ctx;
    gan_normal_fill(job->attr->seed, job->attr->stream, job->step, begin, end - begin,
                    job->z + begin);
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const int64_t *counters = step->in[0];
    const noise_job job = {&step->op->attr.noise, (uint64_t)counters[GAN_COUNTER_STEP],
                           step->out[0]};
    gan_cpu_parallel(step->threads, gan_cpu_out(step, 0)->count, GRAIN, fill, &job);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_noise = {.in = {GAN_I64}, .run = run};
