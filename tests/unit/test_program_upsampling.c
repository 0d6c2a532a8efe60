/* test_program_upsampling.c — nearest upsampling and the convolution after it as one transposed
 * convolution: the numbers of the two, and only where nothing else reads what lies between. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/normal.h"
#include "net/net.h"
#include "program/backend.h"
#include "program/build.h"
#include "session/runner.h"

enum { IMAGES = 3 };

/* A network of one upsampling and one convolution. */
typedef struct upsampling {
    int h, w, c;
    const char *factor, *conv;
    bool joined; /* what is expected */
} upsampling;

static const upsampling cases[] = {
    {4, 5, 3, "2", "{channels: 4, kernel: 3, padding: same}", true},
    {4, 5, 3, "2", "{channels: 4, kernel: 3}", true},
    {3, 4, 2, "3", "{channels: 5, kernel: [5, 2], padding: same}", true},
    {3, 4, 2, "[1, 2]", "{channels: 5, kernel: [1, 3], padding: same}", true},
    {3, 4, 1, "4", "{channels: 1, kernel: 4, padding: [1, 2]}", true},
    {5, 5, 16, "2", "{channels: 8, kernel: 5, padding: 4}", true},
    {4, 4, 3, "2", "{channels: 4, kernel: 1}", false}, /* nothing to save */
    {4, 4, 3, "2", "{channels: 4, kernel: 3, stride: 2, padding: 1}", false},
    {4, 4, 6, "2", "{channels: 4, kernel: 3, padding: 1, groups: 2}", false},
    {4, 4, 3, "{factor: 2, filter: bilinear}", "{channels: 4, kernel: 3, padding: same}", false},
};

static void must(gan_status status, const gan_error *err)
{
    if (status != GAN_OK) {
        fail_msg("%s", err->text);
    }
}

static gan_net *parse(const upsampling *u)
{
    char yaml[512];
    gan_net *net = NULL;
    gan_error err = {0};
    (void)snprintf(yaml, sizeof yaml,
                   "name: up\nimage: {height: %d, width: %d, channels: %d}\nnetwork:\n"
                   "  - upsample: %s\n  - conv: %s\noutputs: {large: upsample0, y: conv0}\n",
                   u->h, u->w, u->c, u->factor, u->conv);
    must(gan_net_parse(yaml, "up.yaml", &net, &err), &err);
    return net;
}

static int count_ops(const gan_program *program, gan_op_kind kind)
{
    int n = 0;
    for (int i = 0; i < program->n_ops; i++) {
        n += program->ops[i].kind == kind;
    }
    return n;
}

/* y, asked for as the last of n outputs: with "large" beside it the upsampling has two readers. */
static float *run(const gan_backend *backend, const gan_net *net, int n, int64_t *count)
{
    static const char *const names[] = {"large", "y"};
    gan_device *device = NULL;
    gan_runner *runner = NULL;
    gan_error err = {0};
    must(backend->open(NULL, &device, &err), &err);
    must(gan_runner_create(backend, device, net->single, false, IMAGES, names + 2 - n, n, &runner,
                           &err),
         &err);
    const int64_t floats = net->single->param_floats, in = gan_runner_in_count(runner) * IMAGES;
    float *params = malloc((size_t)floats * sizeof *params);
    float *images = malloc((size_t)in * sizeof *images);
    float *results[2] = {NULL};
    assert_non_null(params);
    assert_non_null(images);
    gan_normal_fill(7, 1, 0, 0, floats, params);
    gan_normal_fill(7, 2, 0, 0, in, images);
    must(backend->write(device, "net.param", 0, params, floats * (int64_t)sizeof *params, &err),
         &err);
    for (int i = 0; i < n; i++) {
        *count = gan_runner_out_count(runner, i) * IMAGES;
        results[i] = malloc((size_t)*count * sizeof(float));
        assert_non_null(results[i]);
    }
    must(gan_runner_run(runner, images, IMAGES, results, &err), &err);
    free(n > 1 ? results[0] : NULL);
    free(params);
    free(images);
    gan_runner_destroy(runner);
    backend->close(device);
    return results[n - 1];
}

static void check_numbers(const gan_backend *backend, const upsampling *u)
{
    gan_net *net = parse(u);
    int64_t count = 0, n = 0;
    float *joined = run(backend, net, 1, &count), *apart = run(backend, net, 2, &n);
    double largest = 0;
    assert_int_equal(count, n);
    for (int64_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs((double)apart[i]));
    }
    for (int64_t i = 0; i < count; i++) { /* sums of at most 400 products in fp32 */
        if (!(fabs((double)joined[i] - (double)apart[i]) <= 4e-6 * largest)) {
            fail_msg("upsample: %s, conv: %s, element %lld: %.9g, apart %.9g", u->factor, u->conv,
                     (long long)i, (double)joined[i], (double)apart[i]);
        }
    }
    free(joined);
    free(apart);
    gan_net_destroy(net);
}

static void test_numbers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check_numbers(&gan_reference_backend, &cases[i]);
        check_numbers(&gan_cpu_backend, &cases[i]);
    }
}

static void test_where(void **state)
{
    static const char *const names[] = {"large", "y"};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gan_net *net = parse(&cases[i]);
        for (int n = 1; n <= 2; n++) {
            gan_program *program = NULL;
            gan_error err = {0};
            must(gan_build_forward(net->single, 2, false, names + 2 - n, n, &program, NULL, &err),
                 &err);
            const bool joined = n == 1 && cases[i].joined;
            assert_int_equal(count_ops(program, GAN_OP_widen_filter), joined);
            assert_int_equal(count_ops(program, GAN_OP_conv_dx), joined);
            assert_int_equal(count_ops(program, GAN_OP_resample), !joined);
            gan_program_destroy(program);
        }
        gan_net_destroy(net);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers),
        cmocka_unit_test(test_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
