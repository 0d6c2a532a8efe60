/* test_reference_rounding.c — the reference's rounding errors, and that they foretell the CPU's. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "program/place.h"
#include "unit/random_net.h"
#include "unit/reference_rig.h"
#include "unit/step_rig.h"

enum { N_NETS = 8 };

static const gan_backend *const reference = &gan_reference_backend;

static void test_stored_numbers_are_of_their_type(void **state)
{
    (void)state;
    const gan_device_options exact = {.threads = 1};
    const gan_device_options stored = {.threads = 1, .rounding = GAN_ROUNDING_STORED};
    for (uint64_t seed = 1; seed <= N_NETS; seed++) {
        int64_t n, changed = 0;
        double *a = reference_numbers(seed, &exact, GAN_F32, &n),
               *b = reference_numbers(seed, &stored, GAN_F32, &n);
        for (int64_t i = 0; i < n; i++) {
            const bool dropped = a[i] == 0.0 && signbit(a[i]); /* keeps its mark */
            assert_true(b[i] == (double)(float)b[i]);
            assert_true(!dropped || (b[i] == 0.0 && signbit(b[i])));
            changed += a[i] != b[i];
        }
        assert_true(changed > n / 4);
        free(a);
        free(b);
    }
}

/* A program and its device. */
typedef struct product_rig {
    gan_program *program;
    gan_device *device;
    gan_executable *executable;
} product_rig;

static void close_products(product_rig *r)
{
    reference->destroy(r->executable);
    reference->close(r->device);
    gan_program_destroy(r->program);
}

/* Runs y = x w twice, x (16,1,1,1) ones in bf16 and w (1) fp32, with y in fp32. */
static void run_products(gan_rounding rounding, double w, double y[2][16])
{
    static const char *const names[] = {"y0", "y1"};
    const int64_t rows[4] = {16, 1, 1, 1}, one[4] = {1, 1, 1, 1};
    const gan_device_options options = {.threads = 1, .rounding = rounding};
    const gan_attr attr = {.matmul = {.m = 16, .n = 1, .k = 1}};
    gan_error err = {0};
    product_rig r = {0};
    double x[16];
    int in[2], out;
    reference_must(gan_program_create("products", &r.program, &err), &err);
    reference_must(gan_program_buffer(r.program, "x", GAN_INPUT, GAN_BF16, rows, &in[0], &err),
                   &err);
    reference_must(gan_program_buffer(r.program, "w", GAN_PARAM, GAN_F32, one, &in[1], &err), &err);
    for (int i = 0; i < 2; i++) {
        reference_must(
            gan_program_buffer(r.program, names[i], GAN_OUTPUT, GAN_F32, rows, &out, &err), &err);
        reference_must(gan_program_op(r.program, GAN_OP_matmul, "x w", in, &out, &attr, &err),
                       &err);
    }
    for (int i = 0; i < 16; i++) {
        x[i] = 1.0;
    }
    reference_must(gan_program_place(r.program, true, &err), &err);
    reference_must(reference->open(&options, &r.device, &err), &err);
    reference_must(reference->compile(r.device, r.program, &r.executable, &err), &err);
    reference_must(reference->write_doubles(r.device, "x", 0, x, 16, &err), &err);
    reference_must(reference->write_doubles(r.device, "w", 0, &w, 1, &err), &err);
    reference_must(reference->run(r.executable, 1, &err), &err);
    for (int i = 0; i < 2; i++) {
        reference_must(reference->read_doubles(r.device, names[i], 0, y[i], 16, &err), &err);
    }
    close_products(&r);
}

/* Beside 16 bits the fp32 operand is read in 16; each operation and element has errors of its own,
 * of the size that reference.h says: 2^-25 |x| and as much of M. */
static void test_products_of_two_types(void **state)
{
    (void)state;
    double y[2][16];
    int same = 0;
    run_products(GAN_ROUNDING_NONE, 1.0 + 0x1p-30, y);
    assert_true(y[0][0] == 1.0 + 0x1p-30 && y[1][15] == y[0][0]);
    run_products(GAN_ROUNDING_STORED, 1.0 + 0x1p-12, y);
    assert_true(y[0][0] == 1.0 && y[1][15] == 1.0);
    run_products(GAN_ROUNDING_RANDOM, 1.0 + 0x1p-12, y);
    for (int i = 0; i < 16; i++) {
        assert_true(fabs(y[0][i] - 1.0) <= 6.0 * 0x1p-24);
        same += y[0][i] == y[1][i] || y[0][i] == y[0][(i + 1) % 16];
    }
    assert_int_equal(same, 0);
}

static void test_random_errors(void **state)
{
    (void)state;
    const gan_device_options exact = {.threads = 1};
    const gan_device_options one = {
        .threads = 1, .rounding = GAN_ROUNDING_RANDOM, .rounding_seed = 1};
    gan_device_options two = one;
    two.rounding_seed = 2;
    int64_t n_dropped = 0;
    for (uint64_t seed = 1; seed <= N_NETS; seed++) {
        int64_t n;
        reference_check_same(seed, &one, GAN_F32, &one, GAN_F32, true);
        reference_check_same(seed, &one, GAN_F32, &two, GAN_F32, false);
        double *a = reference_numbers(seed, &exact, GAN_F32, &n),
               *b = reference_numbers(seed, &one, GAN_F32, &n);
        for (int64_t i = 0; i < n; i++) { /* what dropout took keeps its mark */
            const bool dropped = a[i] == 0.0 && signbit(a[i]);
            n_dropped += dropped;
            assert_true(!dropped || (b[i] == 0.0 && signbit(b[i])));
        }
        free(a);
        free(b);
    }
    assert_true(n_dropped > 100);
}

/* Norm of a - b, NULL = 0. */
static double distance(const double *a, const double *b, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        const double d = a[i] - (b ? b[i] : 0);
        sum += d * d;
    }
    return sqrt(sum);
}

/* The tensors that are compared: gradients, moments and statistics of both networks. */
static const char *const tensors[] = {"d.grad", "g.grad", "d.m", "g.m", "d.v", "g.v", "g.stat"};
enum { N_TENSORS = sizeof tensors / sizeof *tensors, N_SEEDS = 4 };

typedef struct results {
    double *values[N_TENSORS];
    int64_t n[N_TENSORS];
} results;

static void run_step(const gan_backend *backend, const gan_device_options *device, gan_dtype type,
                     const char *yaml, uint64_t seed, results *out)
{
    const gan_build_options options = {.loss = "bce"};
    step_rig rig;
    step_rig_open_as(&rig, backend, device, type, yaml, seed, &options, false);
    step_rig_run(&rig);
    for (int t = 0; t < N_TENSORS; t++) {
        const int id = gan_program_find(rig.program, tensors[t]);
        const bool is_there = id >= 0 && rig.program->buffers[id].first_op >= 0;
        out->n[t] = is_there ? rig.program->buffers[id].count : 0;
        out->values[t] = calloc((size_t)out->n[t] + 1, sizeof(double));
        assert_non_null(out->values[t]);
        if (is_there) {
            step_rig_peek(&rig, tensors[t], out->values[t], out->n[t]);
        }
    }
    step_rig_close(&rig);
}

static void free_results(results *r)
{
    for (int t = 0; t < N_TENSORS; t++) {
        free(r->values[t]);
    }
}

/* largest[t]: the largest distance from want that random errors make. */
static void foretell(gan_dtype type, const char *yaml, uint64_t seed, const results *want,
                     double largest[N_TENSORS])
{
    for (uint64_t s = 1; s <= N_SEEDS; s++) {
        const gan_device_options random = {
            .threads = 1, .rounding = GAN_ROUNDING_RANDOM, .rounding_seed = s};
        results moved;
        run_step(reference, &random, type, yaml, seed, &moved);
        for (int t = 0; t < N_TENSORS; t++) {
            largest[t] = fmax(largest[t], distance(moved.values[t], want->values[t], want->n[t]));
        }
        free_results(&moved);
    }
}

/* Whether the CPU's errors are of the size that random errors foretell, for every tensor: at most
 * six times the largest of a few, and not so small that it foretells nothing. */
static bool is_foretold(gan_dtype type, uint64_t seed)
{
    const gan_device_options device = {.threads = 1};
    char yaml[REFERENCE_YAML_SIZE];
    double largest[N_TENSORS] = {0};
    bool foretold = true;
    results want, got;
    random_net(seed, seed % 2, yaml, REFERENCE_YAML_SIZE);
    run_step(reference, &device, type, yaml, seed, &want);
    run_step(&gan_cpu_backend, &device, type, yaml, seed, &got);
    foretell(type, yaml, seed, &want, largest);
    for (int t = 0; t < N_TENSORS; t++) {
        const double error = distance(got.values[t], want.values[t], want.n[t]);
        if (!(error <= 6.0 * largest[t]) || error < largest[t] / 50.0) {
            print_message("random_net(%llu), %s, %s: the CPU's error is %g, foretold are %g\n",
                          (unsigned long long)seed, gan_dtype_name(type), tensors[t], error,
                          largest[t]);
            foretold = false;
        }
    }
    free_results(&want);
    free_results(&got);
    return foretold;
}

/* In bf16 an input of LeakyReLU may be on the other side of 0 than in any of a few runs: a whole
 * term of a gradient, in one network of ten or twenty. */
static void test_errors_are_foretold(void **state)
{
    (void)state;
    int in_fp32 = 0, in_bf16 = 0;
    for (uint64_t seed = 1; seed <= 2 * N_NETS; seed++) {
        in_fp32 += is_foretold(GAN_F32, seed);
        in_bf16 += is_foretold(GAN_BF16, seed);
    }
    assert_int_equal(in_fp32, 2 * N_NETS);
    assert_true(in_bf16 >= 2 * N_NETS - 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stored_numbers_are_of_their_type),
        cmocka_unit_test(test_products_of_two_types),
        cmocka_unit_test(test_random_errors),
        cmocka_unit_test(test_errors_are_foretold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
