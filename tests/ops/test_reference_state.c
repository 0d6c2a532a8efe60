/* test_reference_state.c — the reference's losses, state and sources against values worked out by
 * hand. */
#include <math.h>

#include "base/normal.h"
#include "ops/op_case.h"
#include "ops/reference_case.h"
#include "program/loss_terms.h"

/* --- losses --- */

typedef struct loss_values {
    double loss_d, loss_g, real[2], fake[2], gen[2];
} loss_values;

static void check_loss(int loss, float label, double *real, double *fake, const loss_values *want)
{
    double dreal[2], dfake[2], gfake[2], metrics[4];
    const gan_attr attr = {
        .loss = {.loss = loss, .for_d = true, .for_g = true, .real_label = label}};
    const gan_reference_tensor in[] = {{.dims = {2, 1, 1, 1}, .count = 2, .v = real},
                                       {.dims = {2, 1, 1, 1}, .count = 2, .v = fake}};
    const gan_reference_tensor out[] = {REALS(dreal, 1), REALS(dfake, 1), REALS(gfake, 1),
                                        REALS(metrics, 4)};
    reference_compute(GAN_OP_loss, &attr, in, out);
    reference_check("loss_d", &metrics[GAN_METRIC_LOSS_D], &want->loss_d, 1, 8);
    reference_check("loss_g", &metrics[GAN_METRIC_LOSS_G], &want->loss_g, 1, 8);
    reference_check("dreal", dreal, want->real, 2, 8);
    reference_check("dfake", dfake, want->fake, 2, 8);
    reference_check("gfake", gfake, want->gen, 2, 8);
    double sigmoid = 0.0;
    for (int i = 0; i < 2; i++) {
        sigmoid += (1.0 + tanh(real[i] / 2.0)) / 4.0;
    }
    reference_check("d_real", &metrics[GAN_METRIC_D_REAL], &sigmoid, 1, 8);
}

/* Logits ln 3 (logistic 3/4) and -ln 3 (1/4); means over two logits halve each slope. */
static void test_losses(void **state)
{
    (void)state;
    double real[] = {log(3.0), -log(3.0)}, fake[] = {-log(3.0), log(3.0)};
    const double even = -(log(0.75) + log(0.25)) / 2.0;
    const loss_values bce = {2.0 * even, even, {-0.125, -0.375}, {0.125, 0.375}, {-0.375, -0.125}};
    check_loss(GAN_LOSS_bce, 1.0f, real, fake, &bce);
    const loss_values smooth = {2.0 * even, even, {0.0, -0.25}, {0.125, 0.375}, {-0.375, -0.125}};
    check_loss(GAN_LOSS_bce, 0.75f, real, fake, &smooth); /* the logits' mean is 0: the same loss */
    double x[] = {0.5, 3}, z[] = {-3, 0.5};
    const loss_values hinge = {0.25 + 0.75, 1.25, {-0.5, 0.0}, {0.0, 0.5}, {-0.5, -0.5}};
    check_loss(GAN_LOSS_hinge, 1.0f, x, z, &hinge);
    const loss_values lsgan = {2.125 + 4.625, 8.125, {-0.5, 2}, {-3, 0.5}, {-4, -0.5}};
    check_loss(GAN_LOSS_lsgan, 1.0f, x, z, &lsgan);
    const loss_values soft = {2.5625 + 4.625, 8.125, {-0.25, 2.25}, {-3, 0.5}, {-4, -0.5}};
    check_loss(GAN_LOSS_lsgan, 0.75f, x, z, &soft);
    const loss_values wasserstein = {-1.75 - 1.25, 1.25, {-0.5, -0.5}, {0.5, 0.5}, {-0.5, -0.5}};
    check_loss(GAN_LOSS_wasserstein, 1.0f, x, z, &wasserstein);
}

/* Far out, one end is exactly linear and the other keeps its digits. */
static void test_losses_far_out(void **state)
{
    (void)state;
    double real[] = {800, -50}, fake[] = {-800, -50};
    const double tiny = exp(-50.0);
    const loss_values want = {
        25.0 + tiny / 2.0, 425.0, {-0.0, -0.5}, {0.0, tiny / 2.0}, {-0.5, -0.5}};
    check_loss(GAN_LOSS_bce, 1.0f, real, fake, &want);
}

/* dfake becomes the seed, gfake the ratio; a seed of nothing is 2^-40 over the number of logits. */
static void test_shared_seeds(void **state)
{
    (void)state;
    double real[] = {0, 0}, fake[] = {log(3.0), -800}, dreal[2], dfake[2], gfake[2], metrics[4];
    const gan_attr attr = {.loss = {.loss = GAN_LOSS_bce,
                                    .for_d = true,
                                    .for_g = true,
                                    .shared = true,
                                    .real_label = 1.0f}};
    const gan_reference_tensor in[] = {REALS(real, 1), REALS(fake, 1)};
    const gan_reference_tensor out[] = {REALS(dreal, 1), REALS(dfake, 1), REALS(gfake, 1),
                                        REALS(metrics, 4)};
    const double seeds[] = {0.375, 0x1p-41}, ratios[] = {-1.0 / 3.0, -0x1p40};
    reference_compute(GAN_OP_loss, &attr, in, out);
    reference_check("seeds", dfake, seeds, 2, 4);
    reference_check("ratios", gfake, ratios, 2, 4);
}

static void test_losses_asked_for(void **state)
{
    (void)state;
    double real[] = {1, NAN}, fake[] = {1, 1}, g[2], d[2], metrics[] = {7, 7, 7, 7};
    const double only_d[] = {NAN, 0, NAN, 1.0 / (1.0 + exp(-1.0))};
    const double only_g[] = {7, -1, 7, 7}, both[] = {NAN, -1, NAN, 1.0 / (1.0 + exp(-1.0))};
    gan_attr attr = {.loss = {.loss = GAN_LOSS_wasserstein, .for_g = true}};
    const gan_reference_tensor in[] = {REALS(real, 1), REALS(fake, 1)};
    const gan_reference_tensor out[] = {REALS(d, 1), REALS(d, 1), REALS(g, 1), REALS(metrics, 4)};
    reference_compute(GAN_OP_loss, &attr, in, out);
    reference_check("G's metrics", metrics, only_g, 4, 0);
    attr.loss.for_d = true;
    attr.loss.for_g = false;
    metrics[GAN_METRIC_LOSS_G] = 7;
    reference_compute(GAN_OP_loss, &attr, in, out);
    reference_check("D's metrics", metrics, only_d, 4, 4);
    attr.loss.for_g = true;
    reference_compute(GAN_OP_loss, &attr, in, out);
    reference_check("all metrics", metrics, both, 4, 4);
}

/* --- state --- */

static void test_norm(void **state)
{
    (void)state;
    double g[] = {2, -3, 6}, huge[] = {3e200, 4e-200, NAN}, r[1];
    const double seven[] = {7}, nan[] = {NAN};
    const gan_reference_tensor in[] = {REALS(g, 3)}, bad[] = {REALS(huge, 3)},
                               out[] = {REALS(r, 1)};
    reference_compute(GAN_OP_norm, NULL, in, out);
    reference_check("norm", r, seven, 1, 0);
    reference_compute(GAN_OP_norm, NULL, bad, out);
    reference_check("norm of NaN", r, nan, 1, 0);
}

static void check_guard(double metric, double norm_d, int32_t before, int32_t flag, int32_t step)
{
    double metrics[] = {1, 2, metric, 4}, norm[] = {norm_d};
    int64_t counters[GAN_COUNTER_COUNT] = {[GAN_COUNTER_STEP] = ((int64_t)1 << 40) + 5};
    int32_t words[] = {before, 3};
    const gan_reference_tensor in[] = {REALS(metrics, 4), NOTHING, REALS(norm, 1),
                                       COUNTERS(counters)};
    const gan_reference_tensor out[] = {WORDS(words)};
    reference_compute(GAN_OP_guard, NULL, in, out);
    assert_int_equal(words[0], flag);
    assert_int_equal(words[1], step);
}

static void test_guard(void **state)
{
    (void)state;
    check_guard(3, 5, 0, 0, 3);
    check_guard(NAN, 5, 0, 1, 5);
    check_guard(3, INFINITY, 0, 1, 5);
    check_guard(NAN, NAN, 1, 1, 3); /* the first one stays */
    check_guard(3, 5, 1, 1, 3);
}

static void test_stat_update(void **state)
{
    (void)state;
    gan_stat_segment segments[] = {{1, 2, 0.75f, 1.5f}, {4, 1, 0.5f, 1.0f}};
    const gan_attr attr = {.stat_update = {segments, 2}};
    double batch[] = {100, 4, NAN, 100, 2}, running[] = {9, 8, 8, 9, 4};
    int32_t flag[] = {1, 0};
    const double before[] = {9, 8, 8, 9, 4}, after[] = {9, 7.5, NAN, 9, 3};
    const gan_reference_tensor in[] = {REALS(batch, 5), WORDS(flag)}, out[] = {REALS(running, 5)};
    reference_compute(GAN_OP_stat_update, &attr, in, out);
    reference_check("with the flag", running, before, 5, 0);
    flag[0] = 0;
    reference_compute(GAN_OP_stat_update, &attr, in, out);
    reference_check("running", running, after, 5, 0);
}

/* From moments of 0, g = 4, beta1 = 1/2, beta2 = 3/4, epsilon = 1, lr = 3/8: m = 2 and v = 4, then,
 * with g = 0, m = 1 and v = 3. */
static void check_adam(bool inside, double first, double second)
{
    gan_attr attr = {.adam = {.n_segments = 2}};
    attr.adam.segments[0] = (gan_adam_segment){1.0, inside, 1, GAN_NET_G};
    attr.adam.segments[1] = (gan_adam_segment){1.0, inside, 1, GAN_NET_D};
    double g[] = {4}, h[] = {NAN};
    double rates[GAN_RATE_COUNT] = {99, 0.375, 0.5, 0.75, 99, 0.5, 0.75};
    double p[] = {10}, m[] = {0}, v[] = {0}, other[3][1] = {{1}, {2}, {3}};
    int64_t counters[GAN_COUNTER_COUNT] = {99, 0, 41};
    int32_t flag[] = {1, 0};
    const gan_reference_tensor in[] = {REALS(g, 1), REALS(h, 1), REALS(rates, GAN_RATE_COUNT),
                                       WORDS(flag)};
    const gan_reference_tensor out[] = {REALS(p, 1),        REALS(m, 1),        REALS(v, 1),
                                        REALS(other[0], 1), REALS(other[1], 1), REALS(other[2], 1),
                                        COUNTERS(counters)};
    reference_compute(GAN_OP_adam, &attr, in, out);
    assert_true(p[0] == 10.0 && m[0] == 0.0 && v[0] == 0.0); /* the flag */
    assert_true(counters[1] == 0 && counters[2] == 41);
    flag[0] = 0;
    reference_compute(GAN_OP_adam, &attr, in, out);
    first = 10.0 - first;
    reference_check("p after a step", p, &first, 1, 2);
    assert_true(m[0] == 2.0 && v[0] == 4.0);
    assert_true(isnan(other[0][0]) && isnan(other[1][0]) && isnan(other[2][0]));
    g[0] = 0.0;
    reference_compute(GAN_OP_adam, &attr, in, out);
    second = first - second;
    reference_check("p after two", p, &second, 1, 2);
    assert_true(m[0] == 1.0 && v[0] == 3.0);
    assert_true(counters[0] == 99 && counters[1] == 2 && counters[2] == 43);
}

static void test_adam(void **state)
{
    (void)state;
    check_adam(false, 0.375 * 2.0 / 3.0, 0.375 * sqrt(0.4375) / 0.75 / (sqrt(3.0) + 1.0));
    check_adam(true, 0.375 * 0.8, 0.5 / (sqrt(3.0 / 0.4375) + 1.0));
}

static void test_ema(void **state)
{
    (void)state;
    double source[] = {4, NAN}, rates[GAN_RATE_COUNT] = {[GAN_RATE_EMA] = 0.75};
    double average[] = {8, 8};
    int32_t flag[] = {1, 0};
    int64_t counters[GAN_COUNTER_COUNT] = {99, 2, 99};
    const double before[] = {8, 8}, after[] = {7, NAN}, early[] = {4.75, NAN};
    gan_reference_tensor in[] = {REALS(source, 2), REALS(rates, GAN_RATE_COUNT), WORDS(flag),
                                 NOTHING};
    const gan_reference_tensor out[] = {REALS(average, 2)};
    reference_compute(GAN_OP_ema, NULL, in, out);
    reference_check("with the flag", average, before, 2, 0);
    flag[0] = 0;
    reference_compute(GAN_OP_ema, NULL, in, out);
    reference_check("average", average, after, 2, 0);
    in[3] = COUNTERS(counters); /* t = 2: a decay of 3/12 */
    reference_compute(GAN_OP_ema, NULL, in, out);
    reference_check("warming up", average, early, 2, 0);
    counters[gan_counter_of(GAN_NET_G)] = 26; /* t = 26: 27/36, from here on the rate */
    average[0] = 8.0;
    reference_compute(GAN_OP_ema, NULL, in, out);
    counters[gan_counter_of(GAN_NET_G)] = 1000;
    average[0] += 1.0;
    reference_compute(GAN_OP_ema, NULL, in, out);
    reference_check("warm", average, after, 2, 0);
}

static void test_report(void **state)
{
    (void)state;
    double metrics[] = {1, 2, NAN, 4}, norm[] = {5}, ring[3 * GAN_METRIC_COUNT] = {0};
    int64_t counters[GAN_COUNTER_COUNT] = {5, 6, 7};
    int32_t flag[] = {0, 0};
    const double want[] = {1, 2, NAN, 4, 5, 0};
    const gan_attr attr = {.report = {.rows = 3}};
    const gan_reference_tensor in[] = {REALS(metrics, 4), REALS(norm, 1), NOTHING, WORDS(flag)};
    const gan_reference_tensor out[] = {COUNTERS(counters), REALS(ring, GAN_METRIC_COUNT)};
    reference_compute(GAN_OP_report, &attr, in, out);
    reference_check("row 5 % 3", &ring[2 * GAN_METRIC_COUNT], want, GAN_METRIC_COUNT, 0);
    assert_true(ring[0] == 0.0 && ring[2 * GAN_METRIC_COUNT - 1] == 0.0);
    assert_true(counters[0] == 6 && counters[1] == 6 && counters[2] == 7);
    flag[0] = 1;
    reference_compute(GAN_OP_report, &attr, in, out);
    reference_check("row 6 % 3", ring, want, GAN_METRIC_COUNT, 0);
    assert_true(counters[0] == 6 && counters[1] == 6 && counters[2] == 7);
}

/* --- sources --- */

/* One image of 1 x 3 pixels with 2 channels, drawn again and again: itself or its mirror image. */
static void test_gather(void **state)
{
    (void)state;
    enum { BATCH = 400 };
    static double x[BATCH * 6];
    uint8_t data[] = {0, 255, 51, 102, 153, 204};
    const double plain[] = {-1, 1, -0.6, -0.2, 0.2, 0.6}, mirror[] = {0.2, 0.6, -0.6, -0.2, -1, 1};
    int64_t counters[GAN_COUNTER_COUNT] = {17, 0, 0};
    gan_attr attr = {.gather = {.n_images = 1, .seed = 3, .order_stream = 40, .flip_stream = 50}};
    const gan_reference_tensor in[] = {{.dims = {1, 1, 3, 2}, .count = 6, .bytes = data},
                                       COUNTERS(counters)};
    const gan_reference_tensor out[] = {{.dims = {BATCH, 1, 3, 2}, .count = 6 * BATCH, .v = x}};
    int mirrored = 0;
    reference_compute(GAN_OP_gather, &attr, in, out);
    for (int i = 0; i < BATCH; i++) {
        reference_check("image", &x[i * 6], plain, 6, 2);
    }
    attr.gather.flip = true;
    reference_compute(GAN_OP_gather, &attr, in, out);
    for (int i = 0; i < BATCH; i++) {
        const bool is_mirrored = x[i * 6] > 0.0;
        reference_check("image or mirror image", &x[i * 6], is_mirrored ? mirror : plain, 6, 4);
        mirrored += is_mirrored;
    }
    assert_true(fabs(mirrored - BATCH / 2.0) <= 5.0 * sqrt(BATCH / 4.0));
}

/* Every epoch of 5 images has each of them once, wherever batches of 3 begin. */
static void test_epochs(void **state)
{
    (void)state;
    uint8_t data[] = {0, 1, 2, 3, 4};
    int drawn[15];
    for (int64_t step = 0; step < 5; step++) {
        double x[3] = {0};
        int64_t counters[GAN_COUNTER_COUNT] = {step, 0, 0};
        const gan_attr attr = {.gather = {.n_images = 5, .seed = 8, .order_stream = 40}};
        const gan_reference_tensor in[] = {BYTES(data, 1), COUNTERS(counters)};
        const gan_reference_tensor out[] = {REALS(x, 1)};
        reference_compute(GAN_OP_gather, &attr, in, out);
        for (int i = 0; i < 3; i++) {
            drawn[step * 3 + i] = (int)lround(x[i] * 127.5 + 127.5);
        }
    }
    int as_first = 0;
    for (int epoch = 0; epoch < 3; epoch++) {
        int seen = 0;
        for (int i = 0; i < 5; i++) {
            seen |= 1 << drawn[5 * epoch + i];
            as_first += drawn[5 * epoch + i] == drawn[i];
        }
        assert_int_equal(seen, 31);
    }
    assert_true(as_first < 15); /* each epoch has its own order */
}

/* The floats that every backend draws. */
static void test_noise(void **state)
{
    (void)state;
    enum { N = 2053 };
    static double z[N], want[N];
    static float floats[N];
    int64_t counters[GAN_COUNTER_COUNT] = {6, 1, 2};
    const gan_attr attr = {.noise = {.seed = 12, .stream = 3}};
    const gan_reference_tensor in[] = {COUNTERS(counters)}, out[] = {REALS(z, 1)};
    gan_normal_fill(12, 3, 6, 0, N, floats);
    for (int i = 0; i < N; i++) {
        want[i] = (double)floats[i];
    }
    reference_compute(GAN_OP_noise, &attr, in, out);
    reference_check("noise", z, want, N, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_losses),       cmocka_unit_test(test_losses_far_out),
        cmocka_unit_test(test_shared_seeds), cmocka_unit_test(test_losses_asked_for),
        cmocka_unit_test(test_norm),         cmocka_unit_test(test_guard),
        cmocka_unit_test(test_stat_update),  cmocka_unit_test(test_adam),
        cmocka_unit_test(test_ema),          cmocka_unit_test(test_report),
        cmocka_unit_test(test_gather),       cmocka_unit_test(test_epochs),
        cmocka_unit_test(test_noise),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
