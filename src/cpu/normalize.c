/* normalize.c — normalization of each sample over a set of axes, its backward pass and that one's.
 *
 * Two passes over a set: its mean, then all sums of ops.def's formulas around that mean, in double
 * precision; a third writes. Where the elements of a set lie side by side (all channels, or one
 * position) a set is summed by itself; otherwise a sample's channels are summed side by side, so
 * that loops vectorize, and those of a group are added up. A sample is one thread's. */
#include <math.h>

#include "cpu/floats.h"
#include "cpu/parallel.h"

enum { GRAIN = 4096, SUMS = 6 };

/* Sums over a set or a channel, around the mean m as a float: (x-m)^2, a, (x-m) a, g, (x-m) g, a g.
 * What the float lacks of the mean is corrected afterwards: r may be large where a mean is. */
enum { XX, A, XA, G, XG, AG };

/* What the elements of a set are computed with. */
typedef struct factors {
    float mean, low; /* the mean, and what a float lacks of it */
    float r, a, ya, g, yg, k;
} factors;

typedef struct normalize_job {
    gan_floats x, a, g, y;
    gan_normalize_attr attr;
    int64_t positions, channels;
    char *scratch; /* of a sample: SUMS doubles, factors, a mean in two floats a channel */
} normalize_job;

GAN_CPU_CLONES static double sum_of(const float *x, int64_t n)
{
    double sum = 0.0;
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) {
        sum += (double)x[i];
    }
    return sum;
}

/* Sum of (a - shift) b; b NULL: of their squares. */
GAN_CPU_CLONES static double sum_of_products(const float *a, float shift, const float *b, int64_t n)
{
    double sum = 0.0;
    if (!b) {
#pragma omp simd reduction(+ : sum)
        for (int64_t i = 0; i < n; i++) {
            sum += (double)(a[i] - shift) * (double)(a[i] - shift);
        }
        return sum;
    }
#pragma omp simd reduction(+ : sum)
    for (int64_t i = 0; i < n; i++) {
        sum += (double)(a[i] - shift) * (double)b[i];
    }
    return sum;
}

/* sum[i] += (a[i] - shift[i]) b[i]; b NULL: the square; shift NULL: 0. */
GAN_CPU_CLONES static void add_products(const float *a, const float *shift, const float *b,
                                        int64_t n, double *sum)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        const float d = a[i] - (shift ? shift[i] : 0.0f);
        sum[i] += (double)d * (double)(b ? b[i] : d);
    }
}

GAN_CPU_CLONES static void add_values(const float *x, int64_t n, double *sum)
{
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        sum[i] += (double)x[i];
    }
}

static factors factors_of(const gan_normalize_attr *attr, float mean, float low,
                          const double sum[SUMS], double n)
{
    const double lack = (double)low, variance = sum[XX] / n - lack * lack;
    const double r = 1.0 / sqrt(variance + (double)attr->epsilon);
    const double a = attr->centred ? sum[A] / n : 0.0, g = attr->centred ? sum[G] / n : 0.0;
    const double ya = r * (sum[XA] - lack * sum[A]) / n, yg = r * (sum[XG] - lack * sum[G]) / n;
    const double k = sum[AG] / n - a * g - ya * yg;
    return (factors){mean, low, (float)r, (float)a, (float)ya, (float)g, (float)yg, (float)k};
}

/* One element, by the order that a and g say. */
static inline float element(const factors *f, float x, const float *a, const float *g, int64_t i)
{
    const float y = (x - f->mean - f->low) * f->r;
    if (!a) {
        return y;
    }
    const float of_a = a[i] - f->a - y * f->ya;
    if (!g) {
        return f->r * of_a;
    }
    const float of_g = g[i] - f->g - y * f->yg;
    return -f->r * f->r * (f->k * y + f->ya * of_g + f->yg * of_a);
}

GAN_CPU_CLONES static void write_run(const factors *f, const float *x, const float *a,
                                     const float *g, int64_t n, float *y)
{
    const factors own = *f; /* of the set: y may not change them */
#pragma omp simd
    for (int64_t i = 0; i < n; i++) {
        y[i] = element(&own, x[i], a, g, i);
    }
}

/* The same with factors of each channel. */
static void write_channels(const factors *f, const float *x, const float *a, const float *g,
                           int64_t n, float *y)
{
    for (int64_t i = 0; i < n; i++) {
        y[i] = element(&f[i], x[i], a, g, i);
    }
}

/* Blocks of the three operands and of the result. */
typedef struct block_of {
    float room[4][GAN_FLOATS_BLOCK];
    const float *x, *a, *g;
    float *y;
} block_of;

static void take(const normalize_job *job, int64_t at, int64_t n, block_of *b)
{
    b->x = gan_floats_read(job->x, at, n, b->room[0]);
    b->a = job->a.data ? gan_floats_read(job->a, at, n, b->room[1]) : NULL;
    b->g = job->g.data ? gan_floats_read(job->g, at, n, b->room[2]) : NULL;
    b->y = gan_floats_at(job->y, at, b->room[3]);
}

/* --- sets whose elements lie side by side: n of them from `first` on --- */

static void sum_block(const block_of *b, float mean, int64_t n, double sum[SUMS])
{
    sum[XX] += sum_of_products(b->x, mean, NULL, n);
    if (b->a) {
        sum[A] += sum_of(b->a, n);
        sum[XA] += sum_of_products(b->x, mean, b->a, n);
    }
    if (b->g) {
        sum[G] += sum_of(b->g, n);
        sum[XG] += sum_of_products(b->x, mean, b->g, n);
        sum[AG] += sum_of_products(b->a, 0.0f, b->g, n);
    }
}

static void do_set(const normalize_job *job, int64_t first, int64_t n)
{
    const int64_t end = first + n;
    block_of b;
    float room[GAN_FLOATS_BLOCK];
    double sum[SUMS] = {0}, total = 0.0;
    for (int64_t i = first; job->attr.centred && i < end; i += GAN_FLOATS_BLOCK) {
        const int64_t m = gan_floats_block(i, end);
        total += sum_of(gan_floats_read(job->x, i, m, room), m);
    }
    const float mean = (float)(total / (double)n), low = (float)(total / (double)n - (double)mean);
    for (int64_t i = first; i < end; i += GAN_FLOATS_BLOCK) {
        const int64_t m = gan_floats_block(i, end);
        take(job, i, m, &b);
        sum_block(&b, mean, m, sum);
    }
    const factors f = factors_of(&job->attr, mean, low, sum, (double)n);
    for (int64_t i = first; i < end; i += GAN_FLOATS_BLOCK) {
        const int64_t m = gan_floats_block(i, end);
        take(job, i, m, &b);
        write_run(&f, b.x, b.a, b.g, m, b.y);
        gan_floats_write(job->y, i, m, b.y);
    }
}

static void do_sets(const void *ctx, int64_t begin, int64_t end)
{
    const normalize_job *job = ctx;
    const int64_t n = job->positions * job->channels / job->attr.groups;
    for (int64_t set = begin; set < end; set++) {
        do_set(job, set * n, n);
    }
}

/* --- sets of some channels of all positions --- */

/* Adds the six sums of each channel of a block to those of the sample. */
static void sum_channels(const block_of *b, const float *mean, int64_t n, int64_t channels,
                         double *sum)
{
    add_products(b->x, mean, NULL, n, sum + XX * channels);
    if (b->a) {
        add_values(b->a, n, sum + A * channels);
        add_products(b->x, mean, b->a, n, sum + XA * channels);
    }
    if (b->g) {
        add_values(b->g, n, sum + G * channels);
        add_products(b->x, mean, b->g, n, sum + XG * channels);
        add_products(b->a, NULL, b->g, n, sum + AG * channels);
    }
}

/* The mean of each channel's group, and what a float lacks of it, from sums of channels. */
static void mean_of_groups(const normalize_job *job, const double *sum, float *mean, float *low)
{
    const int64_t width = job->channels / job->attr.groups;
    for (int64_t first = 0; first < job->channels; first += width) {
        double total = 0.0;
        for (int64_t c = first; c < first + width; c++) {
            total += sum[c];
        }
        const double exact = job->attr.centred ? total / (double)(width * job->positions) : 0.0;
        for (int64_t c = first; c < first + width; c++) {
            mean[c] = (float)exact;
            low[c] = (float)(exact - (double)mean[c]);
        }
    }
}

static void factors_of_groups(const normalize_job *job, const double *sum, const float *mean,
                              const float *low, factors *f)
{
    const int64_t width = job->channels / job->attr.groups;
    for (int64_t first = 0; first < job->channels; first += width) {
        double total[SUMS] = {0};
        for (int k = 0; k < SUMS; k++) {
            for (int64_t c = first; c < first + width; c++) {
                total[k] += sum[k * job->channels + c];
            }
        }
        const factors of_set = factors_of(&job->attr, mean[first], low[first], total,
                                          (double)(width * job->positions));
        for (int64_t c = first; c < first + width; c++) {
            f[c] = of_set;
        }
    }
}

static int64_t sample_scratch(int64_t channels)
{
    return channels *
           (SUMS * (int64_t)sizeof(double) + (int64_t)sizeof(factors) + 2 * (int64_t)sizeof(float));
}

typedef enum pass { PASS_MEAN, PASS_SUMS, PASS_WRITE } pass;

/* One pass over a sample: positions, and blocks of their channels. */
static void pass_over(const normalize_job *job, int64_t sample, pass what, double *sum, float *mean,
                      const factors *f)
{
    const int64_t channels = job->channels;
    block_of b;
    for (int64_t p = 0; p < job->positions; p++) {
        for (int64_t c = 0; c < channels; c += GAN_FLOATS_BLOCK) {
            const int64_t n = gan_floats_block(c, channels);
            const int64_t at = (sample * job->positions + p) * channels + c;
            take(job, at, n, &b);
            if (what == PASS_MEAN) {
                add_values(b.x, n, sum + c);
            } else if (what == PASS_SUMS) {
                sum_channels(&b, mean + c, n, channels, sum + c);
            } else {
                write_channels(f + c, b.x, b.a, b.g, n, b.y);
                gan_floats_write(job->y, at, n, b.y);
            }
        }
    }
}

static void do_samples(const void *ctx, int64_t begin, int64_t end)
{
    const normalize_job *job = ctx;
    const size_t channels = (size_t)job->channels;
    char *own = job->scratch + begin * sample_scratch(job->channels);
    double *sum = (void *)own;
    factors *f = (void *)(own + channels * SUMS * sizeof *sum);
    float *mean = (void *)(f + channels), *low = mean + channels;
    for (int64_t sample = begin; sample < end; sample++) {
        memset(sum, 0, channels * SUMS * sizeof *sum);
        pass_over(job, sample, PASS_MEAN, sum, mean, f);
        mean_of_groups(job, sum, mean, low);
        memset(sum, 0, channels * SUMS * sizeof *sum);
        pass_over(job, sample, PASS_SUMS, sum, mean, f);
        factors_of_groups(job, sum, mean, low, f);
        pass_over(job, sample, PASS_WRITE, sum, mean, f);
    }
}

/* --- the op --- */

static int64_t positions_of(const gan_cpu_step *step)
{
    const gan_buffer *x = gan_cpu_in(step, 0);
    return step->op->attr.normalize.per_position ? 1 : x->dims[1] * x->dims[2];
}

static gan_status prepare(gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const gan_buffer *x = gan_cpu_in(step, 0);
    const bool side_by_side = positions_of(step) == 1 || step->op->attr.normalize.groups == 1;
    step->scratch_bytes = side_by_side ? 0 : x->dims[0] * sample_scratch(x->dims[3]);
    return GAN_OK;
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const gan_buffer *x = gan_cpu_in(step, 0);
    const gan_normalize_attr *attr = &step->op->attr.normalize;
    const normalize_job job = {gan_floats_in(step, 0),
                               gan_floats_in(step, 1),
                               gan_floats_in(step, 2),
                               gan_floats_out(step, 0),
                               *attr,
                               positions_of(step),
                               x->dims[3],
                               step->scratch};
    const int64_t row = job.positions * job.channels, rows = x->count / row;
    if (job.positions == 1 || attr->groups == 1) {
        const int64_t n = row / attr->groups;
        gan_cpu_parallel(step->threads, rows * attr->groups, 1 + GRAIN / n, do_sets, &job);
    } else {
        gan_cpu_parallel(step->threads, rows, 1 + GRAIN / row, do_samples, &job);
    }
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_normalize = {
    .in_bf16 = 7, .out_bf16 = 1, .prepare = prepare, .run = run};
