/* test_reference_backend.c — the reference as a backend: transfers and types, and that nothing but
 * the program decides its bits. */
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
#include "reference/convert.h"
#include "unit/random_net.h"
#include "unit/reference_rig.h"
#include "unit/step_rig.h"

enum { N_NETS = 8 };

static const gan_backend *const reference = &gan_reference_backend;

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
    reference_must(gan_program_create("store", &r->program, &err), &err);
    for (int type = 0; type < GAN_DTYPE_COUNT; type++) {
        int id;
        reference_must(gan_program_buffer(r->program, gan_dtype_name((gan_dtype)type), GAN_INPUT,
                                          (gan_dtype)type, dims, &id, &err),
                       &err);
    }
    reference_must(gan_program_place(r->program, true, &err), &err);
    reference_must(reference->open(NULL, &r->device, &err), &err);
    reference_must(reference->compile(r->device, r->program, &r->executable, &err), &err);
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
    reference_must(reference->write(r->device, name, 0, in, sizeof in, &err), &err);
    reference_must(reference->read(r->device, name, 0, out, sizeof out, &err), &err);
    reference_must(reference->read_doubles(r->device, name, 0, doubles, N, &err), &err);
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
        reference_must(reference->write_doubles(r->device, name, 0, doubles, infinity, &err), &err);
        reference_must(reference->read(r->device, name, 0, out, infinity * 2, &err), &err);
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
    assert_true(gan_reference_round(GAN_F16, -65520.0) == -(double)INFINITY);
    assert_true(gan_reference_round(GAN_F16, 65519.0) == 65504.0);
    assert_true(gan_reference_round(GAN_BF16, 0x1.FFp127) == (double)INFINITY);
    assert_true(gan_reference_round(GAN_BF16, 0x1.FEFp127) == 0x1.FEp127);
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
    reference_must(reference->write(r.device, "f32", 40, floats, sizeof floats, &err), &err);
    reference_must(reference->read(r.device, "f32", 40, floats_back, sizeof floats, &err), &err);
    assert_memory_equal(floats, floats_back, sizeof floats);
    reference_must(reference->write_doubles(r.device, "f32", 10, doubles, 4, &err), &err);
    reference_must(reference->read_doubles(r.device, "f32", 10, doubles_back, 4, &err), &err);
    assert_memory_equal(doubles, doubles_back, sizeof doubles);
    reference_must(reference->read(r.device, "f32", 40, floats_back, sizeof rounded, &err), &err);
    assert_memory_equal(rounded, floats_back, sizeof rounded);
    reference_must(reference->write(r.device, "i64", 16, counters, sizeof counters, &err), &err);
    reference_must(reference->read(r.device, "i64", 16, counters_back, sizeof counters, &err),
                   &err);
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

static void test_threads_change_no_bit(void **state)
{
    (void)state;
    const gan_device_options one = {.threads = 1}, three = {.threads = 3};
    gan_device_options random_one = one, random_three = three;
    random_one.rounding = random_three.rounding = GAN_ROUNDING_RANDOM;
    for (uint64_t seed = 1; seed <= N_NETS; seed++) {
        reference_check_same(seed, &one, GAN_F32, &three, GAN_F32, true);
        reference_check_same(seed, &random_one, GAN_F32, &random_three, GAN_F32, true);
    }
}

static void test_types_change_no_bit(void **state)
{
    (void)state;
    const gan_device_options device = {.threads = 2};
    for (uint64_t seed = 1; seed <= N_NETS; seed++) {
        reference_check_same(seed, &device, GAN_F32, &device, GAN_BF16, true);
        reference_check_same(seed, &device, GAN_F32, &device, GAN_F16, true);
    }
}

/* A program placed with sharing leaves the same in what is stored. */
static void test_sharing_changes_no_bit(void **state)
{
    (void)state;
    static const gan_dtype types[] = {GAN_F32, GAN_BF16};
    const gan_device_options device = {.threads = 2};
    const gan_build_options options = {.loss = "bce"};
    char yaml[REFERENCE_YAML_SIZE];
    for (uint64_t seed = 1; seed <= 2 * N_NETS; seed++) {
        double metrics[2][2];
        random_net(seed, seed % 2, yaml, REFERENCE_YAML_SIZE);
        for (int share = 0; share < 2; share++) {
            step_rig rig;
            step_rig_open_as(&rig, reference, &device, types[seed % 2], yaml, seed, &options,
                             share);
            gan_memory_report forecast, taken;
            gan_error err = {0};
            reference_must(reference->forecast(rig.device, rig.program, &forecast, &err), &err);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sixteen_bits),
        cmocka_unit_test(test_floats_and_integers),
        cmocka_unit_test(test_what_cannot_be_transferred),
        cmocka_unit_test(test_threads_change_no_bit),
        cmocka_unit_test(test_types_change_no_bit),
        cmocka_unit_test(test_sharing_changes_no_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
