/* test_eval_metrics.c — the measures beside what torch-fidelity, prdc and SciPy gave for the same
 * features (tests/eval/metrics.safetensors, tests/eval/record_metrics.py), and where they are known
 * without any computing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/normal.h"
#include "eval/classes.h"
#include "eval/frechet.h"
#include "eval/kid.h"
#include "eval/manifold.h"
#include "eval/neighbours.h"
#include "eval/sliced.h"
#include "eval/sort.h"
#include "io/safetensors.h"

static const char recorded[] = "tests/eval/metrics.safetensors"; /* GAN_TEST_METRICS: another one */

typedef struct rig {
    gan_blas *blas;
    gan_tools tools;
    gan_safetensors *file;
} rig;

static int setup(void **state)
{
    static rig r;
    gan_error err = {0};
    if (gan_blas_open(&r.blas, &err) != GAN_OK) {
        fprintf(stderr, "skipped: %s\n", err.text);
        return 0;
    }
    const char *other = getenv("GAN_TEST_METRICS");
    assert_int_equal(gan_safetensors_open(other ? other : recorded, &r.file, &err), GAN_OK);
    r.tools = (gan_tools){.blas = r.blas, .threads = 2};
    *state = &r;
    return 0;
}

static int teardown(void **state)
{
    rig *r = *state;
    if (r) {
        gan_safetensors_close(r->file);
        gan_blas_close(r->blas);
    }
    return 0;
}

static rig *rig_of(void **state)
{
    if (!*state) {
        skip();
    }
    return *state;
}

/* A tensor of the file, free() its x. */
static gan_matrix matrix_of(rig *r, const char *name)
{
    const gan_safetensors_tensor *t = gan_safetensors_find(r->file, name);
    assert_non_null(t);
    float *x = malloc((size_t)t->elements * sizeof *x);
    assert_non_null(x);
    assert_int_equal(gan_safetensors_read_f32(r->file, t, 0, t->elements, x, NULL), GAN_OK);
    return (gan_matrix){x, false, t->dims[0], t->dims[1]};
}

static gan_pictures pictures_of(rig *r, const char *name)
{
    const gan_safetensors_tensor *t = gan_safetensors_find(r->file, name);
    assert_non_null(t);
    uint8_t *x = malloc((size_t)t->elements);
    assert_non_null(x);
    assert_int_equal(gan_safetensors_read(r->file, t, 0, t->elements, x, NULL), GAN_OK);
    return (gan_pictures){x, t->dims[0], t->dims[1], t->dims[2], t->dims[3]};
}

/* got is the recorded number to within `tolerance`. */
static void check(rig *r, const char *name, double got, double tolerance)
{
    const char *text = gan_safetensors_meta_find(r->file, name);
    assert_non_null(text);
    const double want = strtod(text, NULL);
    const bool ok = fabs(got - want) <= tolerance;
    if (!ok) {
        fprintf(stderr, "%s: got %.17g, want %.17g, tolerance %g\n", name, got, want, tolerance);
    }
    assert_true(ok);
}

/* Where two programs define a number alike: 1e-6 of it, which is what their floats leave. */
static void check_relative(rig *r, const char *name, double got)
{
    const char *text = gan_safetensors_meta_find(r->file, name);
    assert_non_null(text);
    check(r, name, got, 1e-6 * fabs(strtod(text, NULL)));
}

static double frechet(const gan_tools *tools, const gan_matrix *a, const gan_matrix *b,
                      double *traces)
{
    gan_gaussian of_a, of_b;
    gan_error err = {0};
    double distance = -1;
    assert_int_equal(gan_gaussian_of(tools, a, "a", &of_a, &err), GAN_OK);
    assert_int_equal(gan_gaussian_of(tools, b, "b", &of_b, &err), GAN_OK);
    assert_int_equal(gan_frechet_distance(tools, &of_a, &of_b, &distance, &err), GAN_OK);
    if (traces) {
        *traces = gan_gaussian_trace(&of_a) + gan_gaussian_trace(&of_b);
    }
    gan_gaussian_free(&of_a);
    gan_gaussian_free(&of_b);
    return distance;
}

static void frechet_is_torch_fidelitys(void **state)
{
    rig *r = rig_of(state);
    const gan_matrix real = matrix_of(r, "real"), fake = matrix_of(r, "fake"),
                     few = matrix_of(r, "few");
    double traces = 0;
    const double distance = frechet(&r->tools, &real, &fake, &traces);
    check_relative(r, "trace", traces);
    check(r, "frechet", distance, 1e-6 * traces);
    check(r, "frechet_scipy", distance, 1e-6 * traces);
    const double of_few = frechet(&r->tools, &real, &few, &traces);
    check(r, "frechet_few", of_few, 1e-6 * traces);
    free((void *)real.x);
    free((void *)fake.x);
    free((void *)few.x);
}

static void kid_is_torch_fidelitys(void **state)
{
    rig *r = rig_of(state);
    gan_matrix real = matrix_of(r, "real"), fake = matrix_of(r, "fake");
    gan_error err = {0};
    gan_kid subsets;
    double kid = 0;
    assert_int_equal(gan_kid_full(&r->tools, &real, &fake, &kid, &err), GAN_OK);
    check_relative(r, "kid_full", kid);
    const int64_t n = real.n;
    real.n = fake.n;
    assert_int_equal(gan_kid_full(&r->tools, &real, &fake, &kid, &err), GAN_OK);
    check_relative(r, "kid_same_size", kid);
    real.n = n;
    assert_int_equal(gan_kid_subsets(&r->tools, &real, &fake, 3, 5, 50, &subsets, &err), GAN_OK);
    check_relative(r, "kid_subsets", subsets.mean);
    check_relative(r, "kid_subsets_deviation", subsets.deviation);
    free((void *)real.x);
    free((void *)fake.x);
}

static void manifolds_are_those_of_torch_fidelity_and_prdc(void **state)
{
    rig *r = rig_of(state);
    const gan_matrix real = matrix_of(r, "real"), fake = matrix_of(r, "fake");
    gan_manifold m;
    assert_int_equal(gan_manifold_measure(&r->tools, &real, &fake, &m, NULL), GAN_OK);
    check_relative(r, "precision", m.precision);
    check_relative(r, "recall", m.recall);
    check_relative(r, "density", m.density);
    check_relative(r, "coverage", m.coverage);
    free((void *)real.x);
    free((void *)fake.x);
}

static void class_scores_are_torch_fidelitys(void **state)
{
    rig *r = rig_of(state);
    const gan_matrix logits = matrix_of(r, "logits");
    gan_class_score score;
    int64_t counts[10];
    assert_int_equal(gan_class_score_measure(&logits, 1, 7, &score, NULL), GAN_OK);
    check_relative(r, "score", score.mean);
    check_relative(r, "score_deviation", score.deviation);
    assert_int_equal(gan_class_histogram(&logits, 1, counts, NULL), GAN_OK);
    const gan_modes modes = gan_modes_count(counts, NULL, 10);
    check_relative(r, "modes", (double)modes.found);
    check_relative(r, "kl", modes.kl);
    assert_true(gan_modes_count(counts, counts, 10).kl == 0);
    int64_t lacks[10];
    memcpy(lacks, counts, sizeof lacks);
    lacks[3] = 0;
    assert_true(isinf(gan_modes_count(counts, lacks, 10).kl));
    free((void *)logits.x);
}

static void sliced_distances_are_the_definitions(void **state)
{
    rig *r = rig_of(state);
    const gan_pictures a = pictures_of(r, "pictures0"), b = pictures_of(r, "pictures1");
    gan_sliced s;
    assert_int_equal(gan_sliced_measure(&r->tools, &a, &b, 3, &s, NULL), GAN_OK);
    assert_int_equal(s.levels, 2);
    assert_int_equal(s.sides[0], 36);
    assert_int_equal(s.sides[1], 18);
    check_relative(r, "sliced0", s.distances[0]);
    check_relative(r, "sliced1", s.distances[1]);
    assert_int_equal(gan_sliced_measure(&r->tools, &a, &a, 3, &s, NULL), GAN_OK);
    assert_true(s.mean == 0);
    free((void *)a.x);
    free((void *)b.x);
}

/* (n,d) doubles: independent columns, column k of deviation k + 1 and mean `mean`. */
static double *normal_rows(int64_t n, int64_t d, uint64_t seed, double mean)
{
    float *draws = malloc((size_t)(n * d) * sizeof *draws);
    double *x = malloc((size_t)(n * d) * sizeof *x);
    assert_true(draws && x);
    gan_normal_fill(seed, 1, 0, 0, n * d, draws);
    for (int64_t i = 0; i < n * d; i++) {
        x[i] = mean + (double)draws[i] * (double)(i % d + 1);
    }
    free(draws);
    return x;
}

/* A gaussian of diagonal covariance: the distance is the sum of (sqrt a - sqrt b)^2. */
static void frechet_of_diagonals_is_known(void **state)
{
    rig *r = rig_of(state);
    gan_gaussian a, b;
    double want = 0, got = -1;
    assert_int_equal(gan_gaussian_make(&a, 31, NULL), GAN_OK);
    assert_int_equal(gan_gaussian_make(&b, 31, NULL), GAN_OK);
    for (int k = 0; k < 31; k++) {
        const double va = k % 5 == 0 ? 0 : k, vb = k % 3 == 0 ? 0 : 31 - k;
        a.covariance[k * 32] = va;
        b.covariance[k * 32] = vb;
        b.mean[k] = 0.5;
        want += 0.25 + (sqrt(va) - sqrt(vb)) * (sqrt(va) - sqrt(vb));
    }
    assert_int_equal(gan_frechet_distance(&r->tools, &a, &b, &got, NULL), GAN_OK);
    assert_true(fabs(got - want) <= 1e-12 * want);
    assert_int_equal(gan_frechet_distance(&r->tools, &a, &a, &got, NULL), GAN_OK);
    assert_true(got <= 1e-12);
    gan_gaussian_free(&a);
    gan_gaussian_free(&b);
}

/* A shift of everything by 1e6 moves no covariance; identical sets are at 0, with fewer rows than
 * columns too, and where a column is constant. */
static void frechet_keeps_its_digits(void **state)
{
    rig *r = rig_of(state);
    double *near = normal_rows(700, 9, 1, 0), *far = normal_rows(700, 9, 1, 1e6);
    double *other = normal_rows(600, 9, 2, 0), *other_far = normal_rows(600, 9, 2, 1e6);
    double *flat = normal_rows(5, 40, 3, 1), traces = 0;
    const gan_matrix a = {near, true, 700, 9}, b = {other, true, 600, 9};
    const gan_matrix c = {far, true, 700, 9}, d = {other_far, true, 600, 9};
    const gan_matrix few = {flat, true, 5, 40};
    const double here = frechet(&r->tools, &a, &b, &traces);
    assert_true(fabs(here - frechet(&r->tools, &c, &d, NULL)) <= 1e-9 * traces);
    assert_true(frechet(&r->tools, &a, &a, NULL) <= 1e-12 * traces);
    for (int i = 0; i < 5; i++) {
        flat[i * 40 + 7] = 3;
    }
    const double of_few = frechet(&r->tools, &few, &few, &traces);
    assert_true(of_few <= 1e-12 * traces);
    free(near);
    free(far);
    free(other);
    free(other_far);
    free(flat);
}

static void identical_sets_are_told(void **state)
{
    rig *r = rig_of(state);
    double *x = normal_rows(400, 12, 5, 0), *y = normal_rows(400, 12, 5, 0), kid = 1;
    const gan_matrix a = {x, true, 400, 12}, b = {y, true, 400, 12};
    gan_manifold m;
    assert_int_equal(gan_manifold_measure(&r->tools, &a, &b, &m, NULL), GAN_OK);
    assert_true(m.precision == 1 && m.recall == 1 && m.coverage == 1);
    assert_int_equal(gan_kid_full(&r->tools, &a, &b, &kid, NULL), GAN_OK);
    assert_true(kid < 0); /* unbiased: the pairs (x, x) are in the mixed sum alone */
    double squared[400 * 2];
    int64_t index[400 * 2];
    assert_int_equal(gan_neighbours(&r->tools, &a, &b, 2, squared, index, NULL), GAN_OK);
    for (int64_t i = 0; i < 400; i++) {
        assert_true(squared[2 * i] == 0 && index[2 * i] == i && squared[2 * i + 1] > 0);
    }
    assert_int_equal(gan_neighbours(&r->tools, &a, &a, 1, squared, index, NULL), GAN_OK);
    assert_true(squared[0] > 0 && index[0] != 0);
    free(x);
    free(y);
}

/* No number may depend on how many threads there are. */
static void threads_change_nothing(void **state)
{
    rig *r = rig_of(state);
    double *x = normal_rows(1100, 70, 8, 0), *y = normal_rows(900, 70, 9, 0.2);
    const gan_matrix a = {x, true, 1100, 70}, b = {y, true, 900, 70};
    double distance[2], kid[2];
    gan_manifold m[2];
    for (int i = 0; i < 2; i++) {
        const gan_tools tools = {.blas = r->blas, .threads = i == 0 ? 1 : 5};
        distance[i] = frechet(&tools, &a, &b, NULL);
        assert_int_equal(gan_kid_full(&tools, &a, &b, &kid[i], NULL), GAN_OK);
        assert_int_equal(gan_manifold_measure(&tools, &a, &b, &m[i], NULL), GAN_OK);
    }
    assert_true(distance[0] == distance[1] && kid[0] == kid[1]);
    assert_memory_equal(&m[0], &m[1], sizeof m[0]);
    free(x);
    free(y);
}

/* OpenBLAS's sequential flavour gave two threads the same work space, once in some hundred calls.
 */
static void threads_do_not_meet_in_the_library(void **state)
{
    enum { D = 120, CALLS = 200 };
    rig *r = rig_of(state);
    double *x = normal_rows(D, D, 4, 0), *a = calloc(2 * D * D + D, sizeof *a);
    assert_non_null(a);
    double *q = a + D * D, *w = q + D * D;
    const gan_product p = {.trans_b = true, .m = D, .n = D, .k = D, .lda = D, .ldb = D, .ldc = D};
    int bad = 0;
    gan_blas_multiply(r->blas, &p, x, x, a);
    memcpy(q, a, D * D * sizeof *a);
    assert_int_equal(gan_blas_eigen(r->blas, D, q, w, NULL), GAN_OK);
#pragma omp parallel for num_threads(4) schedule(dynamic) reduction(+ : bad)
    for (int i = 0; i < CALLS; i++) {
        double *mine = malloc((D * D + D) * sizeof *mine);
        if (!mine) {
            bad++;
            continue;
        }
        memcpy(mine, a, D * D * sizeof *a);
        bad += gan_blas_eigen(r->blas, D, mine, mine + D * D, NULL) != GAN_OK;
        for (int k = 0; k < D * D + D; k++) {
            bad += mine[k] != q[k];
        }
        free(mine);
    }
    assert_int_equal(bad, 0);
    free(x);
    free(a);
}

static void floats_are_sorted(void **state)
{
    float x[] = {3, -1, 0.5F, -0.0F, 0, -7e30F, 1e-40F, 2, 2}, last = -INFINITY;
    uint32_t spare[18];
    (void)state;
    gan_sort_floats(x, 9, spare);
    for (int i = 0; i < 9; i++) {
        assert_true(x[i] >= last);
        last = x[i];
    }
    assert_true(x[0] == -7e30F && x[8] == 3 && signbit(x[2]) && !signbit(x[3]));
}

static void too_few_and_not_finite_are_refused(void **state)
{
    rig *r = rig_of(state);
    double x[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, NAN, 11, 12}, kid;
    const gan_matrix one = {x, true, 1, 4}, bad = {x, true, 3, 4}, wide = {x, true, 2, 6};
    const gan_matrix two = {x, true, 2, 4};
    gan_gaussian g;
    gan_manifold m;
    gan_error err = {0};
    assert_int_equal(gan_gaussian_of(&r->tools, &one, "the samples", &g, &err), GAN_E_DATA);
    assert_string_equal(err.text, "the samples: 1 picture, and a covariance needs at least 2");
    assert_int_equal(gan_gaussian_of(&r->tools, &bad, "the samples", &g, &err), GAN_E_DATA);
    assert_string_equal(err.text, "the samples: number 1 of row 2 is not finite");
    assert_int_equal(gan_kid_full(&r->tools, &one, &two, &kid, &err), GAN_E_DATA);
    assert_int_equal(gan_kid_full(&r->tools, &two, &wide, &kid, &err), GAN_E_DATA);
    assert_int_equal(gan_manifold_measure(&r->tools, &two, &two, &m, &err), GAN_E_DATA);
    const gan_pictures small = {(const uint8_t *)x, 1, 6, 6, 1};
    gan_sliced s;
    assert_int_equal(gan_sliced_measure(&r->tools, &small, &small, 1, &s, &err), GAN_E_DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frechet_is_torch_fidelitys),
        cmocka_unit_test(kid_is_torch_fidelitys),
        cmocka_unit_test(manifolds_are_those_of_torch_fidelity_and_prdc),
        cmocka_unit_test(class_scores_are_torch_fidelitys),
        cmocka_unit_test(sliced_distances_are_the_definitions),
        cmocka_unit_test(frechet_of_diagonals_is_known),
        cmocka_unit_test(frechet_keeps_its_digits),
        cmocka_unit_test(identical_sets_are_told),
        cmocka_unit_test(threads_change_nothing),
        cmocka_unit_test(threads_do_not_meet_in_the_library),
        cmocka_unit_test(floats_are_sorted),
        cmocka_unit_test(too_few_and_not_finite_are_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
