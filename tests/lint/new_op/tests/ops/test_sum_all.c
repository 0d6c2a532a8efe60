/* test_sum_all.c — a row that takes lists of any length: on a backend, and differentiated. */
#include <math.h>

#include "ops/op_case.h"
#include "program/differentiate.h"
#include "program/place.h"
#include "reference/reference.h"

static void check(uint64_t seed, int n, int64_t count, int in_place)
{
    op_case t;
    op_case_begin(&t, GAN_OP_sum_all, seed);
    for (int k = 0; k < n; k++) {
        op_case_in(&t, k, GAN_F32, 1, 1, 1, count, OP_NORMAL);
    }
    op_case_out(&t, 0, GAN_F32, 1, 1, 1, count);
    t.in[n - 1].values[count / 2] = NAN;
    t.in_place = in_place;
    t.tolerance = op_tolerance_of_sum(n);
    t.more_roundings = n;
    op_case_check(&t);
    assert_true(isnan(t.got[0][count / 2]));
    op_case_end(&t);
}

static void test_lists(void **state)
{
    (void)state;
    check(1, 1, 7, -1);
    check(2, 2, 65, -1);
    check(3, 11, 129, -1);
    check(4, 40, 33, 0);
}

/* y = a + b + a + ... of 19: dy reaches a ten times and b nine times. */
static void test_gradient(void **state)
{
    (void)state;
    enum { N = 19 };
    const int64_t dims[4] = {1, 1, 1, 3};
    const double dy[] = {1.0, -2.0, 0.5};
    double da[3], db[3];
    int a, b, y, seed, in[N];
    gan_program *p = NULL;
    gan_device *device = NULL;
    gan_executable *executable = NULL;
    const gan_backend *r = &gan_reference_backend;
    assert_int_equal(gan_program_create("sum", &p, NULL), GAN_OK);
    assert_int_equal(gan_program_buffer(p, "a", GAN_INPUT, GAN_F32, dims, &a, NULL), GAN_OK);
    assert_int_equal(gan_program_buffer(p, "b", GAN_INPUT, GAN_F32, dims, &b, NULL), GAN_OK);
    assert_int_equal(gan_program_buffer(p, "dy", GAN_INPUT, GAN_F32, dims, &seed, NULL), GAN_OK);
    assert_int_equal(gan_program_buffer(p, "y", GAN_OUTPUT, GAN_F32, dims, &y, NULL), GAN_OK);
    for (int k = 0; k < N; k++) {
        in[k] = k % 2 ? b : a;
    }
    assert_int_equal(gan_program_op_list(p, GAN_OP_sum_all, "sum", N, in, 1, &y, NULL, NULL),
                     GAN_OK);
    const gan_gradient_seed of_y = {y, seed};
    gan_gradient_request requests[] = {{.of = a, .into = -1}, {.of = b, .into = -1}};
    assert_int_equal(gan_program_differentiate(p, 0, 1, &of_y, 1, requests, 2, 0, 0, NULL), GAN_OK);
    assert_int_equal(gan_program_place(p, false, NULL), GAN_OK);
    assert_int_equal(r->open(NULL, &device, NULL), GAN_OK);
    assert_int_equal(r->compile(device, p, &executable, NULL), GAN_OK);
    assert_int_equal(r->write_doubles(device, "dy", 0, dy, 3, NULL), GAN_OK);
    assert_int_equal(r->run(executable, 1, NULL), GAN_OK);
    assert_int_equal(r->peek_doubles(executable, requests[0].into, da, 3, NULL), GAN_OK);
    assert_int_equal(r->peek_doubles(executable, requests[1].into, db, 3, NULL), GAN_OK);
    for (int i = 0; i < 3; i++) {
        assert_true(da[i] == 10 * dy[i] && db[i] == 9 * dy[i]);
    }
    r->destroy(executable);
    r->close(device);
    gan_program_destroy(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lists),
        cmocka_unit_test(test_gradient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
