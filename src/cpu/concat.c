/* concat.c — maps side by side, and some channels of one: copies of rows of channels. */
#include <string.h>

#include "cpu/floats.h"
#include "cpu/parallel.h"

enum { GRAIN = 8192 };

/* Of every pixel, n channels from channel `from` of x, which has x_channels, to channel `to` of y.
 */
typedef struct copy_job {
    gan_floats x, y; /* x.data NULL: zeros */
    int64_t x_channels, y_channels, from, to, n;
} copy_job;

static void copy_channels(const copy_job *job, int64_t x, int64_t y)
{
    const size_t size = gan_dtype_size(job->y.type);
    if (!job->x.data) {
        memset((char *)job->y.data + (size_t)y * size, 0, (size_t)job->n * size);
    } else if (job->x.type == job->y.type) {
        memcpy((char *)job->y.data + (size_t)y * size, (char *)job->x.data + (size_t)x * size,
               (size_t)job->n * size);
    } else {
        for (int64_t k = 0; k < job->n; k++) {
            gan_floats_set(job->y, y + k, gan_floats_get(job->x, x + k));
        }
    }
}

static void copy_pixels(const void *ctx, int64_t begin, int64_t end)
{
    const copy_job *job = ctx;
    for (int64_t pixel = begin; pixel < end; pixel++) {
        copy_channels(job, pixel * job->x_channels + job->from, pixel * job->y_channels + job->to);
    }
}

static void copy(const gan_cpu_step *step, const copy_job *job)
{
    const int64_t pixels = gan_cpu_out(step, 0)->count / job->y_channels;
    if (job->n > 0) {
        gan_cpu_parallel(step->threads, pixels, 1 + GRAIN / job->n, copy_pixels, job);
    }
}

static gan_status concat(const gan_cpu_step *step, gan_error *err)
{
    copy_job job = {.y = gan_floats_out(step, 0), .y_channels = gan_cpu_out(step, 0)->dims[3]};
    (void)err;
    job.n = step->op->attr.concat.before;
    copy(step, &job);
    for (int k = 0; k < step->op->n_in; k++) {
        job.to += job.n;
        job.x = gan_floats_in(step, k);
        job.x_channels = job.n = gan_cpu_in(step, k)->dims[3];
        copy(step, &job);
    }
    job.to += job.n;
    job.n = job.y_channels - job.to;
    job.x.data = NULL;
    copy(step, &job);
    return GAN_OK;
}

static gan_status slice(const gan_cpu_step *step, gan_error *err)
{
    const int64_t n = gan_cpu_out(step, 0)->dims[3];
    const copy_job job = {.x = gan_floats_in(step, 0),
                          .y = gan_floats_out(step, 0),
                          .x_channels = gan_cpu_in(step, 0)->dims[3],
                          .y_channels = n,
                          .from = step->op->attr.slice.first,
                          .n = n};
    (void)err;
    copy(step, &job);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_concat = {.in_bf16 = 1, .out_bf16 = 1, .run = concat};
const gan_cpu_op gan_cpu_op_slice = {.in_bf16 = 1, .out_bf16 = 1, .run = slice};
