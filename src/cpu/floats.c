/* floats.c — operands that are fp32 or bf16: conversions that vectorize. */
#include "cpu/floats.h"

#include "cpu/parallel.h"

enum { GRAIN = 16384 };

GAN_CPU_CLONES static void widen(const uint16_t *restrict from, int64_t n, float *restrict to)
{
    for (int64_t i = 0; i < n; i++) {
        to[i] = gan_bf16_to_f32(from[i]);
    }
}

GAN_CPU_CLONES static void round_all(const float *restrict from, int64_t n, uint16_t *restrict to)
{
    for (int64_t i = 0; i < n; i++) {
        to[i] = gan_f32_to_bf16(from[i]);
    }
}

void gan_bf16_widen(const uint16_t *from, int64_t n, float *to)
{
    widen(from, n, to);
}

void gan_bf16_round(const float *from, int64_t n, uint16_t *to)
{
    round_all(from, n, to);
}

typedef struct copy_job {
    gan_floats from, to;
} copy_job;

static void copy_range(const void *ctx, int64_t begin, int64_t end)
{
    const copy_job *job = ctx;
    float room[GAN_FLOATS_BLOCK];
    for (int64_t i = begin; i < end; i += GAN_FLOATS_BLOCK) {
        int64_t n = gan_floats_block(i, end);
        const float *values = gan_floats_read(job->from, i, n, room);
        if (job->to.type == GAN_F32) {
            memcpy((float *)job->to.data + i, values, (size_t)n * sizeof *values);
        }
        gan_floats_write(job->to, i, n, values);
    }
}

void gan_floats_copy(gan_floats from, gan_floats to, int64_t n)
{
    const copy_job job = {from, to};
    gan_cpu_parallel(gan_cpu_threads(), n, GRAIN, copy_range, &job);
}
