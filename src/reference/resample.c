/* resample.c — separable linear maps of each channel: the two matrices written out, in double
 * precision and from places as the frameworks describe them. */
#include <math.h>

#include "reference/call.h"

static double keys(double x, double a) /* PyTorch's get_cubic_upsample_coefficients */
{
    x = fabs(x);
    if (x <= 1.0) {
        return (a + 2.0) * x * x * x - (a + 3.0) * x * x + 1.0;
    }
    return x < 2.0 ? a * x * x * x - 5.0 * a * x * x + 8.0 * a * x - 4.0 * a : 0.0;
}

static int64_t at_most(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t at_least(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Row p of an axis' matrix, which is 0 yet. */
static void fill_mean(const gan_resample *r, const gan_map_axis *a, int64_t p, double *row)
{
    const int64_t start = p * a->stride - a->before;
    const int64_t end = at_most(start + a->window, a->in + a->after);
    const int64_t first = at_least(start, 0), last = at_most(end, a->in);
    const int64_t divisors[] = {[GAN_DIVIDE_BY_INSIDE] = last - first,
                                [GAN_DIVIDE_BY_WINDOW] = end - start,
                                [GAN_DIVIDE_BY_ONE] = 1};
    for (int64_t i = first; i < last; i++) {
        row[i] = 1.0 / (double)divisors[r->divisor];
    }
}

static void fill_adaptive(const gan_map_axis *a, int64_t p, double *row)
{
    const int64_t first = p * a->in / a->out, end = ((p + 1) * a->in + a->out - 1) / a->out;
    for (int64_t i = first; i < end; i++) {
        row[i] = 1.0 / (double)(end - first);
    }
}

static double place(const gan_resample *r, const gan_map_axis *a, int64_t p)
{
    return r->half_pixel ? ((double)p + 0.5) * (double)a->in / (double)a->out - 0.5
                         : (double)p * (double)a->in / (double)a->out;
}

static void fill_linear(const gan_resample *r, const gan_map_axis *a, int64_t p, double *row)
{
    const double x = fmax(place(r, a, p), 0.0), whole = floor(x);
    const int64_t i = (int64_t)whole;
    row[i] += 1.0 - (x - whole);
    row[at_most(i + 1, a->in - 1)] += x - whole;
}

static void fill_cubic(const gan_resample *r, const gan_map_axis *a, int64_t p, double *row)
{
    const double x = place(r, a, p), whole = floor(x);
    for (int k = -1; k <= 2; k++) {
        row[at_least(0, at_most((int64_t)whole + k, a->in - 1))] +=
            keys(x - whole - (double)k, -0.75);
    }
}

static void fill_antialias(const gan_resample *r, const gan_map_axis *a, int64_t p, double *row)
{
    const double scale = fmax((double)a->in / (double)a->out, 1.0);
    const double middle = ((double)p + 0.5) * (double)a->in / (double)a->out;
    double sum = 0.0;
    for (int64_t i = 0; i < a->in; i++) {
        const double x = ((double)i + 0.5 - middle) / scale;
        row[i] = r->kind == GAN_RESAMPLE_CUBIC ? keys(x, -0.5) : fmax(0.0, 1.0 - fabs(x));
        sum += row[i];
    }
    for (int64_t i = 0; i < a->in; i++) {
        row[i] /= sum;
    }
}

/* Zeros between the elements, or elements left out, and a filter of binomial coefficients. */
static void fill_binomial(const gan_resample *r, const gan_map_axis *a, int64_t p, double *row)
{
    const bool up = r->kind == GAN_RESAMPLE_BINOMIAL_UP;
    const double gain = up ? (double)a->stride : 1.0;
    for (int64_t k = 0; k < a->window; k++) {
        const double n = (double)a->window;
        const double tap =
            round(tgamma(n) / (tgamma((double)k + 1.0) * tgamma(n - (double)k))) * exp2(1.0 - n);
        const int64_t at = (up ? p : p * a->stride) + k - a->before;
        const int64_t i = up ? at / a->stride : at;
        if (at >= 0 && i < a->in && (!up || at % a->stride == 0)) {
            row[i] += gain * tap;
        }
    }
}

static void fill_row(const gan_resample *r, const gan_map_axis *a, int64_t p, double *row)
{
    if (r->antialias) {
        fill_antialias(r, a, p, row);
        return;
    }
    switch (r->kind) {
    case GAN_RESAMPLE_MEAN:
        fill_mean(r, a, p, row);
        break;
    case GAN_RESAMPLE_ADAPTIVE:
        fill_adaptive(a, p, row);
        break;
    case GAN_RESAMPLE_NEAREST:
        row[(2 * p + (r->half_pixel ? 1 : 0)) * a->in / (2 * a->out)] = 1.0;
        break;
    case GAN_RESAMPLE_LINEAR:
        fill_linear(r, a, p, row);
        break;
    case GAN_RESAMPLE_CUBIC:
        fill_cubic(r, a, p, row);
        break;
    case GAN_RESAMPLE_BINOMIAL_UP:
    case GAN_RESAMPLE_BINOMIAL_DOWN:
        fill_binomial(r, a, p, row);
        break;
    }
}

/* A matrix as it is used: element o of the result takes m[o * by_out + i * by_in] of element i. */
typedef struct matrix {
    const double *m;
    int64_t n_in, n_out, by_in, by_out;
} matrix;

static matrix matrix_of(const gan_resample *r, const gan_map_axis *a, double *room)
{
    for (int64_t k = 0; k < a->in * a->out; k++) {
        room[k] = 0.0;
    }
    for (int64_t p = 0; p < a->out; p++) {
        fill_row(r, a, p, room + p * a->in);
    }
    return r->transposed ? (matrix){room, a->out, a->in, a->in, 1}
                         : (matrix){room, a->in, a->out, 1, a->in};
}

typedef struct resample_job {
    const gan_reference_call *call;
    matrix h, w;
} resample_job;

/* One row of one sample's result. */
static void do_row(const void *ctx, int64_t item)
{
    const resample_job *job = ctx;
    const gan_reference_call *call = job->call;
    const matrix *h = &job->h, *w = &job->w;
    const int64_t channels = call->in[0].dims[3], sample = item / h->n_out, p = item % h->n_out;
    const double *x = call->in[0].v + sample * h->n_in * w->n_in * channels;
    const int64_t first = item * w->n_out * channels;
    for (int64_t k = 0; k < w->n_out * channels; k++) {
        const int64_t q = k / channels, c = k % channels;
        double sum = 0.0, size = 0.0;
        for (int64_t i = 0; i < h->n_in; i++) {
            const double by_h = h->m[p * h->by_out + i * h->by_in];
            for (int64_t j = 0; j < w->n_in && by_h != 0.0; j++) {
                const double by = by_h * w->m[q * w->by_out + j * w->by_in];
                const double term = by == 0.0 ? 0.0 : by * x[(i * w->n_in + j) * channels + c];
                sum += term;
                size += fabs(term);
            }
        }
        call->out[0].v[first + k] = sum;
        if (call->weight[0]) {
            call->weight[0][first + k] = size;
        }
    }
}

static int64_t scratch(const gan_reference_call *call)
{
    const gan_resample *r = &call->attr->resample;
    return r->h.in * r->h.out + r->w.in * r->w.out;
}

static void run(const gan_reference_call *call)
{
    const gan_resample *r = &call->attr->resample;
    const resample_job job = {call, matrix_of(r, &r->h, call->scratch),
                              matrix_of(r, &r->w, call->scratch + r->h.in * r->h.out)};
    gan_reference_parallel(call->threads, call->in[0].dims[0] * job.h.n_out, do_row, &job);
}

const gan_reference_row gan_reference_resample = {.run = run, .scratch = scratch, .weighted = 1};
