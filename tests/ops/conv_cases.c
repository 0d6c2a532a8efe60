/* conv_cases.c — the shapes that all three convolutions are tested with. */
#include "ops/conv_cases.h"

#include <math.h>
#include <string.h>

/* A convolution as a test lists it: the sizes of y follow. */
typedef struct conv_shape {
    int64_t batch, h, w, c, k, r, s, stride_h, stride_w;
    int64_t top, left, bottom, right;
    int64_t groups;
} conv_shape;

static gan_conv_attr geometry_of(const conv_shape *shape)
{
    gan_conv_attr g = {.h = shape->h,
                       .w = shape->w,
                       .c = shape->c,
                       .k = shape->k,
                       .r = shape->r,
                       .s = shape->s,
                       .stride_h = shape->stride_h,
                       .stride_w = shape->stride_w,
                       .pad_top = shape->top,
                       .pad_left = shape->left,
                       .pad_bottom = shape->bottom,
                       .pad_right = shape->right,
                       .groups = shape->groups};
    g.p = (g.h + g.pad_top + g.pad_bottom - g.r) / g.stride_h + 1;
    g.q = (g.w + g.pad_left + g.pad_right - g.s) / g.stride_w + 1;
    return g;
}

static void begin(op_case *t, conv_kind kind, const conv_shape *shape, uint64_t seed)
{
    static const gan_op_kind ops[] = {
        [CONV_FWD] = GAN_OP_conv, [CONV_DX] = GAN_OP_conv_dx, [CONV_DW] = GAN_OP_conv_dw};
    op_case_begin(t, ops[kind], seed);
    gan_conv_attr g = geometry_of(shape);
    t->attr.conv = g;
    if (kind == CONV_FWD) {
        op_case_in(t, 0, GAN_F32, shape->batch, g.h, g.w, g.c, OP_NORMAL);
        op_case_in(t, 1, GAN_F32, g.k, g.r, g.s, g.c / g.groups, OP_NORMAL);
        op_case_out(t, 0, GAN_F32, shape->batch, g.p, g.q, g.k);
    } else if (kind == CONV_DX) {
        op_case_in(t, 0, GAN_F32, shape->batch, g.p, g.q, g.k, OP_NORMAL);
        op_case_in(t, 1, GAN_F32, g.k, g.r, g.s, g.c / g.groups, OP_NORMAL);
        op_case_out(t, 0, GAN_F32, shape->batch, g.h, g.w, g.c);
    } else {
        op_case_in(t, 0, GAN_F32, shape->batch, g.h, g.w, g.c, OP_NORMAL);
        op_case_in(t, 1, GAN_F32, shape->batch, g.p, g.q, g.k, OP_NORMAL);
        op_case_out(t, 0, GAN_F32, g.k, g.r, g.s, g.c / g.groups);
    }
    int64_t terms = kind == CONV_FWD  ? g.r * g.s * g.c / g.groups
                    : kind == CONV_DX ? g.r * g.s * g.k / g.groups
                                      : shape->batch * g.p * g.q;
    t->tolerance = op_tolerance_of_sum(terms);
    t->nan_fills_rows_in_bf16 = true; /* AMX multiplies what pads channels and rows by zero */
    t->threads_may_differ = true;     /* the library may cut its sums by threads */
}

/* Through the DFT both operands' spectra are rounded, and the result: seen as 3.5e-3 RMS of the
 * result's RMS (test_transform.c); six deviations. Through Winograd's transform 4.7e-3, in fp32
 * 2.2e-6; eight: with few channels a number is a product or two of normal draws, which has long
 * tails. Weights that are not bf16's are off by up to 2^-9 each, the sum by a random walk of that.
 */
static const double dft_spread = 6 * 3.5e-3;
static const double winograd_bf16_spread = 8 * 4.7e-3, winograd_spread = 8 * 2.2e-6;
static const double weight_spread = 6 * 0x1p-9;

/* may_be_dft: the shape is one that the DFT is chosen for in bf16, if it is there. */
static void check(conv_kind kind, const conv_shape *shape, uint64_t seed, bool may_be_dft)
{
    op_case t;
    begin(&t, kind, shape, seed);
    t.more_in_bf16.spread = may_be_dft ? dft_spread : 0.0;
    op_case_check(&t);
    op_case_end(&t);
}

static void check_all(conv_kind kind, const conv_shape *shapes, size_t n, uint64_t seed,
                      bool may_be_dft)
{
    for (size_t i = 0; i < n; i++) {
        check(kind, &shapes[i], seed + i, may_be_dft);
    }
}

void conv_check_shapes(conv_kind kind)
{
    /* batch, map, channels, filters, kernel, strides, top left bottom right, groups */
    static const conv_shape shapes[] = {
        {1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1},
        {2, 5, 5, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 1},
        {3, 6, 6, 3, 5, 2, 2, 1, 1, 0, 0, 1, 1, 1},
        {2, 7, 7, 5, 3, 3, 3, 1, 1, 1, 1, 1, 1, 1},
        {1, 8, 8, 3, 64, 4, 4, 2, 2, 1, 1, 1, 1, 1},
        {2, 8, 8, 64, 3, 4, 4, 2, 2, 1, 1, 1, 1, 1},
        {2, 9, 9, 16, 16, 5, 5, 1, 1, 2, 2, 2, 2, 1},
        {2, 10, 10, 5, 5, 6, 6, 1, 1, 2, 2, 3, 3, 1},
        {2, 11, 11, 3, 17, 7, 7, 2, 2, 3, 3, 3, 3, 1},
        {3, 14, 14, 1, 64, 5, 5, 2, 2, 1, 1, 2, 2, 1},
        {3, 14, 14, 64, 1, 5, 5, 2, 2, 1, 1, 2, 2, 1},
        {2, 13, 13, 5, 7, 5, 5, 3, 3, 1, 1, 2, 2, 1},
        {2, 12, 5, 3, 5, 3, 2, 1, 2, 1, 0, 1, 1, 1},
        {2, 5, 12, 5, 3, 1, 5, 3, 1, 0, 2, 0, 1, 1},
        {2, 6, 6, 4, 4, 3, 3, 2, 2, 0, 0, 0, 0, 1},
        {2, 10, 11, 3, 4, 3, 3, 3, 3, 0, 0, 0, 0, 1},
        {2, 4, 4, 5, 6, 4, 4, 1, 1, 0, 0, 0, 0, 1},
        {1, 3, 3, 2, 2, 3, 3, 1, 1, 2, 2, 2, 2, 1},
        {2, 28, 3, 1, 2, 5, 3, 2, 1, 1, 1, 2, 1, 1},
        {1, 7, 7, 33, 31, 2, 3, 1, 1, 0, 1, 1, 1, 1},
        {5, 9, 7, 4, 6, 5, 5, 1, 1, 2, 2, 2, 2, 1},
        {2, 8, 8, 2, 5, 3, 3, 2, 2, 0, 0, 1, 1, 1},
    };
    check_all(kind, shapes, sizeof shapes / sizeof *shapes, 1, false);
}

/* Of each kind of division: parts of one channel and of several, as many filters as channels, more
 * and fewer; and R3GAN's block of 16 channels a group and its bases of one. */
static const conv_shape grouped[] = {
    {2, 7, 7, 4, 4, 3, 3, 1, 1, 1, 1, 1, 1, 4},
    {2, 9, 6, 5, 5, 3, 3, 2, 1, 1, 1, 0, 1, 5},
    {3, 8, 8, 6, 12, 3, 3, 1, 1, 1, 1, 1, 1, 6},
    {2, 8, 8, 12, 6, 3, 3, 1, 1, 1, 1, 1, 1, 6},
    {2, 6, 7, 6, 4, 5, 5, 1, 1, 2, 2, 2, 2, 2},
    {2, 5, 5, 9, 15, 1, 1, 1, 1, 0, 0, 0, 0, 3},
    {2, 8, 8, 32, 32, 3, 3, 1, 1, 1, 1, 1, 1, 32},
    {3, 9, 9, 33, 33, 5, 5, 2, 2, 2, 2, 2, 2, 33},
    {2, 4, 4, 48, 48, 4, 4, 1, 1, 0, 0, 0, 0, 48},
    {2, 8, 8, 64, 64, 3, 3, 1, 1, 1, 1, 1, 1, 4},
    {2, 6, 6, 32, 64, 3, 3, 2, 2, 0, 0, 1, 1, 4},
    {2, 12, 5, 10, 35, 3, 2, 1, 2, 1, 0, 1, 1, 5},
    {3, 16, 16, 64, 64, 1, 1, 2, 2, 0, 0, 0, 0, 16},
    {2, 11, 11, 17, 17, 7, 7, 2, 2, 3, 3, 3, 3, 17},
    {1, 10, 10, 40, 80, 3, 3, 3, 3, 0, 1, 0, 0, 40},
    {2, 5, 5, 96, 96, 3, 3, 1, 1, 1, 1, 1, 1, 12},
};

static bool is_evenly_padded(const conv_shape *shape)
{
    return shape->top == shape->bottom && shape->left == shape->right;
}

void conv_check_groups(conv_kind kind)
{
    check_all(kind, grouped, sizeof grouped / sizeof *grouped, 700, false);
    for (size_t i = 0; i < sizeof grouped / sizeof *grouped; i++) {
        op_case t;
        begin(&t, kind, &grouped[i], 800 + i);
        t.in[0].values[t.in[0].count / 3] = NAN;
        if (is_evenly_padded(&grouped[i])) { /* on a GPU, zeros of the map may be multiplied, too */
            t.in[1].values[t.in[1].count / 2] = INFINITY;
        }
        op_case_check(&t);
        op_case_end(&t);
    }
}

void conv_check_networks(conv_kind kind)
{
    static const conv_shape shapes[] = {
        {2, 7, 7, 128, 256, 5, 5, 1, 1, 2, 2, 2, 2, 1},
        {3, 14, 14, 64, 128, 5, 5, 2, 2, 1, 1, 2, 2, 1},
        {5, 28, 28, 1, 64, 5, 5, 2, 2, 1, 1, 2, 2, 1},
        {2, 64, 64, 3, 16, 4, 4, 2, 2, 1, 1, 1, 1, 1},
        {2, 4, 4, 64, 100, 4, 4, 1, 1, 0, 0, 0, 0, 1},
        {19, 64, 64, 3, 6, 4, 4, 2, 2, 1, 1, 1, 1, 1},
    };
    check_all(kind, shapes, sizeof shapes / sizeof *shapes, 100, true);
}

static void check_mixed(conv_kind kind, const conv_shape *shape, const char *conv, uint64_t seed)
{
    for (unsigned types = 0; types < 8; types++) {
        op_case t;
        begin(&t, kind, shape, seed + types);
        t.conv = conv;
        op_operand *const operands[] = {&t.in[0], &t.in[1], &t.out[0]};
        for (int i = 0; i < 3; i++) {
            operands[i]->type = types >> i & 1u ? GAN_BF16 : GAN_F32;
            for (int64_t k = 0; k < operands[i]->count && types != 0; k++) {
                operands[i]->values[k] = op_bf16(operands[i]->values[k]);
            }
        }
        bool winograd = strcmp(conv, "winograd") == 0, dft = strcmp(conv, "dft") == 0;
        t.tolerance.spread += winograd ? winograd_spread : 0.0;
        if (types != 0) { /* a result in fp32 may have been bf16 in scratch */
            t.tolerance.relative += 0x1p-8;
            t.tolerance.spread += winograd ? winograd_bf16_spread : dft ? dft_spread : 0.0;
        }
        op_case_check_as_is(&t);
        op_case_end(&t);
    }
}

static bool is_cpu(void)
{
    return op_backend() == &gan_cpu_backend;
}

void conv_check_bf16(conv_kind kind)
{
    const size_t large = 3; /* more images than a block of conv_thin_dw.c has */
    static const conv_shape shapes[] = {
        {2, 7, 7, 32, 64, 5, 5, 1, 1, 2, 2, 2, 2, 1},
        {3, 14, 14, 16, 32, 5, 5, 2, 2, 1, 1, 2, 2, 1},
        {2, 9, 7, 5, 33, 3, 4, 2, 1, 1, 2, 0, 1, 1},
        {45, 28, 28, 1, 64, 5, 5, 2, 2, 1, 1, 2, 2, 1},
        {3, 13, 11, 3, 7, 4, 4, 1, 1, 0, 0, 0, 0, 1},
        {1, 4, 9, 5, 2, 3, 3, 2, 3, 0, 2, 0, 0, 1},
        {2, 10, 9, 5, 5, 1, 1, 1, 1, 0, 0, 0, 0, 1},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes && is_cpu(); i++) {
        op_case t;
        begin(&t, kind, &shapes[i], 300 + i);
        t.conv = "direct";
        op_case_check_half(&t, GAN_BF16);
        t.conv = "dft";
        t.more_in_bf16.spread = dft_spread;
        op_case_check_half(&t, GAN_BF16);
        t.conv = "winograd";
        t.more_in_bf16.spread = winograd_bf16_spread;
        op_case_check_half(&t, GAN_BF16);
        op_case_end(&t);
        if (i != large) {
            check_mixed(kind, &shapes[i], "direct", 400 + 10 * i);
            check_mixed(kind, &shapes[i], "dft", 500 + 10 * i);
            check_mixed(kind, &shapes[i], "winograd", 600 + 10 * i);
        }
    }
}

void conv_check_bf16_weights(conv_kind kind)
{
    static const conv_shape shape = {2, 7, 7, 32, 64, 5, 5, 1, 1, 2, 2, 2, 2, 1};
    op_case t;
    if (!is_cpu()) {
        return;
    }
    begin(&t, kind, &shape, 600);
    t.conv = "direct";
    t.in[0].type = t.out[0].type = GAN_BF16;
    for (int64_t k = 0; k < t.in[0].count; k++) {
        t.in[0].values[k] = op_bf16(t.in[0].values[k]);
    }
    t.tolerance.relative += 0x1p-8;
    t.tolerance.spread += weight_spread;
    op_case_check_as_is(&t);
    op_case_end(&t);
}

void conv_check_nan(conv_kind kind)
{
    static const conv_shape shapes[] = {
        {2, 9, 9, 5, 6, 3, 3, 1, 1, 1, 1, 1, 1, 1},
        {2, 14, 14, 16, 32, 5, 5, 2, 2, 1, 1, 2, 2, 1},
        {2, 28, 28, 1, 64, 5, 5, 2, 2, 1, 1, 2, 2, 1},
    };
    for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++) {
        op_case t;
        begin(&t, kind, &shapes[i], 200 + i);
        t.in[0].values[t.in[0].count / 3] = NAN;
        t.in[0].values[t.in[0].count - 1] = INFINITY;
        op_case_check(&t);
        t.in[0].values[t.in[0].count / 3] = 0.5;
        t.in[0].values[t.in[0].count - 1] = 0.5;
        t.in[1].values[t.in[1].count / 2] = NAN;
        op_case_check(&t);
        op_case_end(&t);
    }
}
