/* fill.c — one number everywhere. */
#include "cpu/floats.h"
#include "cpu/parallel.h"

enum { GRAIN = 4096 };

typedef struct fill_job {
    gan_floats y;
    float value;
} fill_job;

static void range(const void *ctx, int64_t begin, int64_t end)
{
    const fill_job *job = ctx;
    float room[GAN_FLOATS_BLOCK];
    for (int64_t i = begin; i < end; i += GAN_FLOATS_BLOCK) {
        const int64_t n = gan_floats_block(i, end);
        float *y = gan_floats_at(job->y, i, room);
        for (int64_t k = 0; k < n; k++) {
            y[k] = job->value;
        }
        gan_floats_write(job->y, i, n, y);
    }
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const gan_fill_attr *a = &step->op->attr.fill;
    const double *rates = step->in[0];
    const fill_job job = {gan_floats_out(step, 0),
                          (float)(a->factor * (rates ? rates[a->rate] : 1.0))};
    gan_cpu_parallel(step->threads, gan_cpu_out(step, 0)->count, GRAIN, range, &job);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_fill = {.in = {GAN_F64}, .out_bf16 = 1, .run = run};
