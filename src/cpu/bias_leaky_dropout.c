/* bias_leaky_dropout.c — bias, LeakyReLU and dropout in one pass, and their backward pass, which
 * also sums the bias gradient.
 *
 * Dropout's masks are drawn once, from (seed, stream, step, index), and stay in y: what was dropped
 * is -0, which nothing that was kept is. */
#include <math.h>

#include "base/philox.h"
#include "cpu/floats.h"
#include "cpu/keep_words.h"
#include "cpu/lines.h"
#include "cpu/parallel.h"

/* Both directions. x is y's memory where the op works in place, so the loops promise the compiler
 * that iterations are independent (omp simd), not that pointers differ. */
typedef struct pass_job {
    gan_lines lines;
    const gan_bias_leaky_dropout_attr *attr;
    gan_floats x;         /* fwd: input */
    const float *pattern; /* fwd: bias per lane of a line */
    gan_floats y, dy;     /* bwd */
    gan_floats out;
    const uint8_t *mask; /* fwd: NULL = drawn */
    double *partials;    /* bwd: of dbias, [band][lane]; NULL = not wanted */
    uint64_t step;
    uint32_t threshold; /* a draw below it is kept */
    float scale;        /* 1 / (1 - drop_rate) */
    bool drops;
} pass_job;

/* What is known about n elements from index start: fed mask, drawn words, or neither. */
typedef struct keep {
    const uint8_t *mask;
    const uint32_t *words;
} keep;

static keep keep_of(const pass_job *job, int64_t start, int64_t n, uint32_t *room)
{
    keep k = {NULL, NULL};
    const gan_bias_leaky_dropout_attr *a = job->attr;
    if (job->drops && job->mask) {
        k.mask = job->mask + start;
    } else if (job->drops) {
        k.words = gan_keep_words(a->seed, a->stream, job->step, a->first + start, n, room);
    }
    return k;
}

static inline float leaky(float v, float slope)
{
    return v > 0.0f ? v : slope * v;
}

/* A value that was kept: what bf16 would round to a zero, of either sign, is +0. */
static inline float kept_value(float v)
{
    const float rounded_away = 0x1p-134f;
    return fabsf(v) <= rounded_away ? 0.0f : v;
}

GAN_CPU_CLONES static void forward_run(const float *x, const float *bias, const keep *kept,
                                       uint32_t threshold, float slope, float scale, int64_t n,
                                       float *y)
{
    if (kept->mask) {
        const uint8_t *mask = kept->mask;
#pragma omp simd
        for (int64_t i = 0; i < n; i++) {
            float v = leaky(x[i] + bias[i], slope) * scale;
            y[i] = mask[i] != 0 ? kept_value(v) : -0.0f;
        }
    } else if (kept->words) {
        const uint32_t *words = kept->words;
#pragma omp simd
        for (int64_t i = 0; i < n; i++) {
            float v = leaky(x[i] + bias[i], slope) * scale;
            y[i] = words[i] < threshold ? kept_value(v) : -0.0f;
        }
    } else {
#pragma omp simd
        for (int64_t i = 0; i < n; i++) {
            y[i] = leaky(x[i] + bias[i], slope);
        }
    }
}

static void forward_tiles(const void *ctx, int64_t begin, int64_t end)
{
    const pass_job *job = ctx;
    uint32_t words[GAN_KEEP_WORDS_ROOM(GAN_LINES_BLOCK)];
    float room[GAN_LINES_BLOCK];
    for (int64_t i = begin; i < end; i++) {
        gan_tile tile = gan_lines_tile(&job->lines, i);
        for (int64_t line = tile.line; line < tile.line_end; line++) {
            int64_t start = gan_tile_start(&job->lines, &tile, line);
            int64_t n = gan_tile_width(&job->lines, &tile, line);
            keep kept = keep_of(job, start, n, words);
            float *y = gan_floats_at(job->out, start, room);
            forward_run(gan_floats_read(job->x, start, n, room), job->pattern + tile.lane, &kept,
                        job->threshold, job->attr->slope, job->scale, n, y);
            gan_floats_write(job->out, start, n, y);
        }
    }
}

static inline bool is_dropped(float y)
{
    uint32_t bits;
    memcpy(&bits, &y, sizeof bits);
    return bits == 0x80000000u; /* -0 */
}

GAN_CPU_CLONES static void backward_run(const float *y, const float *dy, bool drops, float slope,
                                        float scale, int64_t n, float *dx)
{
    float below = slope * scale;
    if (drops) {
#pragma omp simd
        for (int64_t i = 0; i < n; i++) {
            float d = dy[i] * (y[i] > 0.0f ? scale : below);
            dx[i] = is_dropped(y[i]) ? 0.0f : d;
        }
    } else {
#pragma omp simd
        for (int64_t i = 0; i < n; i++) {
            dx[i] = dy[i] * (y[i] > 0.0f ? scale : below);
        }
    }
}

GAN_CPU_CLONES static void accumulate(const float *restrict dx, int64_t n, double *restrict sums)
{
    for (int64_t i = 0; i < n; i++) {
        sums[i] += (double)dx[i];
    }
}

static void backward_tiles(const void *ctx, int64_t begin, int64_t end)
{
    const pass_job *job = ctx;
    float room[GAN_LINES_BLOCK], room_y[GAN_LINES_BLOCK];
    for (int64_t i = begin; i < end; i++) {
        gan_tile tile = gan_lines_tile(&job->lines, i);
        double *sums =
            job->partials ? job->partials + tile.band * job->lines.length + tile.lane : NULL;
        for (int64_t k = 0; sums && k < tile.n_lanes; k++) {
            sums[k] = 0.0;
        }
        for (int64_t line = tile.line; line < tile.line_end; line++) {
            int64_t start = gan_tile_start(&job->lines, &tile, line);
            int64_t n = gan_tile_width(&job->lines, &tile, line);
            float *dx = gan_floats_at(job->out, start, room);
            backward_run(gan_floats_read(job->y, start, n, room_y),
                         gan_floats_read(job->dy, start, n, room), job->drops, job->attr->slope,
                         job->scale, n, dx);
            if (sums) {
                accumulate(dx, n, sums);
            }
            gan_floats_write(job->out, start, n, dx);
        }
    }
}

static pass_job job_of(const gan_cpu_step *step)
{
    const gan_bias_leaky_dropout_attr *a = &step->op->attr.bias_leaky_dropout;
    double kept = 1.0 - (double)a->drop_rate;
    return (pass_job){.lines = gan_lines_of(gan_cpu_in(step, 0)),
                      .attr = a,
                      .out = gan_floats_out(step, 0),
                      .threshold = gan_keep_threshold(kept),
                      .scale = (float)(1.0 / kept),
                      .drops = a->drop_rate > 0.0f};
}

static gan_status forward(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    pass_job job = job_of(step);
    float *pattern = step->scratch;
    const float *bias = step->in[1];
    for (int64_t c = 0; c < job.lines.channels; c++) {
        pattern[c] = bias ? bias[c] : 0.0f;
    }
    gan_lines_spread(&job.lines, pattern);
    const int64_t *counters = step->in[3];
    job.x = gan_floats_in(step, 0);
    job.mask = step->in[2];
    job.step = counters ? (uint64_t)counters[GAN_COUNTER_STEP] : 0;
    job.pattern = pattern;
    gan_cpu_parallel(step->threads, gan_lines_tiles(&job.lines), 1, forward_tiles, &job);
    return GAN_OK;
}

static gan_status backward(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    pass_job job = job_of(step);
    gan_floats dbias = gan_floats_out(step, 1);
    job.y = gan_floats_in(step, 0);
    job.dy = gan_floats_in(step, 1);
    job.partials = dbias.data ? step->scratch : NULL;
    gan_cpu_parallel(step->threads, gan_lines_tiles(&job.lines), 1, backward_tiles, &job);
    if (dbias.data) {
        double *sums = job.partials + gan_lines_partials(&job.lines);
        gan_lines_sum(&job.lines, job.partials, sums);
        for (int64_t c = 0; c < job.lines.channels; c++) {
            gan_floats_set(dbias, c, (float)sums[c]);
        }
    }
    return GAN_OK;
}

static gan_status prepare_forward(gan_cpu_step *step, gan_error *err)
{
    (void)err;
    gan_lines lines = gan_lines_of(gan_cpu_in(step, 0));
    step->scratch_bytes = lines.length * (int64_t)sizeof(float);
    return GAN_OK;
}

static gan_status prepare_backward(gan_cpu_step *step, gan_error *err)
{
    (void)err;
    gan_lines lines = gan_lines_of(gan_cpu_in(step, 0));
    step->scratch_bytes = (gan_lines_partials(&lines) + lines.channels) * (int64_t)sizeof(double);
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_bias_leaky_dropout = {.in = {[2] = GAN_U8, [3] = GAN_I64},
                                                  .in_bf16 = 1,
                                                  .out_bf16 = 1,
                                                  .run = forward,
                                                  .prepare = prepare_forward};
const gan_cpu_op gan_cpu_op_bias_leaky_dropout_bwd = {
    .in_bf16 = 3, .out_bf16 = 3, .run = backward, .prepare = prepare_backward};
