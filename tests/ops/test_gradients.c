/* test_gradients.c — every *_bwd row of ops.def against its forward row, by central differences, in
 * the reference: that the arithmetic which backends are held to is the right one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ops/op_case.h"
#include "program/loss_terms.h"
#include "reference/reference.h"

enum { MAX_COUNT = 4096 };

/* A forward op on small tensors, its backward row's claim about one input, and the weights that
 * make a number of its outputs. */
typedef struct probe {
    gan_op_kind kind;
    gan_attr attr;
    gan_reference_tensor in[GAN_ROW_OPERANDS], out[GAN_ROW_OPERANDS];
    int output;      /* whose weighted sum is differentiated */
    double *weights; /* dy */
} probe;

static gan_reference_tensor tensor(int64_t n, int64_t h, int64_t w, int64_t c)
{
    gan_reference_tensor t = {
        .dims = {n, h, w, c}, .count = n * h * w * c, .data = calloc(MAX_COUNT, sizeof(double))};
    assert_non_null(t.v);
    assert_true(t.count <= MAX_COUNT);
    return t;
}

/* Values in (-1, 1), none near 0, so that no activation bends within a difference. */
static void fill(gan_reference_tensor *t, unsigned seed)
{
    for (int64_t i = 0; i < t->count; i++) {
        seed = seed * 1664525u + 1013904223u;
        double u = (double)(seed >> 8) / 16777216.0;
        t->v[i] = u < 0.5 ? -1.0 + 1.9 * u : 0.05 + 1.9 * (u - 0.5);
    }
}

static void run(gan_op_kind kind, const gan_attr *attr, const gan_reference_tensor *in,
                const gan_reference_tensor *out)
{
    gan_error err = {0};
    assert_int_equal(gan_reference_compute(kind, attr, in, out, &err), GAN_OK);
}

static double weighted_output(probe *p)
{
    double sum = 0.0;
    run(p->kind, &p->attr, p->in, p->out);
    for (int64_t i = 0; i < p->out[p->output].count; i++) {
        sum += p->weights[i] * p->out[p->output].v[i];
    }
    return sum;
}

/* claimed is the gradient of the weighted output with respect to input i. */
static void check_gradient(probe *p, int i, const double *claimed)
{
    const double h = 1e-5;
    gan_reference_tensor *x = &p->in[i];
    for (int64_t k = 0; k < x->count; k++) {
        double former = x->v[k];
        x->v[k] = former + h;
        double above = weighted_output(p);
        x->v[k] = former - h;
        double below = weighted_output(p);
        x->v[k] = former;
        double slope = (above - below) / (2.0 * h);
        /* the third derivative over 6 h^2, and rounding of sums over h: about 1e-9 each */
        if (!(fabs(slope - claimed[k]) <= 1e-7 * (1.0 + fabs(slope)))) {
            print_error("%s: input %d, element %lld: claimed %.12g, difference quotient %.12g\n",
                        gan_op_describe(p->kind)->name, i, (long long)k, claimed[k], slope);
            fail();
        }
    }
}

static void free_probe(probe *p)
{
    for (int i = 0; i < GAN_ROW_OPERANDS; i++) {
        free(p->in[i].v);
        free(p->out[i].v);
    }
    free(p->weights);
}

static void set_weights(probe *p, int output)
{
    gan_reference_tensor w = tensor(1, 1, 1, p->out[output].count);
    fill(&w, 99);
    p->output = output;
    p->weights = w.v;
}

static gan_reference_tensor as_tensor(const gan_reference_tensor *model, double *values)
{
    gan_reference_tensor t = *model;
    t.v = values;
    return t;
}

static void check_convolution(int64_t c, int64_t k, int64_t groups)
{
    const gan_conv_attr g = {.h = 7,
                             .w = 6,
                             .c = c,
                             .p = 4,
                             .q = 3,
                             .k = k,
                             .r = 5,
                             .s = 4,
                             .stride_h = 2,
                             .stride_w = 3,
                             .pad_top = 1,
                             .pad_left = 2,
                             .pad_bottom = 3,
                             .pad_right = 2,
                             .groups = groups};
    probe p = {.kind = GAN_OP_conv, .attr.conv = g};
    p.in[0] = tensor(2, g.h, g.w, g.c);
    p.in[1] = tensor(g.k, g.r, g.s, g.c / groups);
    p.out[0] = tensor(2, g.p, g.q, g.k);
    fill(&p.in[0], 1);
    fill(&p.in[1], 2);
    set_weights(&p, 0);
    gan_reference_tensor dy = as_tensor(&p.out[0], p.weights);
    gan_reference_tensor dx = tensor(2, g.h, g.w, g.c), dw = tensor(g.k, g.r, g.s, g.c / groups);
    const gan_reference_tensor for_dx[GAN_ROW_OPERANDS] = {dy, p.in[1]},
                               for_dw[GAN_ROW_OPERANDS] = {p.in[0], dy};
    run(GAN_OP_conv_dx, &p.attr, for_dx, &dx);
    run(GAN_OP_conv_dw, &p.attr, for_dw, &dw);
    check_gradient(&p, 0, dx.v);
    check_gradient(&p, 1, dw.v);
    free(dx.v);
    free(dw.v);
    free_probe(&p);
}

static void test_convolutions(void **state)
{
    (void)state;
    check_convolution(2, 3, 1);
    check_convolution(6, 4, 2);
    check_convolution(3, 6, 3);
}

/* y = op(a) op(b): da = dy op(b)' and db = op(a)' dy, transposed where a or b is stored so. */
static void test_matmul(void **state)
{
    (void)state;
    for (int t = 0; t < 4; t++) {
        bool ta = t & 1, tb = t & 2;
        probe p = {.kind = GAN_OP_matmul, .attr.matmul = {ta, tb, 3, 4, 5}};
        p.in[0] = tensor(ta ? 5 : 3, 1, 1, ta ? 3 : 5);
        p.in[1] = tensor(tb ? 4 : 5, 1, 1, tb ? 5 : 4);
        p.out[0] = tensor(3, 1, 1, 4);
        fill(&p.in[0], 3);
        fill(&p.in[1], 4);
        set_weights(&p, 0);
        gan_reference_tensor dy = as_tensor(&p.out[0], p.weights);
        gan_reference_tensor da = tensor(1, 1, 1, 15), db = tensor(1, 1, 1, 20);
        const gan_attr for_da = {.matmul = ta ? (gan_matmul_attr){tb, true, 5, 3, 4}
                                              : (gan_matmul_attr){false, !tb, 3, 5, 4}};
        const gan_attr for_db = {.matmul = tb ? (gan_matmul_attr){true, ta, 4, 5, 3}
                                              : (gan_matmul_attr){!ta, false, 5, 4, 3}};
        const gan_reference_tensor a_in[GAN_ROW_OPERANDS] = {ta ? p.in[1] : dy, ta ? dy : p.in[1]};
        const gan_reference_tensor b_in[GAN_ROW_OPERANDS] = {tb ? dy : p.in[0], tb ? p.in[0] : dy};
        run(GAN_OP_matmul, &for_da, a_in, &da);
        run(GAN_OP_matmul, &for_db, b_in, &db);
        check_gradient(&p, 0, da.v);
        check_gradient(&p, 1, db.v);
        free(da.v);
        free(db.v);
        free_probe(&p);
    }
}

static void test_bias_leaky_dropout(void **state)
{
    (void)state;
    for (int masked = 0; masked < 2; masked++) {
        probe p = {.kind = GAN_OP_bias_leaky_dropout,
                   .attr.bias_leaky_dropout = {true, 0.3f, 0.4f, 7, 11, 3}};
        p.in[0] = tensor(3, 4, 5, 2);
        p.in[1] = tensor(1, 1, 1, 2);
        p.in[3] = tensor(1, 1, 1, GAN_COUNTER_COUNT);
        p.out[0] = tensor(3, 4, 5, 2);
        fill(&p.in[0], 5);
        p.in[1].v[0] = 0.01;
        p.in[1].v[1] = -0.02;
        if (masked) {
            p.in[2] = tensor(3, 4, 5, 2);
            for (int64_t i = 0; i < p.in[2].count; i++) {
                p.in[2].bytes[i] = i % 3 != 0;
            }
        }
        set_weights(&p, 0);
        (void)weighted_output(&p);
        gan_reference_tensor y = tensor(3, 4, 5, 2), dy = as_tensor(&p.out[0], p.weights);
        memcpy(y.v, p.out[0].v, (size_t)y.count * sizeof *y.v);
        const gan_reference_tensor in[GAN_ROW_OPERANDS] = {y, dy};
        gan_reference_tensor out[GAN_ROW_OPERANDS] = {tensor(3, 4, 5, 2), tensor(1, 1, 1, 2)};
        run(GAN_OP_bias_leaky_dropout_bwd, &p.attr, in, out);
        check_gradient(&p, 0, out[0].v);
        check_gradient(&p, 1, out[1].v);
        free(y.v);
        free(out[0].v);
        free(out[1].v);
        free_probe(&p);
    }
}

static void test_batch_norm(void **state)
{
    (void)state;
    probe p = {.kind = GAN_OP_batch_norm, .attr.norm = {1e-3f, 0.3f}};
    p.in[0] = tensor(2, 3, 4, 3);
    p.in[1] = tensor(1, 1, 1, 3);
    p.in[2] = tensor(1, 1, 1, 3);
    p.out[0] = tensor(2, 3, 4, 3);
    p.out[1] = tensor(1, 1, 1, 3);
    p.out[2] = tensor(1, 1, 1, 3);
    fill(&p.in[0], 6);
    fill(&p.in[1], 7);
    fill(&p.in[2], 8);
    set_weights(&p, 0);
    (void)weighted_output(&p);
    gan_reference_tensor mean = tensor(1, 1, 1, 3), var = tensor(1, 1, 1, 3);
    memcpy(mean.v, p.out[1].v, 3 * sizeof *mean.v);
    memcpy(var.v, p.out[2].v, 3 * sizeof *var.v);
    const gan_reference_tensor in[GAN_ROW_OPERANDS] = {
        p.in[0], as_tensor(&p.out[0], p.weights), p.in[1], p.in[2], mean, var};
    gan_reference_tensor out[GAN_ROW_OPERANDS] = {tensor(2, 3, 4, 3), tensor(1, 1, 1, 3),
                                                  tensor(1, 1, 1, 3)};
    run(GAN_OP_batch_norm_bwd, &p.attr, in, out);
    for (int i = 0; i < 3; i++) {
        check_gradient(&p, i, out[i].v);
        free(out[i].v);
    }
    free(mean.v);
    free(var.v);
    free_probe(&p);
}

static void check_activation(gan_op_kind forward, gan_op_kind backward)
{
    probe p = {.kind = forward};
    p.in[0] = tensor(2, 3, 4, 5);
    p.out[0] = tensor(2, 3, 4, 5);
    fill(&p.in[0], 9);
    set_weights(&p, 0);
    (void)weighted_output(&p);
    gan_reference_tensor y = tensor(2, 3, 4, 5), dx = tensor(2, 3, 4, 5);
    memcpy(y.v, p.out[0].v, (size_t)y.count * sizeof *y.v);
    const gan_reference_tensor in[GAN_ROW_OPERANDS] = {y, as_tensor(&p.out[0], p.weights)};
    run(backward, &p.attr, in, &dx);
    check_gradient(&p, 0, dx.v);
    free(y.v);
    free(dx.v);
    free_probe(&p);
}

static void test_activations(void **state)
{
    (void)state;
    check_activation(GAN_OP_tanh, GAN_OP_tanh_bwd);
    check_activation(GAN_OP_sigmoid, GAN_OP_sigmoid_bwd);
}

/* The gradients that the loss row gives are those of the losses it reports. */
static void check_loss(int loss, float label, int metric, int input, int output, unsigned seed)
{
    probe p = {.kind = GAN_OP_loss,
               .attr.loss = {.loss = loss, .for_d = true, .for_g = true, .real_label = label},
               .output = 3};
    gan_reference_tensor weights = tensor(1, 1, 1, 4), claimed = tensor(5, 1, 1, 3);
    for (int i = 0; i < 2; i++) {
        p.in[i] = tensor(5, 1, 1, 3);
        fill(&p.in[i], seed + (unsigned)i);
    }
    for (int i = 0; i < 3; i++) {
        p.out[i] = tensor(5, 1, 1, 3);
    }
    p.out[3] = tensor(1, 1, 1, 4);
    weights.v[metric] = 1.0;
    p.weights = weights.v;
    (void)weighted_output(&p);
    memcpy(claimed.v, p.out[output].v, (size_t)claimed.count * sizeof *claimed.v);
    check_gradient(&p, input, claimed.v);
    free(claimed.v);
    free_probe(&p);
}

static void test_losses(void **state)
{
    (void)state;
    for (int loss = 0; loss < GAN_LOSS_COUNT; loss++) {
        check_loss(loss, 1.0f, GAN_METRIC_LOSS_D, 0, 0, 20);
        check_loss(loss, 1.0f, GAN_METRIC_LOSS_D, 1, 1, 30);
        check_loss(loss, 1.0f, GAN_METRIC_LOSS_G, 1, 2, 40);
    }
    check_loss(GAN_LOSS_bce, 0.9f, GAN_METRIC_LOSS_D, 0, 0, 50);
    check_loss(GAN_LOSS_lsgan, 0.9f, GAN_METRIC_LOSS_D, 0, 0, 60);
}

static void test_softmax_cross_entropy(void **state)
{
    (void)state;
    for (int smooth = 0; smooth < 2; smooth++) {
        probe p = {.kind = GAN_OP_softmax_cross_entropy,
                   .attr.softmax_cross_entropy = {.label_smoothing = smooth ? 0.25f : 0.0f}};
        gan_reference_tensor claimed = tensor(5, 1, 1, 7);
        p.in[0] = tensor(5, 1, 1, 7);
        p.in[1] = tensor(5, 1, 1, 1);
        p.out[0] = tensor(5, 1, 1, 7);
        p.out[1] = tensor(1, 1, 1, 1);
        p.out[2] = tensor(1, 1, 1, 1);
        fill(&p.in[0], 70);
        for (int i = 0; i < 5; i++) {
            p.in[1].words[i] = 3 * i % 7;
        }
        set_weights(&p, 1);
        (void)weighted_output(&p);
        for (int64_t i = 0; i < claimed.count; i++) {
            claimed.v[i] = p.weights[0] * p.out[0].v[i];
        }
        check_gradient(&p, 0, claimed.v);
        free(claimed.v);
        free_probe(&p);
    }
}

/* A linear map's gradient is its transposed, and the transposed one's the map again. */
static void test_resample(void **state)
{
    static const gan_resample kinds[] = {
        {.divisor = GAN_DIVIDE_BY_WINDOW, .h = {7, 4, 3, 2, 1, 1}, .w = {5, 3, 3, 1, 0, 0}},
        {.h = {7, 4, 3, 2, 1, 1}, .w = {5, 1, 5, 1, 0, 0}},
        {.kind = GAN_RESAMPLE_ADAPTIVE, .h = {7, 3, 0, 0, 0, 0}, .w = {3, 5, 0, 0, 0, 0}},
        {.kind = GAN_RESAMPLE_NEAREST, .h = {4, 8, 0, 0, 0, 0}, .w = {7, 5, 0, 0, 0, 0}},
        {.kind = GAN_RESAMPLE_LINEAR,
         .half_pixel = true,
         .h = {4, 7, 0, 0, 0, 0},
         .w = {7, 5, 0, 0, 0, 0}},
        {.kind = GAN_RESAMPLE_CUBIC,
         .half_pixel = true,
         .antialias = true,
         .h = {9, 4, 0, 0, 0, 0},
         .w = {3, 5, 0, 0, 0, 0}},
        {.kind = GAN_RESAMPLE_BINOMIAL_UP, .h = {4, 8, 3, 2, 2, 0}, .w = {3, 6, 4, 2, 2, 1}},
        {.kind = GAN_RESAMPLE_BINOMIAL_DOWN, .h = {7, 3, 3, 2, 1, 0}, .w = {8, 4, 4, 2, 1, 1}},
    };
    (void)state;
    for (size_t k = 0; k < 2 * (sizeof kinds / sizeof *kinds); k++) {
        probe p = {.kind = GAN_OP_resample, .attr.resample = kinds[k / 2]};
        const gan_map_axis *h = &kinds[k / 2].h, *w = &kinds[k / 2].w;
        const bool back = k % 2;
        const gan_reference_tensor map = tensor(2, h->in, w->in, 2),
                                   made = tensor(2, h->out, w->out, 2);
        p.attr.resample.transposed = back;
        p.in[0] = back ? made : map;
        p.out[0] = back ? map : made;
        fill(&p.in[0], 80);
        set_weights(&p, 0);
        const gan_reference_tensor dy = as_tensor(&p.out[0], p.weights);
        gan_reference_tensor dx = tensor(2, p.in[0].dims[1], p.in[0].dims[2], 2);
        gan_attr other = p.attr;
        other.resample.transposed = !back;
        run(GAN_OP_resample, &other, &dy, &dx);
        check_gradient(&p, 0, dx.v);
        free(dx.v);
        free_probe(&p);
    }
}

static void test_widen_filter(void **state)
{
    (void)state;
    for (int back = 0; back < 2; back++) {
        probe p = {.kind = GAN_OP_widen_filter, .attr.widen_filter = {2, 3, back}};
        const gan_reference_tensor w = tensor(3, 3, 2, 5), v = tensor(5, 4, 4, 3);
        p.in[0] = back ? v : w;
        p.out[0] = back ? w : v;
        fill(&p.in[0], 85);
        set_weights(&p, 0);
        const gan_reference_tensor dy = as_tensor(&p.out[0], p.weights);
        const int64_t *dims = p.in[0].dims;
        gan_reference_tensor dx = tensor(dims[0], dims[1], dims[2], dims[3]);
        const gan_attr other = {.widen_filter = {2, 3, !back}};
        run(GAN_OP_widen_filter, &other, &dy, &dx);
        check_gradient(&p, 0, dx.v);
        free(dx.v);
        free_probe(&p);
    }
}

static void test_max_pool(void **state)
{
    (void)state;
    const gan_max_pool_attr attr = {{7, 4, 3, 2, 1, 1}, {6, 3, 3, 2, 0, 0}};
    probe p = {.kind = GAN_OP_max_pool, .attr.max_pool = attr};
    gan_reference_tensor index = tensor(2, 4, 3, 2), dx = tensor(2, 7, 6, 2);
    p.in[0] = tensor(2, 7, 6, 2);
    p.out[0] = tensor(2, 4, 3, 2);
    p.out[1] = tensor(2, 4, 3, 2);
    fill(&p.in[0], 90);
    set_weights(&p, 0);
    (void)weighted_output(&p);
    memcpy(index.words, p.out[1].words, (size_t)index.count * sizeof *index.words);
    const gan_reference_tensor in[GAN_ROW_OPERANDS] = {index, as_tensor(&p.out[0], p.weights)};
    run(GAN_OP_max_pool_bwd, &p.attr, in, &dx);
    check_gradient(&p, 0, dx.v);
    free_probe(&p);
    p = (probe){.kind = GAN_OP_max_pool_bwd, .attr.max_pool = attr};
    p.in[0] = index;
    p.in[1] = tensor(2, 4, 3, 2);
    p.out[0] = dx;
    fill(&p.in[1], 91);
    set_weights(&p, 0);
    gan_reference_tensor picked = tensor(2, 4, 3, 2);
    const gan_reference_tensor pick[GAN_ROW_OPERANDS] = {index, as_tensor(&dx, p.weights)};
    run(GAN_OP_max_pool_pick, &p.attr, pick, &picked);
    check_gradient(&p, 1, picked.v);
    free(picked.v);
    free_probe(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_convolutions),          cmocka_unit_test(test_matmul),
        cmocka_unit_test(test_bias_leaky_dropout),    cmocka_unit_test(test_batch_norm),
        cmocka_unit_test(test_activations),           cmocka_unit_test(test_losses),
        cmocka_unit_test(test_softmax_cross_entropy), cmocka_unit_test(test_resample),
        cmocka_unit_test(test_widen_filter),          cmocka_unit_test(test_max_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
