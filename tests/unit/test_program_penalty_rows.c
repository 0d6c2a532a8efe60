/* test_program_penalty_rows.c — a gradient penalty on a part of a merged batch.
 *
 * D sees 2B images as one batch. The objective is
 *   sum over all rows of c[i] D(x[i])  +  sum over penalized rows of w[i] |dD/dx[i]|^2
 * where the first gradient is taken of some rows alone, so that it reads windows of what the
 * forward pass left; the second must flow from those windows into the whole. With a smooth
 * activation the second derivative is nowhere 0, and every parameter has one. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/normal.h"
#include "net/net.h"
#include "program/backend.h"
#include "program/differentiate.h"
#include "program/forward.h"
#include "program/place.h"

enum { B = 3, ROWS = 2 * B, N_DIRECTIONS = 6 };

static const char head[] = "name: rows\nimage: {height: 6, width: 5, channels: 2}\nlatent: 3\n"
                           "generator:\n  - dense: 60\n  - reshape: [6, 5, 2]\n  - tanh\n"
                           "discriminator:\n";
/* Filters and kernels have B and 2B for their first size: only a flag tells a batch from them. */
static const char smooth[] = "  - conv: {channels: 6, kernel: 3, stride: 2, padding: same}\n"
                             "  - tanh\n"
                             "  - conv: {channels: 3, kernel: 2, padding: 1}\n"
                             "  - sigmoid\n  - flatten\n  - dense: 6\n  - tanh\n  - dense: 3\n"
                             "  - sigmoid\n  - dense: 1\n";
static const char kinked[] = "  - conv: {channels: 6, kernel: 3, stride: 2, padding: same}\n"
                             "  - leaky_relu: 0.3\n  - flatten\n  - dense: 3\n  - tanh\n"
                             "  - dense: 1\n";

typedef struct variant {
    const char *layers;
    int64_t first, rows; /* of the first gradient */
    bool with_data;      /* c is not 0: the walk meets whole gradients and parts of them */
} variant;

typedef struct rig {
    gan_net *net;
    gan_program *program;
    gan_side d;
    gan_pass pass;
    int logits, penalty;
    gan_device *device;
    gan_executable *executable;
    double c[ROWS], w[ROWS];
} rig;

static gan_status differentiate_all(rig *r, const gan_gradient_seed *seeds, int n_seeds,
                                    gan_error *err)
{
    gan_gradient_request requests[32];
    int n = r->d.stack->n_params - (n_seeds == 1); /* the last bias moves no gradient */
    assert_true(n < 32);
    for (int i = 0; i < n; i++) {
        requests[i] = (gan_gradient_request){.of = r->d.params[i], .into = r->d.gradients[i]};
    }
    return gan_program_differentiate(r->program, r->pass.first_op, r->program->n_ops, seeds,
                                     n_seeds, requests, n, 0, 0, err);
}

static gan_status build(rig *r, const variant *v, gan_error *err)
{
    const int64_t image[4] = {ROWS, 6, 5, 2}, all[4] = {ROWS, 1, 1, 1},
                  some[4] = {v->rows, 1, 1, 1};
    const int64_t counters[4] = {1, 1, 1, GAN_COUNTER_COUNT};
    gan_program *p;
    int x, ones, c, w, count;
    GAN_TRY(gan_program_create("rows", &r->program, err));
    p = r->program;
    GAN_TRY(gan_side_declare(p, r->net->discriminator, gan_flat_names_of(GAN_NETWORK_DISCRIMINATOR),
                             true, &r->d, err));
    GAN_TRY(gan_program_buffer(p, "counters", GAN_CONTROL, GAN_I64, counters, &count, err));
    GAN_TRY(gan_program_batch(p, "x", GAN_INPUT, GAN_F32, image, &x, err));
    GAN_TRY(gan_program_batch(p, "ones", GAN_INPUT, GAN_F32, some, &ones, err));
    GAN_TRY(gan_program_batch(p, "c", GAN_INPUT, GAN_F32, all, &c, err));
    GAN_TRY(gan_program_batch(p, "w", GAN_INPUT, GAN_F32, some, &w, err));
    r->pass = (gan_pass){.training = true, .name = "", .counters = count, .batch_stat = -1};
    GAN_TRY(gan_forward_build(p, &r->d, &r->pass, x, -1, &r->logits, err));
    const gan_gradient_seed first = {r->logits, ones};
    gan_gradient_request of_x = {.of = x, .into = -1};
    GAN_TRY(gan_program_differentiate(p, r->pass.first_op, r->pass.end_op, &first, 1, &of_x, 1,
                                      v->first, v->rows == ROWS ? 0 : v->rows, err));
    GAN_TRY(gan_program_batch(p, "penalty", GAN_OUTPUT, GAN_F32, some, &r->penalty, err));
    const int in[] = {of_x.into, of_x.into};
    GAN_TRY(gan_program_op(p, GAN_OP_row_dot, "penalty", in, &r->penalty, NULL, err));
    const gan_gradient_seed seeds[] = {{r->penalty, w}, {r->logits, c}};
    GAN_TRY(differentiate_all(r, seeds, v->with_data ? 2 : 1, err));
    return gan_program_place(p, false, err);
}

static void fill(uint64_t seed, uint32_t stream, uint64_t step, int64_t n, double *z)
{
    for (int64_t i = 0; i < n; i++) {
        float draw;
        gan_normal_fill(seed, stream, step, i, 1, &draw);
        z[i] = (double)draw;
    }
}

static void open_rig(rig *r, const variant *v)
{
    const double ones[ROWS] = {1, 1, 1, 1, 1, 1};
    const gan_device_options options = {.threads = 2};
    double x[ROWS * 60];
    char yaml[2048];
    gan_error err = {0};
    memset(r, 0, sizeof *r);
    snprintf(yaml, sizeof yaml, "%s%s", head, v->layers);
    assert_int_equal(gan_net_parse(yaml, "rows", &r->net, &err), GAN_OK);
    if (build(r, v, &err) != GAN_OK) {
        fail_msg("%s", err.text);
    }
    assert_int_equal(gan_reference_backend.open(&options, &r->device, &err), GAN_OK);
    assert_int_equal(gan_reference_backend.compile(r->device, r->program, &r->executable, &err),
                     GAN_OK);
    for (int i = 0; i < ROWS; i++) { /* a weight of its own for each row */
        r->w[i] = 0.5 + 0.25 * i;
        r->c[i] = v->with_data ? 0.3 * (i - 2) : 0.0;
    }
    fill(5, 2, 0, ROWS * 60, x);
    const gan_backend *reference = &gan_reference_backend;
    assert_int_equal(reference->write_doubles(r->device, "x", 0, x, ROWS * 60, &err), GAN_OK);
    assert_int_equal(reference->write_doubles(r->device, "ones", 0, ones, v->rows, &err), GAN_OK);
    assert_int_equal(reference->write_doubles(r->device, "w", 0, r->w, v->rows, &err), GAN_OK);
    if (v->with_data) { /* otherwise no operation reads it */
        assert_int_equal(reference->write_doubles(r->device, "c", 0, r->c, ROWS, &err), GAN_OK);
    }
}

static void close_rig(rig *r)
{
    gan_reference_backend.destroy(r->executable);
    gan_reference_backend.close(r->device);
    gan_side_free(&r->d);
    gan_program_destroy(r->program);
    gan_net_destroy(r->net);
}

/* The objective at parameters w + h v. */
static double objective(rig *r, const variant *v, const double *w, const double *direction,
                        double h, double *shifted, int64_t n)
{
    const gan_backend *reference = &gan_reference_backend;
    double penalty[ROWS], logits[ROWS], sum = 0;
    for (int64_t i = 0; i < n; i++) {
        shifted[i] = w[i] + h * direction[i];
    }
    assert_int_equal(reference->write_doubles(r->device, "d.param", 0, shifted, n, NULL), GAN_OK);
    assert_int_equal(reference->run(r->executable, 1, NULL), GAN_OK);
    assert_int_equal(reference->read_doubles(r->device, "penalty", 0, penalty, v->rows, NULL),
                     GAN_OK);
    assert_int_equal(reference->peek_doubles(r->executable, r->logits, logits, ROWS, NULL), GAN_OK);
    for (int i = 0; i < v->rows; i++) {
        sum += r->w[i] * penalty[i];
    }
    for (int i = 0; i < ROWS; i++) {
        sum += r->c[i] * logits[i];
    }
    return sum;
}

/* Where no kink of LeakyReLU is crossed, differences agree to 1e-7 of the gradient's size;
 * crossings are few, and only where there are such layers. */
static void check(const variant *v, bool is_smooth)
{
    const double h = 1e-6;
    rig r;
    open_rig(&r, v);
    const int64_t n = r.d.stack->param_floats;
    double *w = calloc((size_t)n, sizeof *w), *direction = calloc((size_t)n, sizeof *w);
    double *g = calloc((size_t)n, sizeof *g), *shifted = calloc((size_t)n, sizeof *shifted);
    int agreeing = 0;
    assert_true(w && direction && g && shifted);
    fill(5, 1, 0, n, w);
    for (int64_t i = 0; i < n; i++) {
        w[i] *= 0.4; /* or the smooth activations are saturated */
    }
    (void)objective(&r, v, w, w, 0, shifted, n);
    assert_int_equal(gan_reference_backend.peek_doubles(
                         r.executable, gan_program_find(r.program, "d.grad"), g, n, NULL),
                     GAN_OK);
    for (int d = 0; d < N_DIRECTIONS; d++) {
        double expected = 0, size = 0;
        fill(6, 3, (uint64_t)d, n, direction);
        for (int64_t i = 0; i < n; i++) {
            expected += g[i] * direction[i];
            size += g[i] * g[i];
        }
        const double found = (objective(&r, v, w, direction, h, shifted, n) -
                              objective(&r, v, w, direction, -h, shifted, n)) /
                             (2 * h);
        const bool agrees = fabs(found - expected) <= 1e-7 * sqrt(size);
        if (!agrees) {
            print_error("rows %d..%d, data %d, direction %d: got %g, want %g, size %g\n",
                        (int)v->first, (int)(v->first + v->rows), v->with_data, d, expected, found,
                        sqrt(size));
        }
        assert_true(size > 0);
        agreeing += agrees;
    }
    assert_true(agreeing >= (is_smooth ? N_DIRECTIONS : N_DIRECTIONS - 1));
    free(w);
    free(direction);
    free(g);
    free(shifted);
    close_rig(&r);
}

static void the_real_half(void **state)
{
    (void)state;
    check(&(variant){smooth, 0, B, false}, true);
    check(&(variant){kinked, 0, B, false}, false);
}

static void the_fake_half(void **state)
{
    (void)state;
    check(&(variant){smooth, B, B, false}, true);
    check(&(variant){kinked, B, B, false}, false);
}

static void both_halves_with_weights_of_their_own(void **state)
{
    (void)state;
    check(&(variant){smooth, 0, ROWS, false}, true);
    check(&(variant){smooth, 0, ROWS, true}, true);
}

static void a_half_beside_the_loss_of_all(void **state)
{
    (void)state;
    check(&(variant){smooth, 0, B, true}, true);
    check(&(variant){smooth, B, B, true}, true);
    check(&(variant){smooth, 1, 4, true}, true);
    check(&(variant){kinked, 0, B, true}, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_real_half),
        cmocka_unit_test(the_fake_half),
        cmocka_unit_test(both_halves_with_weights_of_their_own),
        cmocka_unit_test(a_half_beside_the_loss_of_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
