/* transform_case.c — a convolution with known results, to hold every variant of the DFT engine
 * against.
 */
#include "ops/transform_case.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/normal.h"

enum { GUARD = 256 }; /* bytes before and after a result; all ones is a NaN in fp32 and bf16 */

enum { STREAM_X = 1, STREAM_DY = 2, STREAM_W = 3 };

typedef struct guarded {
    unsigned char *block;
    int64_t bytes, shift;
} guarded;

static int64_t output_size(int64_t in, int64_t pad, int64_t kernel, int64_t stride)
{
    return (in + pad - kernel) / stride + 1;
}

static uint16_t to_bf16(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return (uint16_t)((bits + 0x7fffu + (bits >> 16 & 1)) >> 16);
}

static float from_bf16(uint16_t high)
{
    uint32_t bits = (uint32_t)high << 16;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void *get(int64_t n, size_t size)
{
    void *block = calloc((size_t)n, size);
    assert_non_null(block);
    return block;
}

static float *draw(int64_t n, uint64_t seed, uint32_t stream, float scale, gan_transform_type type)
{
    float *v = get(n, sizeof *v);
    gan_normal_fill(seed, stream, 0, 0, n, v);
    for (int64_t i = 0; i < n; i++) {
        v[i] = type == GAN_TRANSFORM_BF16 ? from_bf16(to_bf16(v[i] * scale)) : v[i] * scale;
    }
    return v;
}

static int64_t groups_of(const gan_transform_geometry *g)
{
    return g->groups > 1 ? g->groups : 1;
}

/* Adds what one output pixel and one tap have to do with each other to y, dx and dw. */
static void add_tap(transform_case *c, int64_t at_x, int64_t at_y, int64_t tap)
{
    const gan_transform_geometry *g = &c->g;
    const int64_t group_c = g->c / groups_of(g), group_k = g->k / groups_of(g);
    const float *dy = c->dy + at_y * g->k;
    for (int64_t k = 0; k < g->k; k++) {
        const int64_t first = at_x * g->c + k / group_k * group_c;
        const float *x = c->x + first, *w = c->w + (k * g->r * g->s + tap) * group_c;
        double *dx = c->dx + first, *dw = c->dw + (k * g->r * g->s + tap) * group_c;
        double sum = 0, gradient = dy[k];
        for (int64_t i = 0; i < group_c; i++) {
            sum += (double)x[i] * (double)w[i];
            dx[i] += gradient * (double)w[i];
            dw[i] += gradient * (double)x[i];
        }
        c->y[at_y * g->k + k] += sum;
    }
}

static void compute(transform_case *c)
{
    const gan_transform_geometry *g = &c->g;
    int64_t out_h = output_size(g->h, g->pad_top + g->pad_bottom, g->r, g->stride_h);
    int64_t out_w = output_size(g->w, g->pad_left + g->pad_right, g->s, g->stride_w);
    for (int64_t i = 0; i < g->n * out_h * out_w; i++) {
        int64_t image = i / (out_h * out_w), p = i / out_w % out_h, q = i % out_w;
        for (int64_t tap = 0; tap < g->r * g->s; tap++) {
            int64_t row = p * g->stride_h + tap / g->s - g->pad_top;
            int64_t column = q * g->stride_w + tap % g->s - g->pad_left;
            if (row >= 0 && row < g->h && column >= 0 && column < g->w) {
                add_tap(c, (image * g->h + row) * g->w + column, i, tap);
            }
        }
    }
}

void fast_case_make(transform_case *c, const gan_transform_geometry *g,
                    gan_transform_type activation, gan_transform_type weight, uint64_t seed)
{
    *c = (transform_case){.g = *g, .activation = activation, .weight = weight};
    c->n_x = g->n * g->h * g->w * g->c;
    c->n_y = g->n * output_size(g->h, g->pad_top + g->pad_bottom, g->r, g->stride_h) *
             output_size(g->w, g->pad_left + g->pad_right, g->s, g->stride_w) * g->k;
    c->n_w = g->k * g->r * g->s * (g->c / groups_of(g));
    c->x = draw(c->n_x, seed, STREAM_X, 1.0f, activation);
    c->dy = draw(c->n_y, seed, STREAM_DY, 1.0f, activation);
    c->w = draw(c->n_w, seed, STREAM_W, 0.05f, weight);
    c->y = get(c->n_y, sizeof *c->y);
    c->dx = get(c->n_x, sizeof *c->dx);
    c->dw = get(c->n_w, sizeof *c->dw);
    compute(c);
}

void fast_case_free(transform_case *c)
{
    free(c->x);
    free(c->dy);
    free(c->w);
    free(c->y);
    free(c->dx);
    free(c->dw);
    *c = (transform_case){0};
}

static guarded guarded_make(int64_t bytes, int64_t shift)
{
    guarded out = {NULL, bytes, shift};
    void *block;
    assert_int_equal(gan_aligned_alloc((size_t)(bytes + 2 * GUARD), &block, NULL), GAN_OK);
    memset(block, 0xff, (size_t)(bytes + 2 * GUARD));
    out.block = block;
    return out;
}

static void *guarded_at(const guarded *g)
{
    return g->block + GUARD + g->shift;
}

static void guarded_free(guarded *g, const char *name)
{
    for (int64_t i = 0; i < GUARD; i++) {
        if (i < GUARD + g->shift && g->block[i] != 0xff) {
            fail_msg("%s: written %lld bytes before its start", name,
                     (long long)(GUARD + g->shift - i));
        }
        if (i >= g->shift && g->block[GUARD + g->bytes + i] != 0xff) {
            fail_msg("%s: written %lld bytes past its end", name, (long long)(i - g->shift));
        }
    }
    gan_aligned_free(g->block);
}

static int64_t type_size(gan_transform_type type)
{
    return type == GAN_TRANSFORM_BF16 ? 2 : 4;
}

/* v as an operand of a type, in a guarded block. */
static guarded operand(const float *v, int64_t n, gan_transform_type type)
{
    guarded out = guarded_make(n * type_size(type), 0);
    for (int64_t i = 0; i < n; i++) {
        if (type == GAN_TRANSFORM_BF16) {
            ((uint16_t *)guarded_at(&out))[i] = to_bf16(v[i]);
        } else {
            ((float *)guarded_at(&out))[i] = v[i];
        }
    }
    return out;
}

static float *as_floats(const guarded *g, int64_t n, gan_transform_type type)
{
    float *v = get(n, sizeof *v);
    for (int64_t i = 0; i < n; i++) {
        v[i] = type == GAN_TRANSFORM_BF16 ? from_bf16(((const uint16_t *)guarded_at(g))[i])
                                          : ((const float *)guarded_at(g))[i];
    }
    return v;
}

static void run_pass(const gan_transform_plan *plan, unsigned pass, gan_transform_call call)
{
    guarded scratch = guarded_make(gan_transform_scratch_bytes(plan, pass), 0);
    call.scratch = guarded_at(&scratch);
    gan_transform_run(plan, &call);
    guarded_free(&scratch, "scratch");
}

void fast_case_run(const transform_case *c, const gan_transform_options *options, int64_t shift,
                   fast_result *result)
{
    gan_transform_options o = *options;
    gan_transform_plan *plan;
    gan_error err = {0};
    o.activation = c->activation;
    o.weight = c->weight;
    if (gan_transform_plan_create(&c->g, &o, &plan, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    guarded x = operand(c->x, c->n_x, c->activation), dy = operand(c->dy, c->n_y, c->activation);
    guarded w = operand(c->w, c->n_w, c->weight);
    guarded y = guarded_make(c->n_y * type_size(c->activation), shift);
    guarded dx = guarded_make(c->n_x * type_size(c->activation), shift);
    guarded dw = guarded_make(c->n_w * type_size(o.gradient), shift);
    const void *px = guarded_at(&x), *pdy = guarded_at(&dy), *pw = guarded_at(&w);
    run_pass(plan, GAN_TRANSFORM_FWD, (gan_transform_call){.x = px, .w = pw, .y = guarded_at(&y)});
    run_pass(plan, GAN_TRANSFORM_DGRAD,
             (gan_transform_call){.dy = pdy, .w = pw, .dx = guarded_at(&dx)});
    run_pass(plan, GAN_TRANSFORM_WGRAD,
             (gan_transform_call){.x = px, .dy = pdy, .dw = guarded_at(&dw)});
    result->y = as_floats(&y, c->n_y, c->activation);
    result->dx = as_floats(&dx, c->n_x, c->activation);
    result->dw = as_floats(&dw, c->n_w, o.gradient);
    guarded_free(&x, "x");
    guarded_free(&dy, "dy");
    guarded_free(&w, "w");
    guarded_free(&y, "y");
    guarded_free(&dx, "dx");
    guarded_free(&dw, "dw");
    gan_transform_plan_destroy(plan);
}

void fast_result_free(fast_result *result)
{
    free(result->y);
    free(result->dx);
    free(result->dw);
    *result = (fast_result){0};
}

double fast_relative_rms(const float *got, const double *want, int64_t n)
{
    double error = 0, size = 0;
    for (int64_t i = 0; i < n; i++) {
        double d = (double)got[i] - want[i];
        error += d * d;
        size += want[i] * want[i];
    }
    return error == 0 ? 0 : sqrt(error / size);
}

static void check_error(const transform_case *c, const gan_transform_options *o, const char *name,
                        const float *got, const double *want, int64_t n, double tolerance)
{
    const gan_transform_geometry *g = &c->g;
    double error = fast_relative_rms(got, want, n);
    if (error <= tolerance) {
        return;
    }
    fail_msg("%s: relative RMS error %.3g > %.3g; case {%lld, %lld, %lld, %lld, %lld, %lld, %lld, "
             "%lld, %lld, %lld, %lld, %lld, %lld, %lld}, isa %d, products %d, length %d, block "
             "%lld",
             name, error, tolerance, (long long)g->n, (long long)g->h, (long long)g->w,
             (long long)g->c, (long long)g->k, (long long)g->r, (long long)g->s,
             (long long)g->stride_h, (long long)g->stride_w, (long long)g->pad_top,
             (long long)g->pad_left, (long long)g->pad_bottom, (long long)g->pad_right,
             (long long)g->groups, (int)o->isa, (int)o->products, o->length,
             (long long)o->block_images);
}

void fast_case_check(const transform_case *c, const gan_transform_options *options, int64_t shift,
                     double tolerance)
{
    fast_result result;
    fast_case_run(c, options, shift, &result);
    check_error(c, options, "y", result.y, c->y, c->n_y, tolerance);
    check_error(c, options, "dx", result.dx, c->dx, c->n_x, tolerance);
    check_error(c, options, "dw", result.dw, c->dw, c->n_w, tolerance);
    fast_result_free(&result);
}

bool fast_isa_runs(gan_transform_isa isa, gan_transform_type products)
{
    const gan_transform_geometry g = {1, 4, 4, 1, 1, 2, 2, 1, 1, 0, 0, 0, 0, 1};
    const gan_transform_options o = {.isa = isa, .threads = 1, .products = products};
    gan_transform_plan *plan;
    gan_error err = {0};
    gan_status status = gan_transform_plan_create(&g, &o, &plan, &err);
    if (status == GAN_E_UNSUPPORTED) {
        print_message("skipped: %s\n", err.text);
        return false;
    }
    assert_int_equal(status, GAN_OK);
    gan_transform_plan_destroy(plan);
    return true;
}
