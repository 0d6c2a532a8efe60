/* noise.c — normal(0,1) draws. */
#include "base/normal.h"
#include "cpu/floats.h"
#include "cpu/parallel.h"

enum { GRAIN = 1024 }; /* a multiple of 4, so that no draw block is made twice */

typedef struct noise_job {
    const gan_noise_attr *attr;
    uint64_t step;
    gan_floats z;
} noise_job;

static void fill(const void *ctx, int64_t begin, int64_t end)
{
    const noise_job *job = ctx;
    float room[GAN_FLOATS_BLOCK];
    for (int64_t i = begin; i < end; i += GAN_FLOATS_BLOCK) {
        int64_t n = gan_floats_block(i, end);
        float *z = gan_floats_at(job->z, i, room);
        gan_normal_fill(job->attr->seed, job->attr->stream, job->step, job->attr->first + i, n, z);
        gan_floats_write(job->z, i, n, z);
    }
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const int64_t *counters = step->in[0];
    const noise_job job = {&step->op->attr.noise, (uint64_t)counters[GAN_COUNTER_STEP],
                           gan_floats_out(step, 0)};
    gan_cpu_parallel(step->threads, gan_cpu_out(step, 0)->count, GRAIN, fill, &job);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_noise = {.in = {GAN_I64}, .out_bf16 = 1, .run = run};
