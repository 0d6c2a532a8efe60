/* geometry.c — from kernel, stride and padding to the geometry of a convolution.
 *
 * Height and width are the same sum twice, so it is done on one axis. Whatever the padding is
 * called, small = floor((large + before + after - kernel) / stride) + 1 holds in the end, large
 * being the axis that the ordinary convolution reads and small the one that it writes. */
#include "net/geometry.h"

#include <inttypes.h>

typedef struct axis {
    const char *name;
    int64_t large, small;
    int64_t kernel, stride;
    gan_padding_kind padding;
    int64_t before, after; /* given for GAN_PADDING_SIZES, found for the others */
    int64_t output_padding;
} axis;

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void pad_to_same(axis *a)
{
    int64_t total = larger((a->small - 1) * a->stride + a->kernel - a->large, 0);
    a->before = total / 2;
    a->after = total - a->before;
}

static gan_status check_padding(const axis *a, gan_error *err)
{
    int64_t most = larger(a->before, a->after);
    if (a->padding == GAN_PADDING_SIZES && most >= a->kernel) {
        return gan_fail(err, GAN_E_DATA,
                        "padding %" PRId64 " of the %s is not smaller than the kernel, %" PRId64,
                        most, a->name, a->kernel);
    }
    return GAN_OK;
}

static gan_status solve_conv(axis *a, gan_error *err)
{
    GAN_TRY(check_padding(a, err));
    if (a->padding == GAN_PADDING_SAME) {
        a->small = (a->large + a->stride - 1) / a->stride;
        pad_to_same(a);
        return GAN_OK;
    }
    int64_t room = a->large + a->before + a->after;
    if (a->kernel > room) {
        return gan_fail(err, GAN_E_DATA,
                        "kernel %s %" PRId64 " is larger than the padded input, %" PRId64
                        " + %" PRId64 " + %" PRId64 ": use a smaller kernel or more padding",
                        a->name, a->kernel, a->large, a->before, a->after);
    }
    a->small = (room - a->kernel) / a->stride + 1;
    return GAN_OK;
}

static gan_status solve_transposed_sizes(axis *a, gan_error *err)
{
    if (a->output_padding >= a->stride) {
        return gan_fail(err, GAN_E_DATA,
                        "output_padding %" PRId64 " of the %s is not smaller than the stride, "
                        "%" PRId64,
                        a->output_padding, a->name, a->stride);
    }
    a->large = (a->small - 1) * a->stride - a->before - a->after + a->kernel + a->output_padding;
    if (a->large <= 0) {
        return gan_fail(err, GAN_E_DATA,
                        "output %s is (%" PRId64 " - 1) * %" PRId64 " - %" PRId64 " - %" PRId64
                        " + %" PRId64 " + %" PRId64 " = %" PRId64
                        ", not positive: use less padding or a larger kernel",
                        a->name, a->small, a->stride, a->before, a->after, a->kernel,
                        a->output_padding, a->large);
    }
    return GAN_OK;
}

static gan_status solve_transposed(axis *a, gan_error *err)
{
    GAN_TRY(check_padding(a, err));
    if (a->padding == GAN_PADDING_SAME) {
        a->large = a->small * a->stride;
        pad_to_same(a);
    } else if (a->padding == GAN_PADDING_VALID) {
        a->large = (a->small - 1) * a->stride + larger(a->kernel, a->stride);
    } else {
        GAN_TRY(solve_transposed_sizes(a, err));
    }
    if (a->large > GAN_NET_MAX_SIZE) {
        return gan_fail(err, GAN_E_DATA, "output %s %" PRId64 " is larger than %d", a->name,
                        a->large, GAN_NET_MAX_SIZE);
    }
    return GAN_OK;
}

static axis axis_of_height(const gan_conv_spec *spec)
{
    const gan_padding *p = &spec->padding;
    bool sizes = p->kind == GAN_PADDING_SIZES;
    return (axis){.name = "height",
                  .kernel = spec->kernel_h,
                  .stride = spec->stride_h,
                  .padding = p->kind,
                  .before = sizes ? p->top : 0,
                  .after = sizes ? p->bottom : 0,
                  .output_padding = spec->output_padding_h};
}

static axis axis_of_width(const gan_conv_spec *spec)
{
    const gan_padding *p = &spec->padding;
    bool sizes = p->kind == GAN_PADDING_SIZES;
    return (axis){.name = "width",
                  .kernel = spec->kernel_w,
                  .stride = spec->stride_w,
                  .padding = p->kind,
                  .before = sizes ? p->left : 0,
                  .after = sizes ? p->right : 0,
                  .output_padding = spec->output_padding_w};
}

/* The number of groups, which divides both sides' channels. */
static gan_status solve_groups(const gan_conv_spec *spec, int64_t in, int64_t *groups,
                               gan_error *err)
{
    *groups = spec->groups == GAN_DEPTHWISE ? in : spec->groups;
    if (in % *groups == 0 && spec->channels % *groups == 0) {
        return GAN_OK;
    }
    if (spec->groups == GAN_DEPTHWISE) {
        return gan_fail(err, GAN_E_DATA,
                        "depthwise, %" PRId64 " channels of the input give so many, or a multiple "
                        "of that, and not %" PRId64,
                        in, spec->channels);
    }
    const bool input = in % *groups != 0;
    return gan_fail(err, GAN_E_DATA,
                    "the %s's %" PRId64 " channels do not make %" PRId64
                    " groups: give a number that divides %" PRId64 " and %" PRId64,
                    input ? "input" : "output", input ? in : spec->channels, *groups, in,
                    spec->channels);
}

static gan_conv_geometry join(const axis *y, const axis *x, int64_t c, int64_t k, int64_t groups)
{
    return (gan_conv_geometry){
        .h = y->large,
        .w = x->large,
        .c = c,
        .p = y->small,
        .q = x->small,
        .k = k,
        .r = y->kernel,
        .s = x->kernel,
        .stride_h = y->stride,
        .stride_w = x->stride,
        .pad_top = y->before,
        .pad_left = x->before,
        .pad_bottom = y->after,
        .pad_right = x->after,
        .groups = groups,
    };
}

gan_status gan_conv_geometry_make(gan_dims3 in, const gan_conv_spec *spec, gan_conv_geometry *out,
                                  gan_error *err)
{
    axis y = axis_of_height(spec), x = axis_of_width(spec);
    y.large = in.h;
    x.large = in.w;
    int64_t groups = 1;
    GAN_TRY(solve_conv(&y, err));
    GAN_TRY(solve_conv(&x, err));
    GAN_TRY(solve_groups(spec, in.c, &groups, err));
    *out = join(&y, &x, in.c, spec->channels, groups);
    return GAN_OK;
}

gan_status gan_conv_geometry_make_transposed(gan_dims3 in, const gan_conv_spec *spec,
                                             gan_conv_geometry *out, gan_error *err)
{
    axis y = axis_of_height(spec), x = axis_of_width(spec);
    y.small = in.h;
    x.small = in.w;
    int64_t groups = 1;
    GAN_TRY(solve_transposed(&y, err));
    GAN_TRY(solve_transposed(&x, err));
    GAN_TRY(solve_groups(spec, in.c, &groups, err));
    *out = join(&y, &x, spec->channels, in.c, groups);
    return GAN_OK;
}
