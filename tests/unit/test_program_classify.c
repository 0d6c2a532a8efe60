/* test_program_classify.c — a classifier's training step: its gradient against finite differences
 * in double precision, its metrics, and what it refuses. */
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
#include "program/stored.h"
#include "reference/reference.h"

enum { BATCH = 5, H = 6, W = 5, CLASSES = 4, N_DIRECTIONS = 8 };

#define HEAD "name: alone\nimage: {height: 6, width: 5, channels: 2}\n"

typedef struct rig {
    gan_net *net;
    gan_device *device;
    gan_program *program;
    gan_executable *executable;
    gan_classify_ids ids;
    int32_t labels[BATCH];
    int64_t n; /* floats of the parameters */
} rig;

static void must(gan_status status, const gan_error *err)
{
    if (status != GAN_OK) {
        fail_msg("%s", err->text);
    }
}

static void write_doubles(rig *r, const char *name, const double *values, int64_t n)
{
    gan_error err = {0};
    must(gan_reference_backend.write_doubles(r->device, name, 0, values, n, &err), &err);
}

static void write_input(rig *r, int id, uint64_t seed)
{
    const gan_buffer *b = &r->program->buffers[id];
    float *draws = malloc((size_t)b->count * sizeof *draws);
    double *values = malloc((size_t)b->count * sizeof *values);
    assert_true(draws && values);
    gan_normal_fill(seed, 1, 0, 0, b->count, draws);
    for (int64_t i = 0; i < b->count; i++) {
        values[i] = (double)draws[i];
    }
    write_doubles(r, b->name, values, b->count);
    free(draws);
    free(values);
}

/* Dropout keeps what has an even number. */
static void write_masks(rig *r)
{
    gan_error err = {0};
    for (int i = 0; i < r->program->n_masks; i++) {
        const gan_buffer *b = &r->program->buffers[r->program->masks[i].buffer];
        unsigned char *mask = malloc((size_t)b->count);
        assert_non_null(mask);
        for (int64_t k = 0; k < b->count; k++) {
            mask[k] = k % 2 == 0;
        }
        must(gan_reference_backend.write(r->device, b->name, 0, mask, b->count, &err), &err);
        free(mask);
    }
}

/* A fed step of the network in double precision, with random parameters; rates are 0. */
static rig open_rig(const char *yaml, double label_smoothing)
{
    rig r = {.labels = {3, 0, 1, 1, 2}};
    const gan_build_options options = {
        .batch = BATCH, .metric_rows = 1, .fed = true, .label_smoothing = label_smoothing};
    const gan_device_options device = {.threads = 1, .rounding = GAN_ROUNDING_NONE};
    gan_error err = {0};
    must(gan_net_parse(yaml, "alone.yaml", &r.net, &err), &err);
    must(gan_build_classify(r.net, &options, false, &r.program, &r.ids, &err), &err);
    must(gan_reference_backend.open(&device, &r.device, &err), &err);
    must(gan_reference_backend.compile(r.device, r.program, &r.executable, &err), &err);
    r.n = r.net->single->param_floats;
    write_input(&r, r.ids.images, 7);
    write_input(&r, gan_program_find(r.program, "net.param"), 8);
    write_masks(&r);
    must(gan_reference_backend.write(r.device, "batch_labels", 0, r.labels, sizeof r.labels, &err),
         &err);
    return r;
}

static void close_rig(rig *r)
{
    gan_reference_backend.destroy(r->executable);
    gan_reference_backend.close(r->device);
    gan_program_destroy(r->program);
    gan_net_destroy(r->net);
}

static void run(rig *r)
{
    gan_error err = {0};
    must(gan_reference_backend.run(r->executable, 1, &err), &err);
}

static void peek(rig *r, int id, double *out)
{
    gan_error err = {0};
    must(gan_reference_backend.peek_doubles(r->executable, id, out, r->program->buffers[id].count,
                                            &err),
         &err);
}

static double loss_of(rig *r, const double *w)
{
    double metrics[4];
    write_doubles(r, "net.param", w, r->n);
    run(r);
    peek(r, r->ids.metrics, metrics);
    return metrics[0];
}

/* For a direction v, (L(w + hv) - L(w - hv)) / 2h is <gradient, v>: what a third derivative adds is
 * of order h^2, what rounding does 1e-16 / h. A direction that crosses a kink (LeakyReLU, the
 * largest of a window) is tried with a shorter h. */
static bool agrees(rig *r, const double *w, const double *g, const float *v, double length)
{
    static const double steps[] = {1e-5, 1e-6, 1e-7};
    double want = 0;
    double *moved = malloc((size_t)r->n * sizeof *moved);
    bool is_near = false;
    assert_non_null(moved);
    for (int64_t i = 0; i < r->n; i++) {
        want += g[i] * (double)v[i];
    }
    for (int k = 0; k < 3 && !is_near; k++) {
        double loss[2];
        for (int side = 0; side < 2; side++) {
            for (int64_t i = 0; i < r->n; i++) {
                moved[i] = w[i] + (side ? -1 : 1) * steps[k] * (double)v[i];
            }
            loss[side] = loss_of(r, moved);
        }
        is_near = fabs((loss[0] - loss[1]) / (2 * steps[k]) - want) <= 2e-6 * length;
    }
    free(moved);
    return is_near;
}

static void check_gradient(const char *yaml, double label_smoothing)
{
    rig r = open_rig(yaml, label_smoothing);
    double *w = calloc((size_t)r.n, sizeof *w), *g = calloc((size_t)r.n, sizeof *g), length = 0;
    float *v = calloc((size_t)r.n, sizeof *v);
    gan_error err = {0};
    assert_true(w && g && v);
    must(gan_reference_backend.read_doubles(r.device, "net.param", 0, w, r.n, &err), &err);
    run(&r);
    peek(&r, gan_program_find(r.program, "net.grad"), g);
    for (int64_t i = 0; i < r.n; i++) {
        length += g[i] * g[i];
    }
    length = sqrt(length);
    assert_true(length > 1e-3);
    int n = 0;
    for (int d = 0; d < N_DIRECTIONS; d++) {
        gan_normal_fill(9, 2, (uint64_t)d, 0, r.n, v);
        n += agrees(&r, w, g, v, length);
    }
    if (n < N_DIRECTIONS - 1) { /* one may cross a kink whatever h is */
        fail_msg("%d of %d directions agree with the gradient of\n%s", n, N_DIRECTIONS, yaml);
    }
    free(w);
    free(g);
    free(v);
    close_rig(&r);
}

static void test_gradient(void **state)
{
    (void)state;
    check_gradient(HEAD "network:\n  - flatten\n  - dense: 4\n", 0);
    check_gradient(HEAD "network:\n"
                        "  - conv: {channels: 6, kernel: 3, padding: same}\n"
                        "  - batch_norm\n"
                        "  - leaky_relu: 0.1\n"
                        "  - dropout: 0.5\n"
                        "  - residual:\n"
                        "    - conv: {channels: 6, kernel: 3, padding: same}\n"
                        "    - tanh\n"
                        "  - flatten\n"
                        "  - dense: 4\n",
                   0.1);
    check_gradient(HEAD "network:\n"
                        "  - conv: {channels: 6, kernel: 3, padding: same}\n"
                        "  - max_pool: 2\n"
                        "  - relu\n"
                        "  - conv: {channels: 5, kernel: 2}\n"
                        "  - tanh\n"
                        "  - global_average_pool\n"
                        "  - dense: 4\n",
                   0);
}

static int best_of(const double *x)
{
    int best = 0;
    for (int k = 1; k < CLASSES; k++) {
        best = x[k] > x[best] ? k : best;
    }
    return best;
}

/* The metrics of a step, against the logits that it left. */
static void test_metrics(void **state)
{
    rig r = open_rig(HEAD "network:\n  - flatten\n  - dense: 4\n", 0);
    double logits[BATCH * CLASSES], metrics[4], loss = 0, grad = 0;
    float ring[GAN_METRIC_COUNT];
    double *g = calloc((size_t)r.n, sizeof *g);
    gan_error err = {0};
    (void)state;
    assert_non_null(g);
    run(&r);
    peek(&r, r.ids.logits, logits);
    for (int i = 0; i < BATCH; i++) { /* three are right */
        r.labels[i] = (best_of(logits + i * CLASSES) + (i < 3 ? 0 : 1)) % CLASSES;
    }
    must(gan_reference_backend.write(r.device, "batch_labels", 0, r.labels, sizeof r.labels, &err),
         &err);
    run(&r);
    peek(&r, r.ids.metrics, metrics);
    peek(&r, gan_program_find(r.program, "net.grad"), g);
    for (int i = 0; i < BATCH; i++) {
        const double *x = logits + i * CLASSES;
        double sum = 0;
        for (int k = 0; k < CLASSES; k++) {
            sum += exp(x[k]);
        }
        loss += (log(sum) - x[r.labels[i]]) / BATCH;
    }
    for (int64_t i = 0; i < r.n; i++) {
        grad += g[i] * g[i];
    }
    assert_true(fabs(metrics[0] - loss) <= 1e-12 * loss);
    assert_true(metrics[1] == 3 && metrics[2] == 0 && metrics[3] == 0);
    must(gan_reference_backend.read(r.device, GAN_STORED_METRICS, 0, ring, sizeof ring, &err),
         &err);
    assert_true(fabs((double)ring[0] - loss) <= 1e-6 * loss);
    assert_true(fabs((double)ring[GAN_METRIC_NORM_G] - sqrt(grad)) <= 1e-6 * sqrt(grad));
    assert_true(ring[1] == 3 && ring[GAN_METRIC_NORM_D] == 0);
    free(g);
    close_rig(&r);
}

static void expect_refused(const char *yaml, const gan_build_options *options, const char *words)
{
    gan_net *net = NULL;
    gan_program *program = NULL;
    gan_error err = {0};
    must(gan_net_parse(yaml, "alone.yaml", &net, &err), &err);
    assert_int_equal(gan_build_classify(net, options, true, &program, NULL, &err), GAN_E_USAGE);
    if (!strstr(err.text, words)) {
        fail_msg("'%s' is wanted and the message is '%s'", words, err.text);
    }
    assert_null(program);
    gan_net_destroy(net);
}

static void test_refusals(void **state)
{
    gan_build_options options = {.batch = 2, .n_images = 9, .metric_rows = 1};
    (void)state;
    expect_refused(HEAD "network:\n  - conv: {channels: 3, kernel: 3}\n", &options, "add flatten");
    expect_refused(HEAD "network:\n  - flatten\n", &options, "no parameters");
    expect_refused(HEAD "latent: 2\ngenerator:\n  - dense: 60\n  - reshape: [6, 5, 2]\n"
                        "discriminator:\n  - flatten\n  - dense: 1\n",
                   &options, "gan train");
    options.label_smoothing = 1;
    expect_refused(HEAD "network:\n  - flatten\n  - dense: 3\n", &options, "label_smoothing");
    options = (gan_build_options){.batch = 0, .n_images = 9, .metric_rows = 1};
    expect_refused(HEAD "network:\n  - flatten\n  - dense: 3\n", &options, "batch size 0");
}

/* Images and labels are drawn by one order: the two gathers have one attribute. */
static void test_labels_follow_the_images(void **state)
{
    const gan_build_options options = {
        .batch = 3, .n_images = 9, .metric_rows = 1, .seed = 77, .flip = true};
    gan_net *net = NULL;
    gan_program *p = NULL;
    const gan_op *images = NULL, *labels = NULL;
    gan_error err = {0};
    (void)state;
    must(gan_net_parse(HEAD "network:\n  - flatten\n  - dense: 3\n", "alone.yaml", &net, &err),
         &err);
    must(gan_build_classify(net, &options, true, &p, NULL, &err), &err);
    for (int i = 0; i < p->n_ops; i++) {
        images = p->ops[i].kind == GAN_OP_gather ? &p->ops[i] : images;
        labels = p->ops[i].kind == GAN_OP_gather_labels ? &p->ops[i] : labels;
    }
    assert_true(images && labels);
    assert_int_equal(images->attr.gather.seed, 77);
    assert_int_equal(labels->attr.gather.seed, 77);
    assert_int_equal(labels->attr.gather.order_stream, images->attr.gather.order_stream);
    assert_int_equal(labels->attr.gather.n_images, 9);
    assert_true(gan_program_find(p, GAN_STORED_LABELS) >= 0);
    gan_program_destroy(p);
    gan_net_destroy(net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradient),
        cmocka_unit_test(test_metrics),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_labels_follow_the_images),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
