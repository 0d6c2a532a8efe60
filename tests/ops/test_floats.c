/* test_floats.c — fp32 to bf16 and back: every bf16, ties, what overflows, NaN; odd lengths,
 * blocks.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/philox.h"
#include "cpu/floats.h"
#include "cpu/parallel.h"
#include "ops/op_case.h"

enum { N_BF16 = 65536, N_RANDOM = 200000, SEED = 71, GUARD = 64 };

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void *allocate(size_t n, size_t size)
{
    void *block = calloc(n, size);
    assert_non_null(block);
    return block;
}

static void expect_rounded(const float *from, const uint16_t *got, int64_t n)
{
    for (int64_t i = 0; i < n; i++) {
        if (got[i] != op_bf16_bits((double)from[i]) || gan_f32_to_bf16(from[i]) != got[i]) {
            fail_msg("element %lld: %a gave 0x%04x, want 0x%04x (seed %d)", (long long)i,
                     (double)from[i], (unsigned)got[i], (unsigned)op_bf16_bits((double)from[i]),
                     SEED);
        }
    }
}

static void test_every_bf16_comes_back(void **state)
{
    (void)state;
    uint16_t *all = allocate(N_BF16, sizeof *all), *back = allocate(N_BF16, sizeof *back);
    float *wide = allocate(N_BF16, sizeof *wide);
    for (uint32_t i = 0; i < N_BF16; i++) {
        all[i] = (uint16_t)i;
    }
    gan_bf16_widen(all, N_BF16, wide);
    gan_bf16_round(wide, N_BF16, back);
    for (uint32_t i = 0; i < N_BF16; i++) {
        double value = op_bf16_value(all[i]);
        if (isnan(value)) {
            assert_true(isnan(wide[i]) && isnan(op_bf16_value(back[i])));
        } else {
            assert_true((double)wide[i] == value && all[i] == back[i]);
            assert_true(gan_bf16_to_f32(all[i]) == wide[i]);
        }
    }
    free(all);
    free(back);
    free(wide);
}

/* Every bf16, and below and above it, at and beside the middle: NaN of every kind among them. */
static void test_rounding(void **state)
{
    (void)state;
    static const uint32_t lower[] = {0, 1, 0x7fff, 0x8000, 0x8001, 0xffff};
    enum { N = sizeof lower / sizeof *lower };
    float *from = allocate((size_t)N_BF16 * N, sizeof *from);
    uint16_t *to = allocate((size_t)N_BF16 * N, sizeof *to);
    for (uint32_t i = 0; i < N_BF16 * N; i++) {
        from[i] = float_of(i / N << 16 | lower[i % N]);
    }
    gan_bf16_round(from, (int64_t)N_BF16 * N, to);
    expect_rounded(from, to, (int64_t)N_BF16 * N);
    assert_int_equal(gan_f32_to_bf16(3.4e38f), 0x7f80); /* the largest bf16 is 3.39e38 */
    assert_int_equal(gan_f32_to_bf16(-INFINITY), 0xff80);
    assert_int_equal(gan_f32_to_bf16(1.0f + 0x1p-8f), 0x3f80); /* a tie, to even */
    assert_int_equal(gan_f32_to_bf16(1.0f + 0x3p-8f), 0x3f82);
    free(from);
    free(to);
}

static void test_lengths(void **state)
{
    (void)state;
    uint16_t narrow[GUARD + 200 + GUARD];
    float from[200], wide[GUARD + 200 + GUARD];
    for (uint32_t i = 0; i < 200; i++) {
        from[i] = float_of(gan_philox(SEED, 1, 0, i).v[0]);
    }
    for (int64_t n = 0; n <= 200; n++) {
        memset(narrow, 0x5a, sizeof narrow);
        memset(wide, 0x5a, sizeof wide);
        gan_bf16_round(from, n, narrow + GUARD);
        expect_rounded(from, narrow + GUARD, n);
        gan_bf16_widen(narrow + GUARD, n, wide + GUARD);
        for (int64_t i = 0; i < GUARD; i++) {
            assert_int_equal(narrow[i], 0x5a5a);
            assert_int_equal(narrow[GUARD + n + i], 0x5a5a);
            assert_true(wide[i] == float_of(0x5a5a5a5au));
            assert_true(wide[GUARD + n + i] == float_of(0x5a5a5a5au));
        }
    }
}

static void test_copy(void **state)
{
    (void)state;
    float *from = allocate(N_RANDOM, sizeof *from), *back = allocate(N_RANDOM, sizeof *back);
    uint16_t *to = allocate(N_RANDOM, sizeof *to);
    int former = gan_cpu_set_threads(3);
    for (uint32_t i = 0; i < N_RANDOM; i++) {
        from[i] = float_of(gan_philox(SEED, 2, 0, i).v[0]);
    }
    const gan_floats single = {from, GAN_F32}, half = {to, GAN_BF16}, again = {back, GAN_F32};
    gan_floats_copy(single, half, N_RANDOM);
    expect_rounded(from, to, N_RANDOM);
    gan_floats_copy(half, again, N_RANDOM);
    for (int64_t i = 0; i < N_RANDOM; i++) {
        assert_true(op_close((double)back[i], op_bf16_value(to[i]), 0.0));
    }
    gan_floats_copy(single, again, N_RANDOM);
    assert_memory_equal(from, back, N_RANDOM * sizeof *from);
    gan_cpu_set_threads(former);
    free(from);
    free(back);
    free(to);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_bf16_comes_back),
        cmocka_unit_test(test_rounding),
        cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_copy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
