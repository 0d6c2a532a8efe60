/* test_gather.c — batches of images, in the epoch's order. */
#include <math.h>
#include <string.h>

#include "ops/op_case.h"

static void begin(op_case *t, uint64_t seed, int64_t n, int64_t batch, const int64_t hwc[3],
                  bool flip, double step)
{
    op_case_begin(t, GAN_OP_gather, seed);
    t->attr.gather = (gan_gather_attr){
        .n_images = n, .seed = seed, .order_stream = 40, .flip_stream = 50, .flip = flip};
    op_case_in(t, 0, GAN_U8, n, hwc[0], hwc[1], hwc[2], OP_BYTES);
    op_case_in(t, 1, GAN_I64, 1, 1, 1, GAN_COUNTER_COUNT, OP_ZERO);
    op_case_out(t, 0, GAN_F32, batch, hwc[0], hwc[1], hwc[2]);
    t->in[1].values[GAN_COUNTER_STEP] = step;
    t->tolerance =
        (op_tolerance){.relative = 1e-7}; /* a difference that is exact, and a quotient */
}

static void test_shapes(void **state)
{
    (void)state;
    static const int64_t maps[][3] = {{1, 1, 1}, {28, 28, 1}, {37, 31, 3}, {8, 3, 2}};
    static const int64_t sizes[][2] = {{1, 1}, {1, 5}, {7, 3}, {5, 12}, {100, 17}, {17, 17}};
    for (uint64_t i = 0; i < 24; i++) {
        op_case t;
        begin(&t, i, sizes[i % 6][0], sizes[i % 6][1], maps[i / 6], i % 2, (double)(i * i * i));
        op_case_check(&t);
        op_case_end(&t);
    }
}

/* Rows 5 to 9 of a batch of 17, by themselves. */
static void test_a_part(void **state)
{
    (void)state;
    static const int64_t map[3] = {5, 3, 2};
    const int64_t row = map[0] * map[1] * map[2];
    op_case whole, part;
    begin(&whole, 60, 23, 17, map, true, 4.0);
    begin(&part, 60, 23, 5, map, true, 4.0);
    part.attr.gather.batch = 17;
    part.attr.gather.first = 5;
    op_case_check(&whole);
    op_case_check(&part);
    for (int64_t i = 0; i < 5 * row; i++) {
        assert_true(part.got[0][i] == whole.got[0][5 * row + i]);
    }
    op_case_end(&whole);
    op_case_end(&part);
}

static void test_far_steps(void **state)
{
    (void)state;
    static const int64_t map[3] = {2, 3, 1};
    op_case t;
    begin(&t, 50, 23, 9, map, true, 4294967296.0 * 8.0 + 1.0);
    op_case_check(&t);
    op_case_end(&t);
}

/* The number of the image in each row of `steps` batches; images are one pixel that says which. */
static void draw(uint64_t seed, int64_t n, int64_t batch, int64_t steps, int *drawn)
{
    static const int64_t pixel[3] = {1, 1, 1};
    for (int64_t step = 0; step < steps; step++) {
        op_case t;
        begin(&t, seed, n, batch, pixel, false, (double)step);
        for (int64_t i = 0; i < n; i++) {
            t.in[0].values[i] = (double)i;
        }
        op_case_check(&t);
        for (int64_t i = 0; i < batch; i++) {
            drawn[step * batch + i] = (int)lround(t.got[0][i] * 127.5 + 127.5);
        }
        op_case_end(&t);
    }
}

static void check_epochs(uint64_t seed, int64_t n, int64_t batch, int64_t steps)
{
    int drawn[2048];
    assert_true(batch * steps <= 2048 && n <= 256);
    draw(seed, n, batch, steps, drawn);
    for (int64_t epoch = 0; (epoch + 1) * n <= batch * steps; epoch++) {
        int seen[256] = {0};
        for (int64_t i = 0; i < n; i++) {
            seen[drawn[epoch * n + i]]++;
        }
        for (int64_t i = 0; i < n; i++) {
            assert_int_equal(seen[i], 1);
        }
    }
}

static void test_every_image_once_per_epoch(void **state)
{
    (void)state;
    check_epochs(60, 10, 3, 20);
    check_epochs(61, 7, 7, 4);
    check_epochs(62, 5, 12, 5);
    check_epochs(63, 251, 64, 12);
    check_epochs(64, 1, 3, 2);
}

static void test_epochs_have_other_orders(void **state)
{
    (void)state;
    int drawn[512];
    draw(70, 256, 256, 2, drawn);
    assert_int_not_equal(memcmp(drawn, drawn + 256, 256 * sizeof *drawn), 0);
}

/* A picture that is dark left and bright right tells whether it was mirrored. */
static void test_flips_half(void **state)
{
    (void)state;
    static const int64_t map[3] = {1, 2, 1};
    enum { N = 200, BATCH = 1000 };
    double flipped = 0.0;
    op_case t;
    begin(&t, 80, N, BATCH, map, true, 1.0);
    for (int64_t i = 0; i < N; i++) {
        t.in[0].values[2 * i] = 0.0;
        t.in[0].values[2 * i + 1] = 255.0;
    }
    op_case_check(&t);
    for (int64_t i = 0; i < BATCH; i++) {
        flipped += t.got[0][2 * i] > 0.0;
    }
    assert_true(fabs(flipped / BATCH - 0.5) <= 5.0 * sqrt(0.25 / BATCH));
    op_case_end(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_a_part),
        cmocka_unit_test(test_far_steps),
        cmocka_unit_test(test_every_image_once_per_epoch),
        cmocka_unit_test(test_epochs_have_other_orders),
        cmocka_unit_test(test_flips_half),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
