/* test_program_forward.c — a network's named outputs for images, against sums written out here. */
#define _POSIX_C_SOURCE 200809L /* mkstemp */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/normal.h"
#include "io/safetensors.h"
#include "net/net.h"
#include "program/backend.h"
#include "program/build.h"
#include "program/stored.h"
#include "session/runner.h"
#include "session/session.h"

enum { N = 7, H = 5, W = 4, K = 3, P = H - 2, Q = W - 1, MAP = P * Q * K, CLASSES = 2 };

static const char yaml[] = "name: alone\nimage: {height: 5, width: 4, channels: 1}\n"
                           "network:\n"
                           "  - conv: {channels: 3, kernel: [3, 2]}\n"
                           "  - leaky_relu: 0.25\n"
                           "  - dropout: 0.5\n"
                           "  - flatten\n"
                           "  - dense: {units: 2, bias: false}\n"
                           "outputs: {before: conv0, low: leaky_relu0, flat: flatten0, logits: "
                           "dense0}\n";

typedef struct rig {
    const gan_backend *backend;
    gan_device *device;
    gan_net *net;
    gan_runner *runner;
} rig;

static void must(gan_status status, const gan_error *err)
{
    if (status != GAN_OK) {
        fail_msg("%s", err->text);
    }
}

static rig open_rig(const gan_backend *backend, bool averaged, int64_t chunk,
                    const char *const *names, int n)
{
    rig r = {.backend = backend};
    gan_error err = {0};
    must(gan_net_parse(yaml, "alone.yaml", &r.net, &err), &err);
    must(backend->open(NULL, &r.device, &err), &err);
    must(gan_runner_create(backend, r.device, r.net->single, averaged, chunk, names, n, &r.runner,
                           &err),
         &err);
    return r;
}

static void close_rig(rig *r)
{
    gan_runner_destroy(r->runner);
    r->backend->close(r->device);
    gan_net_destroy(r->net);
}

/* Random values of the network's flat parameters. */
static float *draw_params(const gan_stack *stack, uint64_t seed)
{
    float *values = malloc((size_t)stack->param_floats * sizeof *values);
    assert_non_null(values);
    gan_normal_fill(seed, 1, 0, 0, stack->param_floats, values);
    return values;
}

static void write_params(const rig *r, const char *buffer, const float *values)
{
    gan_error err = {0};
    must(r->backend->write(r->device, buffer, 0, values,
                           r->net->single->param_floats * (int64_t)sizeof(float), &err),
         &err);
}

/* One image's convolution with its bias, before LeakyReLU. */
static void convolve(const gan_stack *stack, const float *params, const float *x, double *y)
{
    const float *w = params + stack->params[0].offset, *b = params + stack->params[1].offset;
    for (int at = 0; at < MAP; at++) {
        const int p = at / (Q * K), q = at / K % Q, k = at % K;
        y[at] = (double)b[k];
        for (int t = 0; t < 6; t++) {
            y[at] += (double)w[k * 6 + t] * (double)x[(p + t / 2) * W + q + t % 2];
        }
    }
}

static double leaky(double v)
{
    return v > 0 ? v : 0.25 * v;
}

static void expect_near(double got, double want, const char *what, int i, int at)
{
    if (!(fabs(got - want) <= 1e-5 * (1 + fabs(want)))) { /* 15 terms of order 1 in fp32 */
        fail_msg("%s of image %d, number %d: got %.9g, want %.9g", what, i, at, got, want);
    }
}

/* Results before, low, flat, logits of all images. */
static void expect_results(const gan_stack *stack, const float *params, const float *images,
                           float *const *results)
{
    const float *dense = params + stack->params[2].offset;
    for (int i = 0; i < N; i++) {
        double y[MAP], logits[CLASSES] = {0};
        convolve(stack, params, images + i * H * W, y);
        for (int at = 0; at < MAP; at++) {
            expect_near((double)results[0][i * MAP + at], y[at], "before", i, at);
            expect_near((double)results[1][i * MAP + at], leaky(y[at]), "low", i, at);
            expect_near((double)results[2][i * MAP + at], leaky(y[at]), "flat", i, at);
            for (int c = 0; c < CLASSES; c++) {
                logits[c] += leaky(y[at]) * (double)dense[at * CLASSES + c];
            }
        }
        for (int c = 0; c < CLASSES; c++) {
            expect_near((double)results[3][i * CLASSES + c], logits[c], "logits", i, c);
        }
    }
}

/* Outputs in the middle of what is merged otherwise, and under changes of shape, on a backend. */
static void check_outputs(const gan_backend *backend, int64_t chunk)
{
    static const char *const names[] = {"before", "low", "flat", "logits"};
    rig r = open_rig(backend, false, chunk, names, 4);
    float images[N * H * W], before[N * MAP], low[N * MAP], flat[N * MAP], logits[N * CLASSES];
    float *const results[] = {before, low, flat, logits};
    gan_error err = {0};
    gan_normal_fill(3, 2, 0, 0, N * H * W, images);
    float *params = draw_params(r.net->single, 5);
    write_params(&r, "net.param", params);
    assert_int_equal(gan_runner_in_count(r.runner), H * W);
    assert_int_equal(gan_runner_out_count(r.runner, 0), MAP);
    assert_int_equal(gan_runner_out_count(r.runner, 3), CLASSES);
    must(gan_runner_run(r.runner, images, N, results, &err), &err);
    expect_results(r.net->single, params, images, results);
    free(params);
    close_rig(&r);
}

static void test_outputs(void **state)
{
    (void)state;
    check_outputs(&gan_cpu_backend, 3);
    check_outputs(&gan_cpu_backend, 16);
    check_outputs(&gan_reference_backend, 2);
}

/* The averaged values are others than the network's own. */
static void test_averaged(void **state)
{
    static const char *const names[] = {"before"};
    rig r = open_rig(&gan_cpu_backend, true, 4, names, 1);
    float images[N * H * W], before[N * MAP];
    float *const results[] = {before};
    double want[MAP];
    gan_error err = {0};
    (void)state;
    gan_normal_fill(3, 2, 0, 0, N * H * W, images);
    float *params = draw_params(r.net->single, 6);
    write_params(&r, "ema.param", params);
    must(gan_runner_run(r.runner, images, N, results, &err), &err);
    convolve(r.net->single, params, images, want);
    expect_near((double)before[4], want[4], "averaged", 0, 4);
    free(params);
    close_rig(&r);
}

static int count_ops(const gan_program *program, gan_op_kind kind)
{
    int n = 0;
    for (int i = 0; i < program->n_ops; i++) {
        n += program->ops[i].kind == kind;
    }
    return n;
}

static void test_what_nobody_asks_for_is_left_out(void **state)
{
    static const char *const flat[] = {"flat"}, *const wrong[] = {"logit"};
    gan_net *net = NULL;
    gan_program *program = NULL;
    int id = -1;
    gan_error err = {0};
    (void)state;
    must(gan_net_parse(yaml, "alone.yaml", &net, &err), &err);
    must(gan_build_forward(net->single, 9, false, flat, 1, &program, &id, &err), &err);
    assert_int_equal(count_ops(program, GAN_OP_conv), 1);
    assert_int_equal(count_ops(program, GAN_OP_matmul), 0);
    assert_int_equal(count_ops(program, GAN_OP_bias_leaky_dropout), 1);
    assert_string_equal(program->buffers[id].name, "forward.flat");
    assert_int_equal(program->buffers[id].dims[0], 9);
    assert_int_equal(program->buffers[id].dims[3], MAP);
    gan_program_destroy(program);
    assert_int_equal(gan_build_forward(net->single, 9, false, wrong, 1, &program, &id, &err),
                     GAN_E_USAGE);
    assert_non_null(strstr(err.text, "logits"));
    assert_null(program);
    gan_net_destroy(net);
}

typedef struct memory_source {
    const char *bytes;
} memory_source;

static gan_status read_memory(void *user, int64_t offset, int64_t n, void *bytes, gan_error *err)
{
    (void)err;
    memcpy(bytes, ((const memory_source *)user)->bytes + offset, (size_t)n);
    return GAN_OK;
}

/* A file with all parameters of the network but the last `less`. */
static void write_weights(const char *path, const gan_stack *stack, const float *params, int less)
{
    gan_safetensors_entry entries[3];
    memory_source sources[3];
    const int n = stack->n_params - less;
    gan_error err = {0};
    assert_int_equal(stack->n_params, 3);
    for (int i = 0; i < n; i++) {
        const gan_param *p = &stack->params[i];
        sources[i] = (memory_source){(const char *)(params + p->offset)};
        entries[i] = (gan_safetensors_entry){.name = p->name,
                                             .type = GAN_SAFETENSORS_F32,
                                             .dims = p->dims,
                                             .n_dims = p->rank,
                                             .source = read_memory,
                                             .user = &sources[i]};
    }
    const gan_safetensors_content content = {.entries = entries, .n_entries = (size_t)n};
    must(gan_safetensors_write(path, &content, NULL, &err), &err);
}

static void test_weights_from_a_file(void **state)
{
    static const char *const names[] = {"before"};
    rig r = open_rig(&gan_cpu_backend, false, 4, names, 1);
    const gan_stack *stack = r.net->single;
    char path[] = "/tmp/gan-weights-XXXXXX";
    float images[N * H * W], before[N * MAP];
    float *const results[] = {before};
    double want[MAP];
    gan_error err = {0};
    (void)state;
    const int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    gan_normal_fill(3, 2, 0, 0, N * H * W, images);
    float *params = draw_params(stack, 8);
    write_weights(path, stack, params, 0);
    /* the program without the dense layer does not have all that the file has: it has the buffer */
    must(gan_state_load(path, stack, false, r.backend, r.device, &err), &err);
    must(gan_runner_run(r.runner, images, N, results, &err), &err);
    convolve(stack, params, images, want);
    expect_near((double)before[7], want[7], "from a file", 0, 7);
    write_weights(path, stack, params, 1);
    assert_int_equal(gan_state_load(path, stack, false, r.backend, r.device, &err), GAN_E_DATA);
    assert_non_null(strstr(err.text, "has no tensor net.dense0.kernel"));
    assert_int_equal(gan_state_load(path, stack, true, r.backend, r.device, &err), GAN_E_DATA);
    assert_non_null(strstr(err.text, "ema/net.conv0.kernel"));
    unlink(path);
    free(params);
    close_rig(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outputs),
        cmocka_unit_test(test_averaged),
        cmocka_unit_test(test_what_nobody_asks_for_is_left_out),
        cmocka_unit_test(test_weights_from_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
