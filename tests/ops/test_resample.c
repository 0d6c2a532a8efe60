/* test_resample.c — pooling by means, resizing, and their transposed. */
#include <math.h>
#include <stdlib.h>

#include "ops/op_case.h"
#include "ops/reference_case.h"
#include "ops/resample_numbers.h"

enum { N_BY_PYTORCH = sizeof by_pytorch / sizeof *by_pytorch, MOST = 256 };

static const gan_map_axis one = {1, 1, 1, 1, 0, 0};

/* The reference against PyTorch's matrices, along either axis: column i is what becomes of unit
 * vector i, of the transposed row i. */
static void check_matrix(int k, bool along_w, bool transposed)
{
    gan_attr attr = {.resample = {.kind = by_pytorch[k].kind,
                                  .divisor = by_pytorch[k].divisor,
                                  .half_pixel = by_pytorch[k].half_pixel,
                                  .antialias = by_pytorch[k].antialias,
                                  .transposed = transposed,
                                  .h = one,
                                  .w = one}};
    const gan_map_axis *a = &by_pytorch[k].axis;
    const int64_t n_in = transposed ? a->out : a->in, n_out = transposed ? a->in : a->out;
    *(along_w ? &attr.resample.w : &attr.resample.h) = *a;
    for (int64_t i = 0; i < n_in; i++) {
        double x[MOST] = {0}, y[MOST] = {0};
        gan_reference_tensor in = {.dims = {1, 1, 1, 1}, .count = n_in, .v = x}, out = in;
        in.dims[along_w ? 2 : 1] = n_in;
        out.dims[along_w ? 2 : 1] = out.count = n_out;
        out.v = y;
        x[i] = 1.0;
        reference_compute(GAN_OP_resample, &attr, &in, &out);
        for (int64_t o = 0; o < n_out; o++) {
            const int64_t at = transposed ? i * a->in + o : o * a->in + i;
            if (!(fabs(y[o] - by_pytorch[k].numbers[at]) <= 1e-14)) {
                fail_msg("case %d, [%lld][%lld]: got %.17g, PyTorch has %.17g", k, (long long)o,
                         (long long)i, y[o], by_pytorch[k].numbers[at]);
            }
        }
    }
}

static void test_by_pytorch(void **state)
{
    (void)state;
    for (int k = 0; k < N_BY_PYTORCH; k++) {
        for (int way = 0; way < 4; way++) {
            check_matrix(k, way & 1, way & 2);
        }
    }
}

/* TensorFlow 1: element p begins at p in / out. From 2 to 4: 0, 1/2, 1, 1 (the last has no next).
 */
static void test_places_of_tensorflow_1(void **state)
{
    double x[] = {10, 20}, y[4];
    const double want[] = {10, 15, 20, 20};
    const gan_attr attr = {
        .resample = {.kind = GAN_RESAMPLE_LINEAR, .h = {2, 4, 0, 0, 0, 0}, .w = one}};
    const gan_reference_tensor in = {.dims = {1, 2, 1, 1}, .count = 2, .v = x},
                               out = {.dims = {1, 4, 1, 1}, .count = 4, .v = y};
    (void)state;
    reference_compute(GAN_OP_resample, &attr, &in, &out);
    reference_check("legacy places", y, want, 4, 0);
}

static void test_sum(void **state)
{
    double x[] = {1, 2, 3, 4, 5, 6}, y[2];
    const double want[] = {9, 12};
    const gan_attr attr = {.resample = {.kind = GAN_RESAMPLE_MEAN,
                                        .divisor = GAN_DIVIDE_BY_ONE,
                                        .h = {3, 1, 3, 1, 0, 0},
                                        .w = one}};
    const gan_reference_tensor in = {.dims = {1, 3, 1, 2}, .count = 6, .v = x},
                               out = {.dims = {1, 1, 1, 2}, .count = 2, .v = y};
    (void)state;
    reference_compute(GAN_OP_resample, &attr, &in, &out);
    reference_check("sum of all", y, want, 2, 0);
}

/* Numbers of fp32, whose own rounding is a few 2^-24 (of a cubic kernel: of terms up to 3), and a
 * sum of few products. */
static op_tolerance tolerance_of(int64_t terms)
{
    op_tolerance t = op_tolerance_of_sum(terms);
    t.relative += 1e-6;
    t.spread += 2e-6;
    return t;
}

static void begin(op_case *t, uint64_t seed, const gan_resample *r, int64_t n, int64_t c)
{
    const bool back = r->transposed;
    op_case_begin(t, GAN_OP_resample, seed);
    t->attr.resample = *r;
    op_case_in(t, 0, GAN_F32, n, back ? r->h.out : r->h.in, back ? r->w.out : r->w.in, c,
               OP_NORMAL);
    op_case_out(t, 0, GAN_F32, n, back ? r->h.in : r->h.out, back ? r->w.in : r->w.out, c);
    t->tolerance = tolerance_of(r->h.in * r->w.in);
}

static void end(op_case *t)
{
    op_case_check(t);
    op_case_end(t);
}

/* Each kind along one axis with another size of the same along the other. */
static void test_kinds(void **state)
{
    static const int64_t channels[] = {1, 3, 64, 17};
    (void)state;
    for (int k = 0; k < N_BY_PYTORCH; k++) {
        for (int back = 0; back < 2; back++) {
            gan_resample r = {.kind = by_pytorch[k].kind,
                              .divisor = by_pytorch[k].divisor,
                              .half_pixel = by_pytorch[k].half_pixel,
                              .antialias = by_pytorch[k].antialias,
                              .transposed = back,
                              .h = by_pytorch[k].axis,
                              .w = by_pytorch[(k + 1) % N_BY_PYTORCH].axis};
            if (by_pytorch[(k + 1) % N_BY_PYTORCH].kind != r.kind) {
                r.w = r.h;
            }
            op_case t;
            begin(&t, 100 + (uint64_t)k, &r, 1 + k % 3, channels[k % 4]);
            end(&t);
        }
    }
}

/* Whole maps, large windows that overlap, and more channels than a block takes. */
static void test_large_windows(void **state)
{
    static const struct {
        int64_t n, c;
        gan_resample r;
    } cases[] = {
        {3, 5, {.h = {8, 1, 8, 1, 0, 0}, .w = {9, 1, 9, 1, 0, 0}}},
        {2, 64, {.h = {31, 1, 31, 1, 0, 0}, .w = {17, 1, 17, 1, 0, 0}}},
        {1,
         130,
         {.divisor = GAN_DIVIDE_BY_WINDOW, .h = {20, 4, 9, 4, 2, 2}, .w = {9, 2, 8, 1, 0, 0}}},
        {2, 3, {.kind = GAN_RESAMPLE_ADAPTIVE, .h = {40, 3, 0, 0, 0, 0}, .w = {33, 4, 0, 0, 0, 0}}},
        {1, 12289, {.h = {2, 1, 2, 1, 0, 0}, .w = {3, 3, 1, 1, 0, 0}}},
        {2, 9, {.divisor = GAN_DIVIDE_BY_ONE, .h = {11, 1, 11, 1, 0, 0}, .w = {7, 1, 7, 1, 0, 0}}},
    };
    (void)state;
    for (size_t k = 0; k < sizeof cases / sizeof *cases; k++) {
        for (int back = 0; back < 2; back++) {
            gan_resample r = cases[k].r;
            r.transposed = back;
            op_case t;
            begin(&t, 200 + k, &r, cases[k].n, cases[k].c);
            end(&t);
        }
    }
}

/* A NaN goes to what it is a part of, and no further: not where its number is 0. */
static void test_not_finite(void **state)
{
    static const gan_resample kinds[] = {
        {.h = {6, 3, 2, 2, 0, 0}, .w = {6, 3, 2, 2, 0, 0}},
        {.h = {10, 1, 10, 1, 0, 0}, .w = {8, 1, 8, 1, 0, 0}},
        {.kind = GAN_RESAMPLE_NEAREST, .h = {4, 8, 0, 0, 0, 0}, .w = {4, 8, 0, 0, 0, 0}},
        {.kind = GAN_RESAMPLE_LINEAR,
         .half_pixel = true,
         .h = {5, 5, 0, 0, 0, 0},
         .w = {4, 8, 0, 0, 0, 0}},
        {.kind = GAN_RESAMPLE_LINEAR, .h = {3, 6, 0, 0, 0, 0}, .w = {3, 6, 0, 0, 0, 0}},
        {.kind = GAN_RESAMPLE_BINOMIAL_UP, .h = {4, 8, 3, 2, 2, 0}, .w = {4, 8, 3, 2, 2, 0}},
        {.kind = GAN_RESAMPLE_BINOMIAL_DOWN, .h = {8, 4, 3, 2, 1, 0}, .w = {8, 4, 3, 2, 1, 0}},
    };
    static const double specials[] = {NAN, INFINITY, -INFINITY};
    (void)state;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        for (int j = 0; j < 6; j++) {
            gan_resample r = kinds[k];
            r.transposed = j / 3;
            op_case t;
            begin(&t, 300 + k, &r, 2, 5);
            t.in[0].values[t.in[0].count / 2] = specials[j % 3];
            end(&t);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_by_pytorch),    cmocka_unit_test(test_places_of_tensorflow_1),
        cmocka_unit_test(test_sum),           cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_large_windows), cmocka_unit_test(test_not_finite),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
