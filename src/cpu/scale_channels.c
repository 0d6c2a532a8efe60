/* scale_channels.c — each channel times its own number. */
#include "cpu/floats.h"
#include "cpu/parallel.h"

enum { GRAIN = 4096 };

typedef struct scale_job {
    gan_floats x, s, y;
    int64_t channels;
} scale_job;

GAN_CPU_CLONES static void scale_channels_run(const float *x, const float *s, int64_t n, float *y)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        y[i] = s[i] * x[i];
    }
}

/* Rows of the matrix (rows, channels). */
static void scale_range(const void *ctx, int64_t begin, int64_t end)
{
    const scale_job *job = ctx;
    float room[GAN_FLOATS_BLOCK], room_s[GAN_FLOATS_BLOCK], room_y[GAN_FLOATS_BLOCK];
    for (int64_t c = 0; c < job->channels; c += GAN_FLOATS_BLOCK) {
        const int64_t n = gan_floats_block(c, job->channels);
        const float *s = gan_floats_read(job->s, c, n, room_s);
        for (int64_t row = begin; row < end; row++) {
            const int64_t at = row * job->channels + c;
            float *y = gan_floats_at(job->y, at, room_y);
            scale_channels_run(gan_floats_read(job->x, at, n, room), s, n, y);
            gan_floats_write(job->y, at, n, y);
        }
    }
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const gan_buffer *x = gan_cpu_in(step, 0);
    const int64_t channels = x->dims[3], rows = x->count / channels;
    const scale_job job = {gan_floats_in(step, 0), gan_floats_in(step, 1), gan_floats_out(step, 0),
                           channels};
    gan_cpu_parallel(step->threads, rows, 1 + GRAIN / channels, scale_range, &job);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_scale_channels = {.in_bf16 = 3, .out_bf16 = 1, .run = run};
