/* test_gather_labels.c — the classes of a batch are those of the images that gather draws. */
#include <math.h>

#include "ops/op_case.h"

static void begin(op_case *t, uint64_t seed, int64_t n, int64_t batch, double step)
{
    op_case_begin(t, GAN_OP_gather_labels, seed);
    t->attr.gather = (gan_gather_attr){
        .n_images = n, .seed = seed, .order_stream = 40, .flip_stream = 50, .flip = seed % 2};
    op_case_in(t, 0, GAN_I32, n, 1, 1, 1, OP_BYTES);
    op_case_in(t, 1, GAN_I64, 1, 1, 1, GAN_COUNTER_COUNT, OP_ZERO);
    op_case_out(t, 0, GAN_I32, batch, 1, 1, 1);
    t->in[1].values[GAN_COUNTER_STEP] = step;
}

/* Samples 5 to 9 of a batch of 17, by themselves. */
static void test_a_part(void **state)
{
    (void)state;
    op_case whole, part;
    begin(&whole, 60, 23, 17, 4.0);
    begin(&part, 60, 23, 5, 4.0);
    part.attr.gather.batch = 17;
    part.attr.gather.first = 5;
    op_case_check(&whole);
    op_case_check(&part);
    for (int i = 0; i < 5; i++) {
        assert_true(part.got[0][i] == whole.got[0][5 + i]);
    }
    op_case_end(&whole);
    op_case_end(&part);
}

static void test_shapes(void **state)
{
    (void)state;
    static const int64_t sizes[][2] = {{1, 1},    {1, 5},   {7, 3},     {5, 12},
                                       {100, 17}, {17, 17}, {70001, 3}, {13, 1500}};
    for (uint64_t i = 0; i < 24; i++) {
        op_case t;
        begin(&t, i, sizes[i % 8][0], sizes[i % 8][1], (double)(i * i * i));
        t.in[0].values[0] = 2147483647.0; /* as large as a label's type has it */
        op_case_check(&t);
        op_case_end(&t);
    }
}

static void test_far_steps(void **state)
{
    (void)state;
    op_case t;
    begin(&t, 50, 23, 9, 4294967296.0 * 8.0 + 1.0);
    op_case_check(&t);
    op_case_end(&t);
}

/* Images of one pixel that is their label, drawn by gather in the same step. */
static void test_labels_go_with_their_images(void **state)
{
    (void)state;
    enum { N = 200, BATCH = 64, STEPS = 9 };
    for (int64_t step = 0; step < STEPS; step++) {
        op_case images, labels;
        begin(&labels, 71, N, BATCH, (double)step);
        op_case_begin(&images, GAN_OP_gather, 71);
        images.attr = labels.attr;
        op_case_in(&images, 0, GAN_U8, N, 1, 1, 1, OP_ZERO);
        op_case_in(&images, 1, GAN_I64, 1, 1, 1, GAN_COUNTER_COUNT, OP_ZERO);
        op_case_out(&images, 0, GAN_F32, BATCH, 1, 1, 1);
        images.in[1].values[GAN_COUNTER_STEP] = (double)step;
        images.tolerance = (op_tolerance){.relative = 1e-7};
        for (int64_t i = 0; i < N; i++) {
            images.in[0].values[i] = labels.in[0].values[i] = (double)i;
        }
        op_case_check(&images);
        op_case_check(&labels);
        for (int64_t i = 0; i < BATCH; i++) {
            assert_int_equal(lround(images.got[0][i] * 127.5 + 127.5), lround(labels.got[0][i]));
        }
        op_case_end(&images);
        op_case_end(&labels);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_a_part),
        cmocka_unit_test(test_far_steps),
        cmocka_unit_test(test_labels_go_with_their_images),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
