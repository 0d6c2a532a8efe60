/* row_dot.c — inner product of each sample's pair, summed in double precision. */
#include "cpu/dot.h"
#include "cpu/parallel.h"

enum { GRAIN = 4096 };

typedef struct dot_job {
    gan_floats a, b;
    float *r;
    int64_t row; /* elements of a sample */
} dot_job;

static void dot_rows(const void *ctx, int64_t begin, int64_t end)
{
    const dot_job *job = ctx;
    for (int64_t i = begin; i < end; i++) {
        job->r[i] = (float)gan_dot(job->a, job->b, i * job->row, job->row);
    }
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const gan_buffer *a = gan_cpu_in(step, 0);
    int64_t rows = a->dims[0], row = a->count / rows;
    const dot_job job = {gan_floats_in(step, 0), gan_floats_in(step, 1), step->out[0], row};
    gan_cpu_parallel(step->threads, rows, 1 + GRAIN / row, dot_rows, &job);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_row_dot = {.in_bf16 = 3, .run = run};
