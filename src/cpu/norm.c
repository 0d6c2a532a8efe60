/* norm.c — Euclidean norm, summed in double precision. */
#include <math.h>

#include "cpu/dot.h"
#include "cpu/parallel.h"

enum { CHUNK = 16384 };

typedef struct norm_job {
    gan_floats g;
    int64_t n;
    double *sums; /* one per chunk */
} norm_job;

static void sum_chunks(const void *ctx, int64_t begin, int64_t end)
{
    const norm_job *job = ctx;
    for (int64_t i = begin; i < end; i++) {
        int64_t left = job->n - i * CHUNK;
        job->sums[i] = gan_dot(job->g, job->g, i * CHUNK, left < CHUNK ? left : CHUNK);
    }
}

static int64_t chunks_of(const gan_cpu_step *step)
{
    return (gan_cpu_in(step, 0)->count + CHUNK - 1) / CHUNK;
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const norm_job job = {gan_floats_in(step, 0), gan_cpu_in(step, 0)->count, step->scratch};
    int64_t n_chunks = chunks_of(step);
    double sum = 0.0;
    gan_cpu_parallel(step->threads, n_chunks, 1, sum_chunks, &job);
    for (int64_t i = 0; i < n_chunks; i++) {
        sum += job.sums[i];
    }
    *(float *)step->out[0] = (float)sqrt(sum);
    return GAN_OK;
}

static gan_status prepare(gan_cpu_step *step, gan_error *err)
{
    (void)err;
    step->scratch_bytes = chunks_of(step) * (int64_t)sizeof(double);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_norm = {.in_bf16 = 1, .run = run, .prepare = prepare};
