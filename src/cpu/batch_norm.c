/* batch_norm.c — batch normalization with LeakyReLU (Ioffe and Szegedy 2015): by the batch, its
 * backward pass, and by the moving statistics.
 *
 * Each direction reads its tensors twice: sums per channel in double precision, then the result.
 * The forward sums are of x minus the channel's first value, so that a mean far larger than the
 * deviation costs no digits; what float loses of the mean itself goes into the offset. */
#include <math.h>

#include "base/memory.h"
#include "cpu/floats.h"
#include "cpu/lines.h"
#include "cpu/parallel.h"

enum { N_SUMS = 2, N_PATTERNS = 5 };

/* Patterns per lane of a line. */
typedef struct pass_job {
    gan_lines lines;
    gan_floats x, dy, out;
    float slope;
    double *partials[N_SUMS]; /* [band][lane] */
    double *sums[N_SUMS];     /* per channel */
    float *mean;   /* what is taken off x first: in the forward sums, the channel's first value */
    float *scale;  /* gamma / sqrt(var + epsilon) */
    float *offset; /* beta, and what mean lacks */
    float *mean_g, *mean_gx; /* bwd: of g, and of g (x - mean) over var + epsilon */
} pass_job;

static int64_t padded(int64_t n)
{
    return (n + 15) / 16 * 16;
}

/* Floats that the job's scratch takes; a double counts as two. */
static int64_t scratch_floats(const gan_lines *l)
{
    return N_SUMS * 2 * (padded(gan_lines_partials(l)) + padded(l->channels)) +
           N_PATTERNS * padded(l->length);
}

static pass_job job_of(const gan_cpu_step *step)
{
    pass_job job = {.lines = gan_lines_of(gan_cpu_in(step, 0)),
                    .x = gan_floats_in(step, 0),
                    .out = gan_floats_out(step, 0),
                    .slope = step->op->attr.norm.slope};
    float *next = step->scratch;
    for (int i = 0; i < N_SUMS; i++) {
        job.partials[i] = (double *)(void *)next;
        next += 2 * padded(gan_lines_partials(&job.lines));
        job.sums[i] = (double *)(void *)next;
        next += 2 * padded(job.lines.channels);
    }
    float **patterns[N_PATTERNS] = {&job.mean, &job.scale, &job.offset, &job.mean_g, &job.mean_gx};
    for (int i = 0; i < N_PATTERNS; i++) {
        *patterns[i] = next;
        next += padded(job.lines.length);
    }
    return job;
}

/* --- forward --- */

GAN_CPU_CLONES static void sum_run(const float *restrict x, const float *restrict shift, int64_t n,
                                   double *restrict sums, double *restrict squares)
{
    for (int64_t i = 0; i < n; i++) {
        double d = (double)x[i] - (double)shift[i];
        sums[i] += d;
        squares[i] += d * d;
    }
}

GAN_CPU_CLONES static void apply_run(const pass_job *job, const float *restrict x, int64_t lane,
                                     int64_t n, float *restrict y)
{
    const float *restrict mean = job->mean + lane;
    const float *restrict scale = job->scale + lane, *restrict offset = job->offset + lane;
    float slope = job->slope;
    for (int64_t i = 0; i < n; i++) {
        float v = (x[i] - mean[i]) * scale[i] + offset[i];
        y[i] = v > 0.0f ? v : slope * v;
    }
}

static void clear_partials(const pass_job *job, const gan_tile *tile, double *partials[N_SUMS])
{
    for (int s = 0; s < N_SUMS; s++) {
        partials[s] = job->partials[s] + tile->band * job->lines.length + tile->lane;
        for (int64_t k = 0; k < tile->n_lanes; k++) {
            partials[s][k] = 0.0;
        }
    }
}

static void sum_tiles(const void *ctx, int64_t begin, int64_t end)
{
    const pass_job *job = ctx;
    float room[GAN_LINES_BLOCK];
    for (int64_t i = begin; i < end; i++) {
        gan_tile tile = gan_lines_tile(&job->lines, i);
        double *partials[N_SUMS];
        clear_partials(job, &tile, partials);
        for (int64_t line = tile.line; line < tile.line_end; line++) {
            int64_t start = gan_tile_start(&job->lines, &tile, line);
            int64_t n = gan_tile_width(&job->lines, &tile, line);
            sum_run(gan_floats_read(job->x, start, n, room), job->mean + tile.lane, n, partials[0],
                    partials[1]);
        }
    }
}

static void apply_tiles(const void *ctx, int64_t begin, int64_t end)
{
    const pass_job *job = ctx;
    float room[GAN_LINES_BLOCK], room_y[GAN_LINES_BLOCK];
    for (int64_t i = begin; i < end; i++) {
        gan_tile tile = gan_lines_tile(&job->lines, i);
        for (int64_t line = tile.line; line < tile.line_end; line++) {
            int64_t start = gan_tile_start(&job->lines, &tile, line);
            int64_t n = gan_tile_width(&job->lines, &tile, line);
            float *y = gan_floats_at(job->out, start, room_y);
            apply_run(job, gan_floats_read(job->x, start, n, room), tile.lane, n, y);
            gan_floats_write(job->out, start, n, y);
        }
    }
}

static void for_tiles(const gan_cpu_step *step, const pass_job *job, gan_cpu_range range)
{
    gan_cpu_parallel(step->threads, gan_lines_tiles(&job->lines), 1, range, job);
}

static void sum_partials(const pass_job *job)
{
    for (int s = 0; s < N_SUMS; s++) {
        gan_lines_sum(&job->lines, job->partials[s], job->sums[s]);
    }
}

/* Mean and variance of each channel from the sums, and with them the patterns of the second pass.
 */
static void finish_statistics(const gan_cpu_step *step, const pass_job *job)
{
    const float *gamma = step->in[1], *beta = step->in[2];
    float *mean_out = step->out[1], *var_out = step->out[2];
    const int64_t rows = job->lines.count / job->lines.channels;
    const double n = (double)rows;
    double epsilon = (double)step->op->attr.norm.epsilon;
    for (int64_t c = 0; c < job->lines.channels; c++) {
        double beyond = job->sums[0][c] / n;
        double mean = (double)job->mean[c] + beyond;
        double var = job->sums[1][c] / n - beyond * beyond;
        var = var < 0.0 ? 0.0 : var;
        double scale = (double)gamma[c] / sqrt(var + epsilon);
        mean_out[c] = (float)mean;
        var_out[c] = (float)var;
        job->mean[c] = (float)mean;
        job->scale[c] = (float)scale;
        /* an infinite scale decides by itself */
        double lost = isinf(scale) ? 0.0 : (mean - (double)(float)mean) * scale;
        job->offset[c] = (float)((double)beta[c] - lost);
    }
}

static gan_status forward(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    pass_job job = job_of(step);
    const gan_lines *l = &job.lines;
    for (int64_t c = 0; c < l->channels; c++) {
        job.mean[c] = gan_floats_get(job.x, c);
    }
    gan_lines_spread(l, job.mean);
    for_tiles(step, &job, sum_tiles);
    sum_partials(&job);
    finish_statistics(step, &job);
    gan_lines_spread(l, job.mean);
    gan_lines_spread(l, job.scale);
    gan_lines_spread(l, job.offset);
    for_tiles(step, &job, apply_tiles);
    return GAN_OK;
}

/* Patterns from given statistics: what both the backward pass and inference start from. */
static void use_statistics(const gan_cpu_step *step, pass_job *job, const float *gamma,
                           const float *beta, const float *mean, const float *var)
{
    double epsilon = (double)step->op->attr.norm.epsilon;
    for (int64_t c = 0; c < job->lines.channels; c++) {
        job->mean[c] = mean[c];
        job->scale[c] = (float)((double)gamma[c] / sqrt((double)var[c] + epsilon));
        job->offset[c] = beta[c];
    }
    gan_lines_spread(&job->lines, job->mean);
    gan_lines_spread(&job->lines, job->scale);
    gan_lines_spread(&job->lines, job->offset);
}

static gan_status infer(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    pass_job job = job_of(step);
    use_statistics(step, &job, step->in[1], step->in[2], step->in[3], step->in[4]);
    for_tiles(step, &job, apply_tiles);
    return GAN_OK;
}

/* --- backward; g is dy through the LeakyReLU --- */

GAN_CPU_CLONES static void backward_sum_run(const pass_job *job, const float *restrict x,
                                            const float *restrict dy, int64_t lane, int64_t n,
                                            double *restrict sums_g, double *restrict sums_gx)
{
    const float *restrict mean = job->mean + lane, *restrict scale = job->scale + lane;
    const float *restrict offset = job->offset + lane;
    float slope = job->slope;
    for (int64_t i = 0; i < n; i++) {
        float d = x[i] - mean[i];
        float g = dy[i] * (d * scale[i] + offset[i] > 0.0f ? 1.0f : slope);
        sums_g[i] += (double)g;
        sums_gx[i] += (double)(g * d);
    }
}

GAN_CPU_CLONES static void backward_apply_run(const pass_job *job, const float *restrict x,
                                              const float *restrict dy, int64_t lane, int64_t n,
                                              float *restrict dx)
{
    const float *restrict mean = job->mean + lane, *restrict scale = job->scale + lane;
    const float *restrict offset = job->offset + lane;
    const float *restrict mean_g = job->mean_g + lane, *restrict mean_gx = job->mean_gx + lane;
    float slope = job->slope;
    for (int64_t i = 0; i < n; i++) {
        float d = x[i] - mean[i];
        float g = dy[i] * (d * scale[i] + offset[i] > 0.0f ? 1.0f : slope);
        dx[i] = scale[i] * (g - mean_g[i] - d * mean_gx[i]);
    }
}

static void backward_sum_tiles(const void *ctx, int64_t begin, int64_t end)
{
    const pass_job *job = ctx;
    float room[GAN_LINES_BLOCK], room_dy[GAN_LINES_BLOCK];
    for (int64_t i = begin; i < end; i++) {
        gan_tile tile = gan_lines_tile(&job->lines, i);
        double *partials[N_SUMS];
        clear_partials(job, &tile, partials);
        for (int64_t line = tile.line; line < tile.line_end; line++) {
            int64_t start = gan_tile_start(&job->lines, &tile, line);
            int64_t n = gan_tile_width(&job->lines, &tile, line);
            backward_sum_run(job, gan_floats_read(job->x, start, n, room),
                             gan_floats_read(job->dy, start, n, room_dy), tile.lane, n, partials[0],
                             partials[1]);
        }
    }
}

static void backward_apply_tiles(const void *ctx, int64_t begin, int64_t end)
{
    const pass_job *job = ctx;
    float room[GAN_LINES_BLOCK], room_dy[GAN_LINES_BLOCK], room_dx[GAN_LINES_BLOCK];
    for (int64_t i = begin; i < end; i++) {
        gan_tile tile = gan_lines_tile(&job->lines, i);
        for (int64_t line = tile.line; line < tile.line_end; line++) {
            int64_t start = gan_tile_start(&job->lines, &tile, line);
            int64_t n = gan_tile_width(&job->lines, &tile, line);
            float *dx = gan_floats_at(job->out, start, room_dx);
            backward_apply_run(job, gan_floats_read(job->x, start, n, room),
                               gan_floats_read(job->dy, start, n, room_dy), tile.lane, n, dx);
            gan_floats_write(job->out, start, n, dx);
        }
    }
}

static gan_status backward(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    pass_job job = job_of(step);
    const float *var = step->in[5];
    gan_floats dgamma = gan_floats_out(step, 1), dbeta = gan_floats_out(step, 2);
    const int64_t rows = job.lines.count / job.lines.channels;
    const double n = (double)rows;
    double epsilon = (double)step->op->attr.norm.epsilon;
    job.dy = gan_floats_in(step, 1);
    use_statistics(step, &job, step->in[2], step->in[3], step->in[4], var);
    for_tiles(step, &job, backward_sum_tiles);
    sum_partials(&job);
    for (int64_t c = 0; c < job.lines.channels; c++) {
        double spread = (double)var[c] + epsilon;
        gan_floats_set(dbeta, c, (float)job.sums[0][c]);
        gan_floats_set(dgamma, c, (float)(job.sums[1][c] / sqrt(spread)));
        job.mean_g[c] = (float)(job.sums[0][c] / n);
        job.mean_gx[c] = (float)(job.sums[1][c] / n / spread);
    }
    gan_lines_spread(&job.lines, job.mean_g);
    gan_lines_spread(&job.lines, job.mean_gx);
    for_tiles(step, &job, backward_apply_tiles);
    return GAN_OK;
}

static gan_status prepare(gan_cpu_step *step, gan_error *err)
{
    (void)err;
    gan_lines lines = gan_lines_of(gan_cpu_in(step, 0));
    step->scratch_bytes = scratch_floats(&lines) * (int64_t)sizeof(float);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_batch_norm = {
    .in_bf16 = 1, .out_bf16 = 1, .run = forward, .prepare = prepare};
const gan_cpu_op gan_cpu_op_batch_norm_bwd = {
    .in_bf16 = 3, .out_bf16 = 7, .run = backward, .prepare = prepare};
const gan_cpu_op gan_cpu_op_batch_norm_infer = {
    .in_bf16 = 1, .out_bf16 = 1, .run = infer, .prepare = prepare};
