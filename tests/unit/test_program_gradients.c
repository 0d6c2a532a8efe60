/* test_program_gradients.c — the differentiated step against finite differences, on random
 * networks, in double precision.
 *
 * For a random direction v, (L(w + h v) - L(w - h v)) / 2h must be <gradient, v>. h is so small
 * that few directions cross a kink of LeakyReLU; one that does is tried with a shorter h. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/normal.h"
#include "unit/random_net.h"
#include "unit/step_rig.h"

enum { N_NETS = 12, N_DIRECTIONS = 6, YAML_SIZE = 8192 };

static const struct {
    const char *loss;
    gan_schedule schedule;
    bool d_batch_norm, separate;
    double r1, r2;
} variants[] = {
    {"bce", GAN_SIMULTANEOUS, false, false, 0, 0},
    {"bce", GAN_SIMULTANEOUS, false, true, 0, 0},
    {"wasserstein", GAN_SIMULTANEOUS, false, false, 0, 0},
    {"lsgan", GAN_SIMULTANEOUS, false, false, 0, 0},
    {"hinge", GAN_SIMULTANEOUS, true, false, 0, 0},
    {"bce", GAN_ALTERNATING, false, false, 0, 0},
    {"bce", GAN_ALTERNATING, true, false, 0, 0},
    {"relativistic", GAN_SIMULTANEOUS, false, false, 0, 0},
    {"relativistic", GAN_SIMULTANEOUS, true, true, 0, 0},
    {"relativistic", GAN_ALTERNATING, false, false, 0, 0},
    {"relativistic", GAN_ALTERNATING, true, false, 0, 0},
    {"relativistic_average", GAN_SIMULTANEOUS, false, false, 0, 0},
    {"relativistic_average", GAN_ALTERNATING, true, false, 0, 0},
    {"bce", GAN_SIMULTANEOUS, false, false, 2, 0},
    {"lsgan", GAN_SIMULTANEOUS, false, false, 0.5, 3},
    {"relativistic", GAN_ALTERNATING, false, false, 1, 1},
    {"hinge", GAN_ALTERNATING, false, false, 0, 2},
    {"bce_saturating", GAN_SIMULTANEOUS, false, false, 0, 0},
    {"bce_saturating", GAN_ALTERNATING, true, false, 0, 0},
    {"relativistic_lsgan", GAN_SIMULTANEOUS, true, false, 0, 0},
    {"relativistic_lsgan", GAN_ALTERNATING, false, false, 1, 0},
    {"relativistic_hinge", GAN_SIMULTANEOUS, false, false, 0, 1},
    {"relativistic_hinge", GAN_ALTERNATING, true, false, 0, 0},
    {"relativistic_average_lsgan", GAN_SIMULTANEOUS, false, false, 1, 1},
    {"relativistic_average_lsgan", GAN_ALTERNATING, false, false, 0, 0},
    {"relativistic_average_hinge", GAN_SIMULTANEOUS, false, false, 0, 0},
    {"relativistic_average_hinge", GAN_ALTERNATING, true, false, 0, 0},
};

/* weight / 2 times the mean of what the step called the squared norms of D's gradient. */
static double penalty_at(step_rig *rig, const char *name, double weight)
{
    double norms[64], sum = 0;
    const int64_t batch = rig->options.batch;
    assert_true(batch <= 64);
    if (weight == 0) {
        return 0;
    }
    step_rig_peek(rig, name, norms, batch);
    for (int64_t i = 0; i < batch; i++) {
        sum += norms[i];
    }
    return weight / 2 * sum / (double)batch;
}

static double loss_at(step_rig *rig, const char *side, const double *w, const float *v, double h,
                      double *shifted, int64_t n)
{
    double loss_d, loss_g;
    char name[16];
    snprintf(name, sizeof name, "%s.param", side);
    for (int64_t i = 0; i < n; i++) {
        shifted[i] = w[i] + h * (double)v[i];
    }
    step_rig_write(rig, name, shifted, n);
    step_rig_run(rig);
    step_rig_losses(rig, &loss_d, &loss_g);
    loss_d += penalty_at(rig, "R1", rig->options.r1) + penalty_at(rig, "R2", rig->options.r2);
    return *side == 'd' ? loss_d : loss_g;
}

/* How many of the directions agree. Of the difference quotient's error, h^2 / 6 times a third
 * derivative and the losses' rounding over h are 1e-8 of the gradient's length and 2e-10. */
static int count_agreeing(step_rig *rig, const char *side, uint64_t seed)
{
    static const double steps[] = {1e-6, 1e-7, 1e-8}; /* the shorter, the fewer kinks are crossed */
    const gan_stack *stack = *side == 'd' ? rig->net->discriminator : rig->net->generator;
    int64_t n = stack->param_floats;
    double *w = calloc((size_t)n, sizeof *w), *g = calloc((size_t)n, sizeof *g);
    double *shifted = calloc((size_t)n, sizeof *shifted);
    float *v = calloc((size_t)n, sizeof *v);
    char param[16], grad[16];
    int agreeing = 0;
    assert_true(w && g && v && shifted);
    snprintf(param, sizeof param, "%s.param", side);
    snprintf(grad, sizeof grad, "%s.grad", side);
    step_rig_read(rig, param, w, n);
    step_rig_run(rig);
    step_rig_peek(rig, grad, g, n);
    for (int d = 0; d < N_DIRECTIONS; d++) {
        double expected = 0, length = 0;
        gan_normal_fill(seed, 500, (uint64_t)d, 0, n, v);
        for (int64_t i = 0; i < n; i++) {
            expected += g[i] * (double)v[i];
            length += g[i] * g[i];
        }
        bool agrees = false;
        for (size_t i = 0; i < sizeof steps / sizeof *steps && !agrees; i++) {
            const double h = steps[i];
            const double up = loss_at(rig, side, w, v, h, shifted, n);
            const double down = loss_at(rig, side, w, v, -h, shifted, n);
            agrees = fabs((up - down) / (2 * h) - expected) <= 1e-7 * sqrt(length) + 1e-9;
        }
        agreeing += agrees;
    }
    step_rig_write(rig, param, w, n);
    free(w);
    free(g);
    free(v);
    free(shifted);
    return agreeing;
}

static void gradients_are_derivatives_of_the_losses(void **state)
{
    (void)state;
    char yaml[YAML_SIZE];
    for (size_t k = 0; k < sizeof variants / sizeof variants[0]; k++) {
        int agreeing = 0;
        for (uint64_t seed = 1; seed <= N_NETS; seed++) {
            step_rig rig;
            const gan_build_options options = {.loss = variants[k].loss,
                                               .schedule = variants[k].schedule,
                                               .separate_passes = variants[k].separate,
                                               .r1 = variants[k].r1,
                                               .r2 = variants[k].r2};
            random_net(100 * k + seed, variants[k].d_batch_norm, yaml, YAML_SIZE);
            step_rig_open(&rig, &gan_reference_backend, yaml, seed, &options, false);
            int now = count_agreeing(&rig, "d", seed) + count_agreeing(&rig, "g", seed);
            agreeing += now;
            if (now < N_DIRECTIONS) {
                fail_msg("variant %zu, random_net(%llu): %d of %d directions agree\n%s", k,
                         (unsigned long long)(100 * k + seed), now, 2 * N_DIRECTIONS, yaml);
            }
            step_rig_close(&rig);
        }
        if (agreeing < 97 * N_NETS * 2 * N_DIRECTIONS / 100) {
            fail_msg("variant %zu: only %d of %d directions agree", k, agreeing,
                     N_NETS * 2 * N_DIRECTIONS);
        }
    }
}

static void read_gradients(step_rig *rig, double *out)
{
    int64_t n_g = rig->net->generator->param_floats, n_d = rig->net->discriminator->param_floats;
    step_rig_run(rig);
    step_rig_peek(rig, "g.grad", out, n_g);
    step_rig_peek(rig, "d.grad", out + n_g, n_d);
}

/* Sum of squares of a - b, over that of b. */
static double relative_error(const double *a, const double *b, int64_t n)
{
    double error = 0, size = 1e-30;
    for (int64_t i = 0; i < n; i++) {
        error += (a[i] - b[i]) * (a[i] - b[i]);
        size += b[i] * b[i];
    }
    return sqrt(error / size);
}

static void compare_builds(const gan_backend *backend, const char *loss, bool separate_second,
                           bool share_second, double tolerance)
{
    char yaml[YAML_SIZE];
    for (uint64_t seed = 1; seed <= N_NETS; seed++) {
        step_rig first, second;
        gan_build_options options = {.loss = loss};
        random_net(900 + seed, 0, yaml, YAML_SIZE);
        step_rig_open(&first, backend, yaml, seed, &options, false);
        options.separate_passes = separate_second;
        step_rig_open(&second, backend, yaml, seed, &options, share_second);
        int64_t n = first.net->generator->param_floats + first.net->discriminator->param_floats;
        double *a = calloc((size_t)n, sizeof *a), *b = calloc((size_t)n, sizeof *b);
        assert_true(a && b);
        read_gradients(&first, a);
        read_gradients(&second, b);
        double error = relative_error(a, b, n);
        if (!(error <= tolerance)) {
            fail_msg("%s, random_net(%llu): gradients differ by %g\n%s", backend->name,
                     (unsigned long long)(900 + seed), error, yaml);
        }
        free(a);
        free(b);
        step_rig_close(&first);
        step_rig_close(&second);
    }
}

/* The ratio's rounding: a few ulp. */
static void one_backward_pass_serves_both_losses(void **state)
{
    (void)state;
    static const char *const shared[] = {"bce", "bce_saturating", "wasserstein", "relativistic"};
    for (int i = 0; i < 4; i++) {
        compare_builds(&gan_cpu_backend, shared[i], true, false, 2e-6);
        compare_builds(&gan_reference_backend, shared[i], true, false, 2e-14);
    }
}

static void sharing_memory_changes_no_bit(void **state)
{
    (void)state;
    compare_builds(&gan_cpu_backend, "bce", false, true, 0);
    compare_builds(&gan_reference_backend, "bce", false, true, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gradients_are_derivatives_of_the_losses),
        cmocka_unit_test(one_backward_pass_serves_both_losses),
        cmocka_unit_test(sharing_memory_changes_no_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
