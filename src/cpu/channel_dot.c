/* channel_dot.c — the sum over rows of the products of each channel's pairs.
 *
 * Rows are cut into slices that do not depend on the number of threads; each slice leaves a sum per
 * channel in scratch, in double precision, and the slices are added in their order. */
#include "cpu/floats.h"
#include "cpu/parallel.h"

enum { SLICES = 64, SLICE_MIN = 16 };

typedef struct dot_job {
    gan_floats a, b, r;
    int64_t rows, channels, slice; /* rows of a slice */
    double *sums;                  /* [slice][channel] */
} dot_job;

GAN_CPU_CLONES static void add_channel_products(const float *a, const float *b, int64_t n,
                                                double *sum)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        sum[i] += (double)a[i] * (double)b[i];
    }
}

static void sum_slices(const void *ctx, int64_t begin, int64_t end)
{
    const dot_job *job = ctx;
    float room_a[GAN_FLOATS_BLOCK], room_b[GAN_FLOATS_BLOCK];
    for (int64_t slice = begin; slice < end; slice++) {
        double *sum = job->sums + slice * job->channels;
        const int64_t first = slice * job->slice, after = first + job->slice;
        memset(sum, 0, (size_t)job->channels * sizeof *sum);
        for (int64_t row = first; row < after && row < job->rows; row++) {
            for (int64_t c = 0; c < job->channels; c += GAN_FLOATS_BLOCK) {
                const int64_t n = gan_floats_block(c, job->channels);
                const int64_t at = row * job->channels + c;
                add_channel_products(gan_floats_read(job->a, at, n, room_a),
                                     gan_floats_read(job->b, at, n, room_b), n, sum + c);
            }
        }
    }
}

static int64_t slice_rows(int64_t rows)
{
    const int64_t even = (rows + SLICES - 1) / SLICES;
    return even < SLICE_MIN ? SLICE_MIN : even;
}

static gan_status prepare(gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const int64_t channels = gan_cpu_in(step, 0)->dims[3];
    step->scratch_bytes = SLICES * channels * (int64_t)sizeof(double);
    return GAN_OK;
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const gan_buffer *a = gan_cpu_in(step, 0);
    const int64_t channels = a->dims[3], rows = a->count / channels, slice = slice_rows(rows);
    const int64_t n = (rows + slice - 1) / slice;
    const dot_job job = {gan_floats_in(step, 0),
                         gan_floats_in(step, 1),
                         gan_floats_out(step, 0),
                         rows,
                         channels,
                         slice,
                         step->scratch};
    gan_cpu_parallel(step->threads, n, 1, sum_slices, &job);
    for (int64_t c = 0; c < channels; c++) {
        double sum = 0.0;
        for (int64_t k = 0; k < n; k++) {
            sum += job.sums[k * channels + c];
        }
        gan_floats_set(job.r, c, (float)sum);
    }
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_channel_dot = {
    .in_bf16 = 3, .out_bf16 = 1, .prepare = prepare, .run = run};
