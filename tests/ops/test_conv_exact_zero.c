/* test_conv_exact_zero.c — what no product reaches is 0 to the bit, whatever computes the
 * convolution: outputs that see only padding, only places where every channel is 0 (or -0, which
 * dropout leaves), taps that see only padding. */
#include <math.h>
#include <string.h>

#include "ops/op_case.h"

enum { BATCH = 3 };

/* Two rows and columns of padding more than the kernel needs, and a stride: every kind of output.
 */
static const gan_conv_attr shapes[] = {
    {.h = 8,
     .w = 9,
     .c = 17,
     .p = 12,
     .q = 13,
     .k = 16,
     .r = 3,
     .s = 3,
     .stride_h = 1,
     .stride_w = 1,
     .pad_top = 4,
     .pad_left = 3,
     .pad_bottom = 2,
     .pad_right = 3,
     .groups = 1},
    {.h = 11,
     .w = 9,
     .c = 16,
     .p = 6,
     .q = 5,
     .k = 19,
     .r = 3,
     .s = 3,
     .stride_h = 2,
     .stride_w = 2,
     .pad_top = 1,
     .pad_left = 1,
     .pad_bottom = 1,
     .pad_right = 1,
     .groups = 1},
    {.h = 2,
     .w = 2,
     .c = 16,
     .p = 2,
     .q = 2,
     .k = 16,
     .r = 5,
     .s = 5,
     .stride_h = 1,
     .stride_w = 1,
     .pad_top = 2,
     .pad_left = 2,
     .pad_bottom = 2,
     .pad_right = 2,
     .groups = 1},
    {.h = 8,
     .w = 9,
     .c = 48,
     .p = 12,
     .q = 13,
     .k = 96,
     .r = 3,
     .s = 3,
     .stride_h = 1,
     .stride_w = 1,
     .pad_top = 4,
     .pad_left = 3,
     .pad_bottom = 2,
     .pad_right = 3,
     .groups = 3},
    {.h = 9,
     .w = 9,
     .c = 24,
     .p = 9,
     .q = 9,
     .k = 40,
     .r = 3,
     .s = 3,
     .stride_h = 1,
     .stride_w = 1,
     .pad_top = 1,
     .pad_left = 1,
     .pad_bottom = 1,
     .pad_right = 1,
     .groups = 8},
};
static const char *const engines[] = {"direct", "dft", "winograd"};

static void set_operand(op_case *c, bool is_input, int i, int64_t n, int64_t h, int64_t w,
                        int64_t ch)
{
    if (is_input) {
        op_case_in(c, i, GAN_F32, n, h, w, ch, OP_NORMAL);
    } else {
        op_case_out(c, i, GAN_F32, n, h, w, ch);
    }
}

/* All but the lower right corner of image 0, and the whole of image 1, 0; every other one -0. With
 * groups, but the last one, whose outputs then see what others' do not. */
static void clear_places(op_operand *map, int64_t groups)
{
    const int64_t *d = map->dims, channels = groups > 1 ? d[3] - d[3] / groups : d[3];
    for (int64_t n = 0; n < 2; n++) {
        for (int64_t i = 0; i < d[1] * d[2]; i++) {
            const bool corner = n == 0 && i / d[2] >= d[1] - 2 && i % d[2] >= d[2] - 2;
            for (int64_t ch = 0; ch < channels && !corner; ch++) {
                map->values[(n * d[1] * d[2] + i) * d[3] + ch] = i % 2 ? -0.0 : 0.0;
            }
        }
    }
}

/* Calls visit for every (x place, w tap, y place) that meet; places and taps without channels. */
typedef void visit_fn(void *ctx, int64_t x, int64_t tap, int64_t y);

static void for_meetings(const gan_conv_attr *g, visit_fn *visit, void *ctx)
{
    for (int64_t i = 0; i < BATCH * g->p * g->q * g->r * g->s; i++) {
        const int64_t s = i % g->s, r = i / g->s % g->r, y = i / g->s / g->r;
        const int64_t q = y % g->q, p = y / g->q % g->p, n = y / g->q / g->p;
        const int64_t h = p * g->stride_h + r - g->pad_top, w = q * g->stride_w + s - g->pad_left;
        if (h >= 0 && h < g->h && w >= 0 && w < g->w) {
            visit(ctx, (n * g->h + h) * g->w + w, r * g->s + s, y);
        }
    }
}

typedef struct reach {
    const op_operand *in;
    bool marks[4096]; /* of output places, or of taps */
    gan_op_kind kind;
} reach;

static void mark(void *ctx, int64_t x, int64_t tap, int64_t y)
{
    reach *r = ctx;
    const int64_t from = r->kind == GAN_OP_conv ? x : y, to = r->kind == GAN_OP_conv ? y : x;
    if (r->kind == GAN_OP_conv_dw) {
        r->marks[tap] = true;
    } else {
        r->marks[to] = r->marks[to] || r->in->values[from * r->in->dims[3]] != 0;
    }
}

/* How many outputs nothing reaches; each of them is 0. */
static int64_t count_zeros(const op_case *c)
{
    reach r = {.in = &c->in[0], .kind = c->kind};
    const int64_t *d = c->out[0].dims, groups = c->attr.conv.groups;
    int64_t zeros = 0;
    for_meetings(&c->attr.conv, mark, &r);
    for (int64_t i = 0; i < c->out[0].count; i++) {
        const int64_t place = c->kind == GAN_OP_conv_dw ? i / d[3] % (d[1] * d[2]) : i / d[3];
        const bool is_last =
            groups > 1 && c->kind != GAN_OP_conv_dw && i % d[3] / (d[3] / groups) == groups - 1;
        if (!r.marks[place] && !is_last) {
            zeros++;
            if (!(c->got[0][i] == 0)) {
                print_error("%s by %s: element %lld is %g where no product reaches\n",
                            gan_op_describe(c->kind)->name, c->conv, (long long)i, c->got[0][i]);
            }
            assert_true(c->got[0][i] == 0);
        }
    }
    return zeros;
}

/* One convolution of a shape by an engine; how many outputs nothing reaches. */
static int64_t check(gan_op_kind kind, const gan_conv_attr *g, const char *engine)
{
    op_case c;
    op_case_begin(&c, kind, 1);
    c.attr.conv = *g;
    c.conv = engine;
    const bool dx = kind == GAN_OP_conv_dx, dw = kind == GAN_OP_conv_dw;
    set_operand(&c, !dx, 0, BATCH, g->h, g->w, g->c);
    set_operand(&c, dx || dw, dw ? 1 : 0, BATCH, g->p, g->q, g->k);
    set_operand(&c, !dw, dw ? 0 : 1, g->k, g->r, g->s, g->c / g->groups);
    if (!dw) {
        clear_places(&c.in[0], g->groups);
    }
    c.tolerance = op_tolerance_of_sum(dw ? BATCH * g->p * g->q
                                         : g->r * g->s * (dx ? g->k : g->c) / g->groups);
    c.tolerance.spread += 0x1p-14;  /* of an RMS that is mostly of zeros: values are tested by */
    c.more_in_bf16.spread = 0x1p-3; /* test_conv.c and its like */
    c.threads_may_differ = dw;      /* the library may cut its sums by threads */
    op_case_check(&c);
    const int64_t zeros = count_zeros(&c);
    op_case_end(&c);
    return zeros;
}

static void check_kind(gan_op_kind kind)
{
    int64_t zeros = 0;
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        for (size_t e = 0; e < sizeof engines / sizeof engines[0]; e++) {
            zeros += check(kind, &shapes[i], engines[e]);
        }
    }
    assert_true(zeros > 0);
}

static void test_forward(void **state)
{
    (void)state;
    check_kind(GAN_OP_conv);
}

static void test_data_gradient(void **state)
{
    (void)state;
    check_kind(GAN_OP_conv_dx);
}

static void test_weight_gradient(void **state)
{
    (void)state;
    check_kind(GAN_OP_conv_dw);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_forward),
                                       cmocka_unit_test(test_data_gradient),
                                       cmocka_unit_test(test_weight_gradient)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
