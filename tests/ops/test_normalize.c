/* test_normalize.c — normalization of each sample over sets of its elements, its backward pass and
 * the gradient of that one. */
#include <math.h>
#include <stdlib.h>

#include "ops/op_case.h"
#include "ops/reference_case.h"

/* A few roundings of terms that are as large as the results' root mean square, or, where those of a
 * derivative cancel in a set of few, some times larger. */
static const op_tolerance of_result = {.relative = 1e-6, .spread = 1e-6, .absolute = 3e-7};

typedef struct shape {
    int64_t n, h, w, c, groups;
    bool per_position, centred;
} shape;

/* Layer, group, instance and pixel norm; sets of one element, of few, of more than a block. */
static const shape shapes[] = {
    {1, 1, 1, 7, 1, false, true},   {3, 5, 7, 6, 1, false, true},  {3, 5, 7, 6, 6, false, true},
    {2, 3, 4, 12, 3, false, true},  {2, 1, 1, 12, 4, false, true}, {2, 3, 2, 1030, 2, false, true},
    {1, 37, 41, 1, 1, false, true}, {3, 5, 7, 6, 1, true, false},  {2, 2, 3, 1500, 1, true, false},
    {2, 3, 3, 8, 2, true, true},    {5, 1, 1, 9, 1, true, false},  {2, 3, 3, 8, 2, false, false},
};

static void begin(op_case *t, uint64_t seed, const shape *s, int order)
{
    op_case_begin(t, GAN_OP_normalize, seed);
    for (int k = 0; k <= order; k++) {
        op_case_in(t, k, GAN_F32, s->n, s->h, s->w, s->c, OP_NORMAL);
    }
    op_case_out(t, 0, GAN_F32, s->n, s->h, s->w, s->c);
    t->attr.normalize = (gan_normalize_attr){s->groups, s->per_position, s->centred, 0.02f};
    for (int64_t i = 0; i < t->in[0].count; i++) { /* what has to be taken away again */
        t->in[0].values[i] = (double)(float)(4.0 + 0.7 * t->in[0].values[i]);
    }
    t->tolerance = of_result;
    /* in a coarse type the terms of the sums cancel */
    t->more_in_bf16 = (op_tolerance){.spread = order > 0 ? 4e-3 : 0};
}

static void test_shapes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        for (int order = 0; order < 3; order++) {
            op_case t;
            begin(&t, 10 * i + (uint64_t)order, &shapes[i], order);
            op_case_check(&t);
            op_case_end(&t);
        }
    }
}

/* A NaN spoils its set and no other. */
static void test_nan_stays_in_its_set(void **state)
{
    (void)state;
    const shape s = {2, 3, 4, 6, 3, false, true};
    for (int order = 0; order < 3; order++) {
        for (int k = 0; k <= order; k++) {
            op_case t;
            begin(&t, 200, &s, order);
            t.in[k].values[6 * 5 + 2] = NAN; /* sample 0, group 1 */
            op_case_check(&t);
            int64_t spoiled = 0;
            for (int64_t i = 0; i < t.out[0].count; i++) {
                spoiled += isnan(t.got[0][i]);
            }
            assert_int_equal(spoiled, 3 * 4 * 2);
            op_case_end(&t);
        }
    }
}

static double *draw(int64_t n, uint64_t seed)
{
    double *v = calloc((size_t)n, sizeof *v);
    assert_non_null(v);
    for (int64_t i = 0; i < n; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        v[i] = (double)(seed >> 40) / 8388608.0 - 1.0;
    }
    return v;
}

enum { FEW = 48 }; /* 2 x 2 x 2 x 6 */

static double dot(const double *a, const double *b)
{
    double sum = 0;
    for (int i = 0; i < FEW; i++) {
        sum += a[i] * b[i];
    }
    return sum;
}

static void compute(const shape *s, double *x, double *a, double *g, double *y)
{
    const gan_attr attr = {.normalize = {s->groups, s->per_position, s->centred, 1e-3f}};
    double *const all[] = {x, a, g};
    gan_reference_tensor in[3] = {{.count = 0}};
    for (int k = 0; k < 3; k++) {
        if (all[k]) {
            in[k] = (gan_reference_tensor){.dims = {2, 2, 2, 6}, .count = FEW, .v = all[k]};
        }
    }
    const gan_reference_tensor out = {.dims = {2, 2, 2, 6}, .count = FEW, .v = y};
    reference_compute(GAN_OP_normalize, &attr, in, &out);
}

/* Along a direction v: <g, y(x + h v)> and <g, B(x + h v)(a)>, across 2 h, against what the next
 * order says; B is symmetric. */
static void check_slopes(const shape *s)
{
    const double h = 1e-6;
    double *x = draw(FEW, 1), *a = draw(FEW, 2), *g = draw(FEW, 3), *v = draw(FEW, 4);
    double y[FEW], below[FEW], above[FEW], slope[FEW];
    for (int i = 0; i < FEW; i++) {
        below[i] = x[i] - h * v[i];
        above[i] = x[i] + h * v[i];
    }
    for (int order = 0; order < 2; order++) {
        double *first = order ? a : NULL;
        compute(s, above, first, NULL, y);
        double found = dot(g, y);
        compute(s, below, first, NULL, y);
        found = (found - dot(g, y)) / (2 * h);
        compute(s, x, order ? a : g, order ? g : NULL, slope);
        if (!(fabs(found - dot(slope, v)) <= 1e-7)) {
            fail_msg("order %d, %lld groups: slope %.12g, said %.12g", order + 1,
                     (long long)s->groups, found, dot(slope, v));
        }
    }
    compute(s, x, a, NULL, y);
    const double one = dot(g, y);
    compute(s, x, g, NULL, y);
    assert_true(fabs(one - dot(a, y)) <= 1e-12);
    free(x);
    free(a);
    free(g);
    free(v);
}

static void test_derivatives_are_slopes(void **state)
{
    (void)state;
    static const shape some[] = {{2, 2, 2, 6, 1, false, true},
                                 {2, 2, 2, 6, 3, false, true},
                                 {2, 2, 2, 6, 6, false, true},
                                 {2, 2, 2, 6, 1, true, false}};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        check_slopes(&some[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_nan_stays_in_its_set),
        cmocka_unit_test(test_derivatives_are_slopes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
