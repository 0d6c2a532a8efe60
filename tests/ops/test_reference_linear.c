/* test_reference_linear.c — the reference's products and convolutions against their definitions,
 * term by term. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ops/op_case.h"
#include "reference/reference.h"

static gan_reference_tensor tensor(int64_t n, int64_t h, int64_t w, int64_t c)
{
    gan_reference_tensor t = {.dims = {n, h, w, c}, .count = n * h * w * c};
    t.v = calloc(t.count ? (size_t)t.count : 1, sizeof *t.v);
    assert_non_null(t.v);
    return t;
}

/* Halves from -4 to 4: products and sums of a few thousand are exact, so every order gives the same
 * bits and a result is right or wrong. */
static void fill(gan_reference_tensor *t, unsigned seed)
{
    for (int64_t i = 0; i < t->count; i++) {
        seed = seed * 1664525u + 1013904223u;
        t->v[i] = (double)(seed >> 28) / 2.0 - 4.0;
    }
}

static void compute(gan_op_kind kind, const gan_attr *attr, gan_reference_tensor a,
                    gan_reference_tensor b, gan_reference_tensor y)
{
    gan_error err = {0};
    const gan_reference_tensor in[] = {a, b};
    for (int64_t i = 0; i < y.count; i++) {
        y.v[i] = 77.0; /* what was there must not count */
    }
    assert_int_equal(gan_reference_compute(kind, attr, in, &y, &err), GAN_OK);
}

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static void check_equal(const char *what, const gan_reference_tensor *got,
                        const gan_reference_tensor *want)
{
    for (int64_t i = 0; i < want->count; i++) {
        if (!same(got->v[i], want->v[i])) {
            fail_msg("%s, element %lld of %lld x %lld x %lld x %lld: got %g, want %g", what,
                     (long long)i, (long long)want->dims[0], (long long)want->dims[1],
                     (long long)want->dims[2], (long long)want->dims[3], got->v[i], want->v[i]);
        }
    }
}

/* --- matmul --- */

static void check_matmul(int64_t m, int64_t n, int64_t k, bool trans_a, bool trans_b)
{
    const gan_attr attr = {.matmul = {trans_a, trans_b, m, n, k}};
    gan_reference_tensor a = tensor(trans_a ? k : m, 1, 1, trans_a ? m : k);
    gan_reference_tensor b = tensor(trans_b ? n : k, 1, 1, trans_b ? k : n);
    gan_reference_tensor got = tensor(m, 1, 1, n), want = tensor(m, 1, 1, n);
    fill(&a, 1);
    fill(&b, 2);
    for (int64_t i = 0; i < m; i++) {
        for (int64_t j = 0; j < n; j++) {
            for (int64_t l = 0; l < k; l++) {
                want.v[i * n + j] +=
                    a.v[trans_a ? l * m + i : i * k + l] * b.v[trans_b ? j * k + l : l * n + j];
            }
        }
    }
    compute(GAN_OP_matmul, &attr, a, b, got);
    check_equal("matmul", &got, &want);
    free(a.v);
    free(b.v);
    free(got.v);
    free(want.v);
}

static void test_matmul(void **state)
{
    (void)state;
    static const int64_t sizes[][3] = {{1, 1, 1},    {4, 8, 5},  {5, 9, 3},
                                       {3, 7, 300},  {17, 1, 2}, {1, 23, 11},
                                       {64, 33, 65}, {2, 3, 0},  {0, 3, 2}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (int t = 0; t < 4; t++) {
            check_matmul(sizes[i][0], sizes[i][1], sizes[i][2], t & 1, t >> 1);
        }
    }
}

/* --- convolutions --- */

/* Of y[b,p,q,k] += x[b,h,w,c] w[k,r,s,c] with h = p stride + r - pad, w likewise; in groups, c
 * counts from the first channel of k's group. */
typedef struct operands {
    gan_reference_tensor x, w, y;
} operands;

/* Adds every product of one output pixel to `to`, which is one of the three. */
static void add_pixel(const gan_conv_attr *g, const operands *o, int64_t b, int64_t p, int64_t q,
                      double *to)
{
    const int64_t part = g->c / g->groups;
    for (int64_t i = 0; i < g->k * g->r * g->s * part; i++) {
        const int64_t s = i / part % g->s, r = i / part / g->s % g->r, k = i / part / g->s / g->r;
        const int64_t c = k / (g->k / g->groups) * part + i % part;
        const int64_t h = p * g->stride_h + r - g->pad_top;
        const int64_t w = q * g->stride_w + s - g->pad_left;
        if (h < 0 || h >= g->h || w < 0 || w >= g->w) {
            continue;
        }
        const int64_t x_at = ((b * g->h + h) * g->w + w) * g->c + c;
        const int64_t y_at = ((b * g->p + p) * g->q + q) * g->k + k;
        if (to == o->y.v) {
            to[y_at] += o->x.v[x_at] * o->w.v[i];
        } else if (to == o->x.v) {
            to[x_at] += o->y.v[y_at] * o->w.v[i];
        } else {
            to[i] += o->y.v[y_at] * o->x.v[x_at];
        }
    }
}

static void define(const gan_conv_attr *g, const operands *o, gan_reference_tensor *to)
{
    memset(to->v, 0, (size_t)to->count * sizeof *to->v);
    for (int64_t b = 0; b < o->x.dims[0]; b++) {
        for (int64_t p = 0; p < g->p; p++) {
            for (int64_t q = 0; q < g->q; q++) {
                add_pixel(g, o, b, p, q, to->v);
            }
        }
    }
}

static operands make(const gan_conv_attr *g, int64_t batch)
{
    operands o = {tensor(batch, g->h, g->w, g->c), tensor(g->k, g->r, g->s, g->c / g->groups),
                  tensor(batch, g->p, g->q, g->k)};
    fill(&o.x, 3);
    fill(&o.w, 4);
    fill(&o.y, 5);
    return o;
}

static void check_one(gan_op_kind kind, const gan_attr *attr, const operands *o,
                      gan_reference_tensor a, gan_reference_tensor b, gan_reference_tensor *y)
{
    gan_reference_tensor got = tensor(y->dims[0], y->dims[1], y->dims[2], y->dims[3]);
    compute(kind, attr, a, b, got);
    define(&attr->conv, o, y);
    check_equal(gan_op_describe(kind)->name, &got, y);
    free(got.v);
}

/* bad: NaN goes into the last element of each input in turn. */
static void check_conv(const gan_conv_attr *g, int64_t batch, bool bad)
{
    const gan_attr attr = {.conv = *g};
    const gan_op_kind kinds[] = {GAN_OP_conv, GAN_OP_conv_dx, GAN_OP_conv_dw};
    for (int turn = 0; turn < (bad ? 6 : 3); turn++) {
        operands o = make(g, batch);
        gan_reference_tensor *const ins[][2] = {{&o.x, &o.w}, {&o.y, &o.w}, {&o.x, &o.y}};
        gan_reference_tensor *const outs[] = {&o.y, &o.x, &o.w};
        const int k = turn % 3;
        if (bad) {
            gan_reference_tensor *t = ins[k][turn / 3];
            t->v[t->count - 1] = NAN;
        }
        check_one(kinds[k], &attr, &o, *ins[k][0], *ins[k][1], outs[k]);
        free(o.x.v);
        free(o.w.v);
        free(o.y.v);
    }
}

/* h w c k, r s, stride of both, pads: top left bottom right, groups. */
static const int64_t geometries[][13] = {
    {1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1},    {7, 7, 3, 5, 3, 3, 1, 1, 1, 1, 1, 1, 1},
    {8, 8, 8, 16, 5, 5, 2, 2, 1, 1, 2, 2, 1},   {9, 5, 1, 9, 4, 3, 3, 2, 2, 0, 1, 2, 1},
    {5, 11, 9, 1, 2, 5, 1, 3, 0, 4, 1, 4, 1},   {6, 6, 4, 35, 1, 1, 2, 2, 0, 0, 0, 0, 1},
    {3, 3, 2, 3, 5, 5, 1, 1, 4, 4, 4, 4, 1},    {13, 4, 17, 8, 1, 4, 4, 1, 0, 0, 0, 0, 1},
    {7, 6, 6, 4, 3, 3, 1, 1, 1, 1, 1, 1, 2},    {5, 9, 9, 9, 3, 2, 2, 1, 1, 0, 0, 1, 9},
    {6, 5, 5, 15, 4, 3, 1, 2, 2, 1, 1, 1, 5},   {4, 7, 33, 9, 2, 2, 2, 2, 0, 0, 1, 1, 3},
    {9, 4, 20, 30, 3, 3, 3, 1, 0, 1, 0, 1, 10},
};

static gan_conv_attr geometry(size_t i)
{
    const int64_t *v = geometries[i];
    gan_conv_attr g = {.h = v[0],
                       .w = v[1],
                       .c = v[2],
                       .k = v[3],
                       .r = v[4],
                       .s = v[5],
                       .stride_h = v[6],
                       .stride_w = v[7],
                       .pad_top = v[8],
                       .pad_left = v[9],
                       .pad_bottom = v[10],
                       .pad_right = v[11],
                       .groups = v[12]};
    g.p = (g.h + g.pad_top + g.pad_bottom - g.r) / g.stride_h + 1;
    g.q = (g.w + g.pad_left + g.pad_right - g.s) / g.stride_w + 1;
    return g;
}

static void test_convolutions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof geometries / sizeof *geometries; i++) {
        const gan_conv_attr g = geometry(i);
        check_conv(&g, 1, false);
        check_conv(&g, 3, false);
        check_conv(&g, 0, false);
    }
}

/* A tap that lies in the padding is no product: what is not finite there goes nowhere. */
static void test_nan_meets_only_its_taps(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof geometries / sizeof *geometries; i++) {
        const gan_conv_attr g = geometry(i);
        check_conv(&g, 2, true);
    }
}

/* Sums of thirds are rounded: nearer to the exact value than half of the last place of fp32 by nine
 * digits. */
static void test_sums_are_double(void **state)
{
    (void)state;
    const int64_t n = 9999;
    const gan_attr attr = {.matmul = {false, false, 1, 1, n}};
    gan_reference_tensor a = tensor(1, 1, 1, n), b = tensor(n, 1, 1, 1), y = tensor(1, 1, 1, 1);
    for (int64_t i = 0; i < n; i++) {
        a.v[i] = 1.0 / 3.0;
        b.v[i] = 1.0;
    }
    compute(GAN_OP_matmul, &attr, a, b, y);
    assert_true(fabs(y.v[0] - 3333.0) <= 1e-9);
    free(a.v);
    free(b.v);
    free(y.v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matmul),
        cmocka_unit_test(test_convolutions),
        cmocka_unit_test(test_nan_meets_only_its_taps),
        cmocka_unit_test(test_sums_are_double),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
