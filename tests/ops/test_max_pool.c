/* test_max_pool.c — the largest number of each window, its index, and both directions between. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ops/op_case.h"
#include "ops/reference_case.h"

/* One addition rounds once; a window gives at most as many terms as windows overlap. */
static const op_tolerance of_sums = {.relative = 1e-6, .absolute = 1e-6};

typedef struct shape {
    int64_t n, c;
    gan_map_axis h, w;
} shape;

/* {in, out, window, stride, before, after}. The second has a last window that overhangs (ceil); the
 * third windows that do not meet; in the sixth every window overlaps every other. */
static const shape shapes[] = {
    {1, 1, {1, 1, 1, 1, 0, 0}, {1, 1, 1, 1, 0, 0}},
    {3, 5, {7, 4, 3, 2, 1, 1}, {6, 3, 3, 2, 0, 0}},
    {2, 3, {11, 4, 2, 3, 0, 0}, {8, 4, 2, 2, 0, 0}},
    {2, 64, {8, 4, 2, 2, 0, 0}, {8, 4, 2, 2, 0, 0}},
    {1, 7, {5, 5, 5, 1, 2, 2}, {3, 3, 3, 1, 1, 1}},
    {2, 17, {4, 4, 7, 1, 3, 3}, {5, 5, 9, 1, 4, 4}},
    {1, 12289, {3, 2, 2, 1, 0, 0}, {2, 1, 2, 1, 0, 0}},
    {5, 1, {13, 6, 3, 2, 0, 0}, {17, 8, 3, 2, 0, 0}},
};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

static void begin_forward(op_case *t, const shape *s, uint64_t seed)
{
    op_case_begin(t, GAN_OP_max_pool, seed);
    t->attr.max_pool = (gan_max_pool_attr){s->h, s->w};
    op_case_in(t, 0, GAN_F32, s->n, s->h.in, s->w.in, s->c, OP_NORMAL);
    op_case_out(t, 0, GAN_F32, s->n, s->h.out, s->w.out, s->c);
    op_case_out(t, 1, GAN_I32, s->n, s->h.out, s->w.out, s->c);
    t->tolerance = (op_tolerance){.absolute = 1e-30}; /* numbers are copied */
}

static void end(op_case *t)
{
    op_case_check(t);
    op_case_end(t);
}

static void test_shapes(void **state)
{
    (void)state;
    for (int k = 0; k < N_SHAPES; k++) {
        op_case t;
        begin_forward(&t, &shapes[k], 10 + (uint64_t)k);
        end(&t);
        begin_forward(&t, &shapes[k], 20 + (uint64_t)k);
        t.out[1].present = false;
        end(&t);
    }
}

/* A NaN wins, the first of several; of equal numbers the first; -infinity everywhere. */
static void test_special_values(void **state)
{
    (void)state;
    for (int k = 0; k < N_SHAPES; k++) {
        op_case t;
        begin_forward(&t, &shapes[k], 30 + (uint64_t)k);
        for (int64_t i = 0; i < t.in[0].count; i++) {
            const uint64_t pick = op_case_pick(&t, (uint32_t)i, 8);
            t.in[0].values[i] = pick == 0   ? (double)NAN
                                : pick == 1 ? (double)INFINITY
                                : pick == 2 ? -(double)INFINITY
                                            : (double)(pick % 3);
        }
        end(&t);
        begin_forward(&t, &shapes[k], 40 + (uint64_t)k);
        for (int64_t i = 0; i < t.in[0].count; i++) {
            t.in[0].values[i] = -(double)INFINITY;
        }
        end(&t);
    }
}

/* Indices as a forward pass gives them: of maps with many equal numbers. */
static void set_index(op_case *t, const shape *s)
{
    op_case forward;
    begin_forward(&forward, s, t->seed);
    for (int64_t i = 0; i < forward.in[0].count; i++) {
        forward.in[0].values[i] = (double)op_case_pick(&forward, (uint32_t)i, 3);
    }
    op_case_check_as_is(&forward);
    op_case_in(t, 0, GAN_I32, s->n, s->h.out, s->w.out, s->c, OP_ZERO);
    memcpy(t->in[0].values, forward.got[1], (size_t)t->in[0].count * sizeof(double));
    op_case_end(&forward);
}

static void test_backward(void **state)
{
    (void)state;
    for (int k = 0; k < N_SHAPES; k++) {
        const shape *s = &shapes[k];
        op_case t;
        op_case_begin(&t, GAN_OP_max_pool_bwd, 50 + (uint64_t)k);
        t.attr.max_pool = (gan_max_pool_attr){s->h, s->w};
        set_index(&t, s);
        op_case_in(&t, 1, GAN_F32, s->n, s->h.out, s->w.out, s->c, OP_NORMAL);
        op_case_out(&t, 0, GAN_F32, s->n, s->h.in, s->w.in, s->c);
        t.in[1].values[t.in[1].count / 2] = NAN; /* goes to its index and nowhere else */
        t.tolerance = of_sums;
        end(&t);
    }
}

static void test_pick(void **state)
{
    (void)state;
    for (int k = 0; k < N_SHAPES; k++) {
        const shape *s = &shapes[k];
        op_case t;
        op_case_begin(&t, GAN_OP_max_pool_pick, 60 + (uint64_t)k);
        t.attr.max_pool = (gan_max_pool_attr){s->h, s->w};
        set_index(&t, s);
        op_case_in(&t, 1, GAN_F32, s->n, s->h.in, s->w.in, s->c, OP_NORMAL);
        op_case_out(&t, 0, GAN_F32, s->n, s->h.out, s->w.out, s->c);
        t.in[1].values[t.in[1].count / 2] = NAN;
        t.tolerance = (op_tolerance){.absolute = 1e-30};
        end(&t);
    }
}

/* A row of five, windows of three at stride 2 with padding: PyTorch's numbers, by hand. */
static void test_by_hand(void **state)
{
    double x[] = {1, 1, 0, 2, 2}, y[3], dy[] = {10, 20, 30}, dx[5], g[] = {1, 2, 3, 4, 5}, z[3];
    int32_t index[3] = {-1, -1, -1};
    const double want_y[] = {1, 2, 2}, want_dx[] = {10, 0, 0, 50, 0}, want_z[] = {1, 4, 4};
    const gan_attr attr = {.max_pool = {{1, 1, 1, 1, 0, 0}, {5, 3, 3, 2, 1, 1}}};
    gan_reference_tensor at = {.dims = {1, 1, 3, 1}, .count = 3, .words = index};
    gan_reference_tensor map = {.dims = {1, 1, 5, 1}, .count = 5, .v = x}, pooled = at;
    (void)state;
    pooled.v = y;
    const gan_reference_tensor out[] = {pooled, at};
    reference_compute(GAN_OP_max_pool, &attr, &map, out);
    reference_check("largest", y, want_y, 3, 0);
    assert_int_equal(index[0], 0);
    assert_int_equal(index[1], 3);
    assert_int_equal(index[2], 3);
    pooled.v = dy;
    map.v = dx;
    const gan_reference_tensor back[] = {at, pooled};
    reference_compute(GAN_OP_max_pool_bwd, &attr, back, &map);
    reference_check("gradient", dx, want_dx, 5, 0);
    map.v = g;
    pooled.v = z;
    const gan_reference_tensor pick[] = {at, map};
    reference_compute(GAN_OP_max_pool_pick, &attr, pick, &pooled);
    reference_check("picked", z, want_z, 3, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),   cmocka_unit_test(test_special_values),
        cmocka_unit_test(test_backward), cmocka_unit_test(test_pick),
        cmocka_unit_test(test_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
