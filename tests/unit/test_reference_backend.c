/* test_reference_backend.c — the reference as a backend: transfers and types, that nothing but the
 * program decides its bits, its rounding errors, and that they foretell those of the CPU. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/half.h"
#include "program/place.h"
#include "unit/random_net.h"
#include "unit/step_rig.h"

enum { YAML_SIZE = 8192, N_NETS = 8 };

static const gan_backend *const reference = &gan_reference_backend;

static void must(gan_status status, const gan_error *err)
{
    if (status != GAN_OK) {
        fail_msg("%s", err->text);
    }
}

/* --- transfers --- */

/* A program with one stored buffer of each type, and its device. */
typedef struct store_rig {
    gan_program *program;
    gan_device *device;
    gan_executable *executable;
} store_rig;

enum { N = 65536 };

static void open_store(store_rig *r)
{
    gan_error err = {0};
    const int64_t dims[4] = {1, 1, 1, N};
    *r = (store_rig){0};
    must(gan_program_create("store", &r->program, &err), &err);
    for (int type = 0; type < GAN_DTYPE_COUNT; type++) {
        int id;
        must(gan_program_buffer(r->program, gan_dtype_name((gan_dtype)type), GAN_INPUT,
                                (gan_dtype)type, dims, &id, &err),
             &err);
    }
    must(gan_program_place(r->program, true, &err), &err);
    must(reference->open(NULL, &r->device, &err), &err);
    must(reference->compile(r->device, r->program, &r->executable, &err), &err);
}

static void close_store(store_rig *r)
{
    reference->destroy(r->executable);
    reference->close(r->device);
    gan_program_destroy(r->program);
}

/* Every 16-bit number comes back as it was, and is the double that it stands for. */
static void check_halves(store_rig *r, const char *name, float (*value)(uint16_t bits))
{
    static uint16_t in[N], out[N];
    static double doubles[N];
    gan_error err = {0};
    for (int i = 0; i < N; i++) {
        in[i] = (uint16_t)i;
    }
    must(reference->write(r->device, name, 0, in, sizeof in, &err), &err);
    must(reference->read(r->device, name, 0, out, sizeof out, &err), &err);
    must(reference->read_doubles(r->device, name, 0, doubles, N, &err), &err);
    for (int i = 0; i < N; i++) {
        const float want = value(in[i]);
        if (isnan(want)) {
            assert_true(isnan(doubles[i]) && isnan(value(out[i])));
        } else if (out[i] != in[i] || doubles[i] != (double)want) {
            fail_msg("%s %04x: read as %04x, as a double %g", name, in[i], out[i], doubles[i]);
        }
    }
}

/* Between neighbours: below, at and above the middle, which goes to the even one. */
static void check_rounding(store_rig *r, const char *name, float (*value)(uint16_t bits),
                           uint16_t infinity)
{
    static double doubles[N];
    static uint16_t out[N];
    gan_error err = {0};
    for (int part = -1; part <= 1; part++) {
        for (int i = 0; i < infinity; i++) {
            const double low = (double)value((uint16_t)i);
            const double high = i + 1 < infinity ? (double)value((uint16_t)(i + 1))
                                                 : 2.0 * low - (double)value((uint16_t)(i - 1));
            const double middle = low + (high - low) / 2.0;
            doubles[i] = part == 0 ? middle : nextafter(middle, part < 0 ? low : high);
        }
        must(reference->write_doubles(r->device, name, 0, doubles, infinity, &err), &err);
        must(reference->read(r->device, name, 0, out, infinity * 2, &err), &err);
        for (int i = 0; i < infinity; i++) {
            const int up = part > 0 || (part == 0 && i % 2 == 1);
            if (out[i] != i + up) {
                fail_msg("%s: %.17g became %04x", name, doubles[i], out[i]);
            }
        }
    }
}

static void test_sixteen_bits(void **state)
{
    (void)state;
    store_rig r;
    open_store(&r);
    check_halves(&r, "bf16", gan_bf16_to_f32);
    check_halves(&r, "f16", gan_f16_to_f32);
    check_rounding(&r, "bf16", gan_bf16_to_f32, 0x7F80);
    check_rounding(&r, "f16", gan_f16_to_f32, 0x7C00);
    close_store(&r);
}

static void test_floats_and_integers(void **state)
{
    (void)state;
    gan_error err = {0};
    store_rig r;
    const float floats[] = {0.1f, -0.0f, 1e-45f, INFINITY, 3e38f};
    const double doubles[] = {0.1, -1e-60, 1e300, 1.0 + 0x1p-24};
    const float rounded[] = {0.1f, -0.0f, INFINITY, 1.0f};
    const int64_t counters[] = {INT64_MAX, -5};
    float floats_back[5];
    double doubles_back[4];
    int64_t counters_back[2];
    open_store(&r);
    must(reference->write(r.device, "f32", 40, floats, sizeof floats, &err), &err);
    must(reference->read(r.device, "f32", 40, floats_back, sizeof floats, &err), &err);
    assert_memory_equal(floats, floats_back, sizeof floats);
    must(reference->write_doubles(r.device, "f32", 10, doubles, 4, &err), &err);
    must(reference->read_doubles(r.device, "f32", 10, doubles_back, 4, &err), &err);
    assert_memory_equal(doubles, doubles_back, sizeof doubles);
    must(reference->read(r.device, "f32", 40, floats_back, sizeof rounded, &err), &err);
    assert_memory_equal(rounded, floats_back, sizeof rounded);
    must(reference->write(r.device, "i64", 16, counters, sizeof counters, &err), &err);
    must(reference->read(r.device, "i64", 16, counters_back, sizeof counters, &err), &err);
    assert_memory_equal(counters, counters_back, sizeof counters);
    close_store(&r);
}

static void expect_failure(gan_status status, const gan_error *err, const char *word)
{
    assert_int_equal(status, GAN_E_FAILED);
    if (!strstr(err->text, word)) {
        fail_msg("'%s' does not say '%s'", err->text, word);
    }
}

static void test_what_cannot_be_transferred(void **state)
{
    (void)state;
    gan_error err = {0};
    store_rig r;
    double d[4] = {0};
    open_store(&r);
    expect_failure(reference->write(r.device, "none", 0, d, 4, &err), &err, "no buffer");
    expect_failure(reference->read(r.device, "none", 1, d, 1, &err), &err, "no buffer");
    expect_failure(reference->read(r.device, "f32", 4 * N - 4, d, 8, &err), &err, "not inside");
    expect_failure(reference->read(r.device, "f32", -4, d, 4, &err), &err, "not inside");
    expect_failure(reference->write(r.device, "f32", 2, d, 4, &err), &err, "in two");
    expect_failure(reference->read_doubles(r.device, "f32", N - 1, d, 2, &err), &err, "not inside");
    expect_failure(reference->write_doubles(r.device, "i64", 0, d, 1, &err), &err, "i64");
    expect_failure(reference->read_doubles(r.device, "u8", 0, d, 1, &err), &err, "u8");
    expect_failure(reference->peek_doubles(r.executable, 99, d, 1, &err), &err, "no memory");
    close_store(&r);
}

/* --- steps --- */

/* Every number of a program after two runs; the caller's. */
static double *all_numbers(step_rig *rig, int64_t *n)
{
    const gan_program *p = rig->program;
    *n = 0;
    for (int i = 0; i < p->n_buffers; i++) {
        *n += p->buffers[i].count;
    }
    double *all = calloc((size_t)*n, sizeof *all), *at = all;
    assert_non_null(all);
    step_rig_run(rig);
    step_rig_run(rig);
    for (int i = 0; i < p->n_buffers; i++) {
        const gan_buffer *b = &p->buffers[i];
        const bool is_real = b->type != GAN_U8 && b->type != GAN_I32 && b->type != GAN_I64;
        const bool is_used = p->buffers[b->base].first_op >= 0;
        if (b->base == i && is_real && is_used) {
            step_rig_peek(rig, b->name, at, b->count);
        }
        at += b->count;
    }
    return all;
}

static const gan_build_options plain = {.loss = "bce"};

static double *run_net(uint64_t seed, const gan_device_options *device, gan_dtype type, int64_t *n)
{
    char yaml[YAML_SIZE];
    step_rig rig;
    gan_build_options options = plain;
    options.separate_passes = true; /* what fp16 wants */
    random_net(seed, seed % 2, yaml, YAML_SIZE);
    step_rig_open_as(&rig, reference, device, type, yaml, seed, &options, false);
    double *all = all_numbers(&rig, n);
    step_rig_close(&rig);
    return all;
}

static void check_same(uint64_t seed, const gan_device_options *one, gan_dtype type_one,
                       const gan_device_options *other, gan_dtype type_other, bool same)
{
    int64_t n, m;
    double *a = run_net(seed, one, type_one, &n), *b = run_net(seed, other, type_other, &m);
    assert_int_equal(n, m);
    const bool equal = memcmp(a, b, (size_t)n * sizeof *a) == 0;
    if (equal != same) {
        fail_msg("random_net(%llu): %s", (unsigned long long)seed,
                 same ? "numbers differ" : "no number differs");
    }
    free(a);
    free(b);
}

static void test_threads_change_no_bit(void **state)
{
    (void)state;
    const gan_device_options one = {.threads = 1}, three = {.threads = 3};
    gan_device_options random_one = one, random_three = three;
    random_one.rounding = random_three.rounding = GAN_ROUNDING_RANDOM;
    for (uint64_t seed = 1; seed <= N_NETS; seed++) {
        check_same(seed, &one, GAN_F32, &three, GAN_F32, true);
        check_same(seed, &random_one, GAN_F32, &random_three, GAN_F32, true);
    }
}

static void test_types_change_no_bit(void **state)
{
    (void)state;
    const gan_device_options device = {.threads = 2};
    for (uint64_t seed = 1; seed <= N_NETS; seed++) {
        check_same(seed, &device, GAN_F32, &device, GAN_BF16, true);
        check_same(seed, &device, GAN_F32, &device, GAN_F16, true);
    }
}

/* A program placed with sharing leaves the same in what is stored. */
static void test_sharing_changes_no_bit(void **state)
{
    (void)state;
    static const gan_dtype types[] = {GAN_F32, GAN_BF16};
    const gan_device_options device = {.threads = 2};
    char yaml[YAML_SIZE];
    for (uint64_t seed = 1; seed <= 2 * N_NETS; seed++) {
        double metrics[2][2];
        random_net(seed, seed % 2, yaml, YAML_SIZE);
        for (int share = 0; share < 2; share++) {
            step_rig rig;
            step_rig_open_as(&rig, reference, &device, types[seed % 2], yaml, seed, &plain, share);
            gan_memory_report forecast, taken;
            gan_error err = {0};
            must(reference->forecast(rig.device, rig.program, &forecast, &err), &err);
            reference->memory(rig.executable, &taken);
            assert_memory_equal(&forecast, &taken, sizeof taken);
            step_rig_run(&rig);
            step_rig_run(&rig);
            step_rig_losses(&rig, &metrics[share][0], &metrics[share][1]);
            step_rig_close(&rig);
        }
        assert_memory_equal(metrics[0], metrics[1], sizeof metrics[0]);
    }
}

/* --- rounding errors --- */

static void test_stored_numbers_are_of_their_type(void **state)
{
    (void)state;
    const gan_device_options exact = {.threads = 1};
    const gan_device_options stored = {.threads = 1, .rounding = GAN_ROUNDING_STORED};
    for (uint64_t seed = 1; seed <= N_NETS; seed++) {
        int64_t n, changed = 0;
        double *a = run_net(seed, &exact, GAN_F32, &n), *b = run_net(seed, &stored, GAN_F32, &n);
        for (int64_t i = 0; i < n; i++) {
            assert_true(b[i] == (double)(float)b[i]);
            changed += a[i] != b[i];
        }
        assert_true(changed > n / 4);
        free(a);
        free(b);
    }
}

static void test_random_errors(void **state)
{
    (void)state;
    const gan_device_options exact = {.threads = 1};
    const gan_device_options one = {
        .threads = 1, .rounding = GAN_ROUNDING_RANDOM, .rounding_seed = 1};
    gan_device_options two = one;
    two.rounding_seed = 2;
    for (uint64_t seed = 1; seed <= N_NETS; seed++) {
        int64_t n, zeros = 0;
        check_same(seed, &one, GAN_F32, &one, GAN_F32, true);
        check_same(seed, &one, GAN_F32, &two, GAN_F32, false);
        double *a = run_net(seed, &exact, GAN_F32, &n), *b = run_net(seed, &one, GAN_F32, &n);
        for (int64_t i = 0; i < n; i++) { /* what dropout took keeps its mark */
            const bool dropped = a[i] == 0.0 && signbit(a[i]);
            zeros += dropped;
            assert_true(!dropped || (b[i] == 0.0 && signbit(b[i])));
        }
        free(a);
        free(b);
    }
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
    step_rig rig;
    step_rig_open_as(&rig, backend, device, type, yaml, seed, &plain, false);
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
    char yaml[YAML_SIZE];
    double largest[N_TENSORS] = {0};
    bool foretold = true;
    results want, got;
    random_net(seed, seed % 2, yaml, YAML_SIZE);
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
        cmocka_unit_test(test_sixteen_bits),
        cmocka_unit_test(test_floats_and_integers),
        cmocka_unit_test(test_what_cannot_be_transferred),
        cmocka_unit_test(test_threads_change_no_bit),
        cmocka_unit_test(test_types_change_no_bit),
        cmocka_unit_test(test_sharing_changes_no_bit),
        cmocka_unit_test(test_stored_numbers_are_of_their_type),
        cmocka_unit_test(test_random_errors),
        cmocka_unit_test(test_errors_are_foretold),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
