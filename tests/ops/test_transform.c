/* test_transform.c — convolution through each transform against sums in double, in every variant.
 *
 * Errors are RMS relative to the RMS of the whole result, as a transform spreads them over a map.
 * Seen over all cases below by a DFT: fp32 up to 5.1e-7 on every instruction set; bf16 tensors
 * 2.4e-3; bf16 products 3.5e-3, with AMX 2.4e-3; both 4.0e-3, with AMX 3.3e-3. By Winograd's
 * transform: fp32 2.2e-6; bf16 tensors 3.5e-3; bf16 products 4.2e-3; both 4.7e-3 (AMX
 * not seen). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/philox.h"
#include "ops/transform_case.h"

/* fp32: a few roundings of 6e-8 in each transform and a random walk of them in the sums. bf16: both
 * factors are rounded by 2^-9, 1.1e-3 RMS each, before complex products add such terms up; a result
 * written as bf16 is rounded once more, and added to where tiles overlap. */
static const double f32_tolerance = 1e-6;
static const double bf16_tolerance = 4e-3, bf16_tensor_tolerance = 2.5e-3,
                    all_bf16_tolerance = 4.5e-3;
/* Four real products for a complex one: no sums of rounded numbers that are rounded again. */
static const double amx_tolerance = 2.8e-3, all_amx_tolerance = 3.7e-3;

/* Winograd: by the amplification of its matrices, winograd_axis.h; bf16 is kept to those of 0, 1
 * and -1. */
static const double winograd_tolerance = 3e-6;
static const double winograd_bf16_tolerance = 5e-3, winograd_all_bf16_tolerance = 5.5e-3;
/* A dx that as many tiles add to as there are taps is rounded that often, along both axes. */
static const double winograd_bf16_tensor_tolerance = 4e-3;

static const gan_transform_isa isas[] = {GAN_TRANSFORM_PLAIN, GAN_TRANSFORM_AVX2,
                                         GAN_TRANSFORM_AVX512}; /* fp32 */
static const gan_transform_isa bf16_isas[] = {GAN_TRANSFORM_AVX512, GAN_TRANSFORM_AMX};
enum { N_ISAS = sizeof isas / sizeof *isas, N_BF16_ISAS = sizeof bf16_isas / sizeof *bf16_isas };

static const uint64_t seed = 20260;

/* Whether there is a plan for the transform at all; a DFT must have one. */
static bool has_plan(const gan_transform_geometry *g, gan_transform_options o)
{
    gan_transform_plan *plan;
    gan_error err = {0};
    gan_status status = gan_transform_plan_create(g, &o, &plan, &err);
    gan_transform_plan_destroy(plan);
    if (status != GAN_OK && o.transform == GAN_TRANSFORM_DFT) {
        fail_msg("%s", err.text);
    }
    return status == GAN_OK;
}

static int n_winograd; /* checks of Winograd's transform so far */

/* One geometry on every instruction set in fp32 by the transform of o, where it has a plan. */
static void check_isas_by(const gan_transform_geometry *g, gan_transform_options o, int64_t shift)
{
    const bool winograd = o.transform == GAN_TRANSFORM_WINOGRAD;
    transform_case c;
    fast_case_make(&c, g, GAN_TRANSFORM_F32, GAN_TRANSFORM_F32, seed);
    for (int i = 0; i < N_ISAS && has_plan(g, o); i++) {
        o.isa = isas[i];
        if (fast_isa_runs(o.isa, GAN_TRANSFORM_F32)) {
            fast_case_check(&c, &o, shift, winograd ? winograd_tolerance : f32_tolerance);
            n_winograd += winograd;
        }
    }
    fast_case_free(&c);
}

/* By both; other options are taken from o. */
static void check_isas(const gan_transform_geometry *g, gan_transform_options o, int64_t shift)
{
    check_isas_by(g, o, shift);
    o.transform = GAN_TRANSFORM_WINOGRAD;
    check_isas_by(g, o, shift);
}

/* 'same' padding as TensorFlow has it: with a stride of 2 and a kernel of 5, (1,2). */
static void pad_same(int64_t in, int64_t kernel, int64_t stride, int64_t *before, int64_t *after)
{
    int64_t out = (in + stride - 1) / stride, all = (out - 1) * stride + kernel - in;
    all = all < 0 ? 0 : all;
    *before = all / 2;
    *after = all - all / 2;
}

static gan_transform_geometry same_geometry(int64_t n, int64_t size, int64_t c, int64_t k,
                                            int64_t kernel, int64_t stride)
{
    gan_transform_geometry g = {n, size, size, c, k, kernel, kernel, stride, stride, 0, 0, 0, 0, 1};
    pad_same(size, kernel, stride, &g.pad_top, &g.pad_bottom);
    g.pad_left = g.pad_top;
    g.pad_right = g.pad_bottom;
    return g;
}

/* The convolutions of the tutorial network and of the DCGAN paper's, few images of each. */
static void test_networks(void **state)
{
    (void)state;
    const gan_transform_geometry geometries[] = {
        same_geometry(3, 7, 256, 128, 5, 1),
        same_geometry(3, 14, 64, 128, 5, 2),
        same_geometry(2, 28, 1, 64, 5, 2),
        {2, 8, 8, 64, 96, 4, 4, 2, 2, 1, 1, 1, 1, 1},
        {1, 32, 32, 16, 32, 4, 4, 2, 2, 1, 1, 1, 1, 1},
        {2, 4, 4, 64, 1, 4, 4, 1, 1, 0, 0, 0, 0, 1},
    };
    for (size_t i = 0; i < sizeof geometries / sizeof *geometries; i++) {
        check_isas(&geometries[i], (gan_transform_options){.threads = 2}, 0);
    }
}

/* Kernels 2..7 with every other height and width, both strides, paddings up to what still gives
 * outputs of padding alone, channels and images around the sizes of chunks and tiles. */
static void test_kernels(void **state)
{
    (void)state;
    const int64_t channels[] = {1, 3, 5, 32, 33, 16, 64}, images[] = {1, 2, 3, 7, 17};
    const int64_t sizes[] = {7, 9, 12, 8, 15, 10, 11, 16}, pads[] = {0, 1, 2, 0, 3, 1, 5};
    int i = 0;
    for (int64_t r = 2; r <= 7; r++) {
        for (int64_t s = 2; s <= 7; s++, i++) {
            gan_transform_geometry g = {images[i % 5],
                                        sizes[i % 8],
                                        sizes[(i + 3) % 8],
                                        channels[i % 7],
                                        channels[(i + i / 7 + 2) % 7],
                                        r,
                                        s,
                                        1 + i % 2,
                                        1 + i / 2 % 2,
                                        pads[i % 7],
                                        pads[(i + 2) % 7],
                                        pads[(i + 4) % 7],
                                        pads[(i + 5) % 7],
                                        1};
            check_isas(&g, (gan_transform_options){.threads = 1 + i % 3, .block_images = i % 4}, 0);
        }
    }
}

static void test_maps(void **state)
{
    (void)state;
    for (int64_t size = 1; size <= 40; size++) {
        gan_transform_geometry g = same_geometry(1, size, 3, 5, size % 2 ? 5 : 4, 1 + size / 2 % 2);
        check_isas(&g, (gan_transform_options){.threads = 2}, 0);
    }
}

/* Groups of every relation to blocks of 32 channels: parts of one, several that fill one, as many
 * filters as channels, more and fewer, and a last bundle that has less than the others. */
static const gan_transform_geometry grouped[] = {
    {3, 9, 8, 64, 64, 3, 3, 1, 1, 1, 1, 1, 1, 4},   {2, 7, 7, 48, 48, 3, 3, 1, 1, 1, 1, 1, 1, 3},
    {2, 8, 9, 6, 12, 3, 3, 1, 1, 1, 1, 1, 1, 3},    {2, 6, 6, 96, 32, 2, 3, 1, 1, 0, 1, 1, 1, 2},
    {2, 8, 8, 32, 160, 5, 5, 1, 1, 2, 2, 2, 2, 2},  {3, 5, 5, 33, 11, 3, 3, 1, 1, 2, 2, 2, 2, 11},
    {2, 10, 9, 40, 40, 3, 3, 1, 1, 1, 1, 1, 1, 5},  {9, 4, 4, 192, 192, 3, 3, 1, 1, 1, 1, 1, 1, 12},
    {2, 8, 8, 70, 105, 4, 3, 1, 1, 1, 1, 2, 1, 35}, {2, 6, 7, 64, 128, 3, 3, 1, 1, 1, 1, 1, 1, 2},
};
enum { N_GROUPED = sizeof grouped / sizeof *grouped };

static void test_groups(void **state)
{
    (void)state;
    for (int i = 0; i < N_GROUPED; i++) {
        const gan_transform_options o = {.threads = 1 + i % 3, .block_images = i % 2};
        check_isas(&grouped[i], o, 0);
    }
}

/* Every transform length on maps that need several tiles, with a remainder that no tap reaches. */
static void test_lengths(void **state)
{
    (void)state;
    for (int length = 2; length <= 16; length++) {
        const int64_t kernel = length < 7 ? length : 7, stride = 1 + length % 2;
        const int64_t low = kernel - length / 5 % 2, top = length % 3, left = length / 3 % 3;
        const gan_transform_geometry g = {2,      21,         19,  5,    6, kernel, low,
                                          stride, 3 - stride, top, left, 0, 1,      1};
        check_isas(&g, (gan_transform_options){.threads = 2, .length = length}, 0);
    }
}

/* Winograd's transform by every length that a number of taps allows, on maps of several tiles, with
 * phases of as many taps and of one less. */
static void test_winograd(void **state)
{
    (void)state;
    for (int64_t taps = 1; taps <= 5; taps++) {
        for (int length = 2; length <= 6; length++) {
            for (int64_t stride = 1; stride <= 2; stride++) {
                const int64_t odd = length % 2 && taps > 1 ? stride - 1 : 0;
                const int64_t kernel = taps * stride - odd;
                const gan_transform_geometry g = {3,      17,     15, 5, 18, kernel, kernel,
                                                  stride, stride, 1,  0, 0,  2,      1};
                const gan_transform_options o = {
                    .transform = GAN_TRANSFORM_WINOGRAD, .threads = 2, .length = length};
                const int before = n_winograd;
                assert_int_equal(has_plan(&g, o), length > taps);
                check_isas_by(&g, o, 0);
                assert_int_equal(n_winograd > before, length > taps);
            }
        }
    }
}

/* Sums longer than one block of products, results higher than one block of rows. */
static void test_deep(void **state)
{
    (void)state;
    const gan_transform_geometry geometries[] = {
        {300, 3, 3, 20, 40, 2, 2, 1, 1, 0, 0, 0, 0, 1},
        {2, 4, 4, 150, 290, 3, 3, 2, 2, 1, 1, 1, 1, 1},
        {2, 3, 3, 290, 20, 2, 3, 1, 1, 0, 1, 0, 1, 1},
    };
    for (size_t i = 0; i < sizeof geometries / sizeof *geometries; i++) {
        check_isas(&geometries[i], (gan_transform_options){.threads = 2, .block_images = 300}, 0);
    }
}

/* Results that are streamed past the caches, and results whose address does not allow it. */
static void test_streams(void **state)
{
    (void)state;
    const gan_transform_geometry geometries[] = {same_geometry(3, 7, 32, 48, 5, 1),
                                                 same_geometry(2, 14, 32, 16, 5, 2),
                                                 same_geometry(2, 20, 16, 33, 3, 1)};
    for (size_t i = 0; i < sizeof geometries / sizeof *geometries; i++) {
        for (int64_t shift = 0; shift <= 4; shift += 4) {
            check_isas(&geometries[i], (gan_transform_options){.threads = 2, .stream_bytes = 1},
                       shift);
        }
    }
}

/* A number of 0..n-1 for draw i of a case. */
static int64_t pick(uint64_t number, uint32_t i, int64_t n)
{
    gan_philox4 f = gan_philox(seed, 9, number, i);
    return (int64_t)(f.v[0] % (uint64_t)n);
}

static void test_random(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < 60; i++) {
        gan_transform_geometry g = {1 + pick(i, 0, 4),  7 + pick(i, 1, 12),
                                    7 + pick(i, 2, 12), 1 + pick(i, 3, 36),
                                    1 + pick(i, 4, 36), 2 + pick(i, 5, 6),
                                    2 + pick(i, 6, 6),  1 + pick(i, 7, 2),
                                    1 + pick(i, 8, 2),  pick(i, 9, 5),
                                    pick(i, 10, 5),     pick(i, 11, 5),
                                    pick(i, 12, 5),     1};
        gan_transform_options o = {.threads = 1 + (int)pick(i, 13, 3),
                                   .block_images = pick(i, 14, 4),
                                   .length = i % 2 ? 7 + (int)pick(i, 15, 10) : 0};
        check_isas(&g, o, 0);
    }
}

/* One geometry with bf16 products, bf16 tensors, and both. */
static void check_bf16(const gan_transform_geometry *g, gan_transform_options o, int64_t shift)
{
    const double tolerances[] = {bf16_tensor_tolerance, bf16_tolerance, all_bf16_tolerance};
    const double amx_tolerances[] = {0, amx_tolerance, all_amx_tolerance};
    const double winograd_tolerances[] = {winograd_bf16_tensor_tolerance, winograd_bf16_tolerance,
                                          winograd_all_bf16_tolerance};
    for (int types = 0; types < 3; types++) {
        gan_transform_type tensors = types == 1 ? GAN_TRANSFORM_F32 : GAN_TRANSFORM_BF16;
        transform_case c;
        o.products = types == 0 ? GAN_TRANSFORM_F32 : GAN_TRANSFORM_BF16;
        o.gradient = tensors;
        fast_case_make(&c, g, tensors, tensors, seed);
        for (int i = 0; i < (types == 0 ? N_ISAS : N_BF16_ISAS); i++) {
            o.isa = types == 0 ? isas[i] : bf16_isas[i];
            o.transform = GAN_TRANSFORM_DFT;
            if (!fast_isa_runs(o.isa, o.products) ||
                (g->groups > 1 && o.isa == GAN_TRANSFORM_AMX)) { /* tiles have no groups */
                continue;
            }
            fast_case_check(&c, &o, shift,
                            o.isa == GAN_TRANSFORM_AMX ? amx_tolerances[types] : tolerances[types]);
            o.transform = GAN_TRANSFORM_WINOGRAD;
            if (has_plan(g, o)) {
                fast_case_check(&c, &o, shift, winograd_tolerances[types]);
                n_winograd++;
            }
        }
        fast_case_free(&c);
    }
}

/* Edges of tiles, sums deeper than a packed block, more images than a thread takes at once, and
 * results streamed past the caches in whole lines, in parts of lines, and where they cannot be. */
static void test_bf16(void **state)
{
    (void)state;
    const gan_transform_geometry geometries[] = {
        same_geometry(3, 7, 96, 48, 5, 1),
        same_geometry(5, 14, 20, 33, 5, 2),
        {1, 16, 16, 3, 64, 4, 4, 2, 2, 1, 1, 1, 1, 1},
        {17, 6, 5, 33, 5, 3, 2, 1, 1, 1, 0, 1, 1, 1},
        same_geometry(1, 30, 5, 17, 7, 1),
        {2, 5, 5, 300, 301, 2, 2, 1, 1, 0, 0, 0, 0, 1},
        {70, 4, 5, 20, 35, 3, 3, 1, 1, 1, 1, 1, 0, 1},
        {600, 2, 2, 3, 40, 2, 2, 1, 1, 0, 1, 1, 0, 1},
        {2, 2, 2, 550, 20, 2, 2, 1, 1, 0, 0, 1, 1, 1},
        {33, 9, 9, 64, 32, 3, 3, 2, 2, 0, 0, 0, 0, 1},
    };
    for (size_t i = 0; i < sizeof geometries / sizeof *geometries; i++) {
        check_bf16(&geometries[i], (gan_transform_options){.threads = 2}, 0);
    }
    for (int i = 0; i < N_GROUPED; i++) {
        check_bf16(&grouped[i], (gan_transform_options){.threads = 2}, 0);
    }
    for (int64_t shift = 0; shift <= 4; shift += 4) {
        gan_transform_options o = {.threads = 2, .stream_bytes = 1};
        check_bf16(&geometries[0], o, shift);
        check_bf16(&geometries[9], o, shift);
    }
}

static void assert_same(const float *a, const float *b, int64_t n)
{
    assert_memory_equal(a, b, (size_t)n * sizeof *a);
}

/* The number of threads changes no bit, and neither does the block for y and dx. */
static void test_bits(void **state)
{
    (void)state;
    const gan_transform_geometry ordinary = {43, 9, 8, 10, 35, 5, 5, 2, 2, 1, 1, 2, 2, 1};
    const gan_transform_geometry many_groups = {43, 9, 8, 96, 48, 3, 3, 1, 1, 1, 1, 1, 1, 3};
    const int n = 2 * (N_BF16_ISAS + 1); /* fp32 and all bf16 products, by either transform */
    for (int k = 0; k < 2 * n; k++) {    /* without groups, with them */
        const int i = k % n / 2;
        const gan_transform_geometry g = k < n ? ordinary : many_groups;
        gan_transform_options o = {.isa = i < N_BF16_ISAS ? bf16_isas[i] : GAN_TRANSFORM_AUTO,
                                   .transform = k % 2 ? GAN_TRANSFORM_WINOGRAD : GAN_TRANSFORM_DFT,
                                   .threads = 1,
                                   .products =
                                       i < N_BF16_ISAS ? GAN_TRANSFORM_BF16 : GAN_TRANSFORM_F32};
        if (!fast_isa_runs(o.isa, o.products) || (g.groups > 1 && o.isa == GAN_TRANSFORM_AMX)) {
            continue;
        }
        transform_case c;
        fast_result first, other;
        fast_case_make(&c, &g, GAN_TRANSFORM_F32, GAN_TRANSFORM_F32, seed);
        fast_case_run(&c, &o, 0, &first);
        for (o.threads = 2; o.threads <= 4; o.threads++) {
            fast_case_run(&c, &o, 0, &other);
            assert_same(first.y, other.y, c.n_y);
            assert_same(first.dx, other.dx, c.n_x);
            assert_same(first.dw, other.dw, c.n_w);
            fast_result_free(&other);
        }
        o.block_images = 3;
        fast_case_run(&c, &o, 0, &other);
        assert_same(first.y, other.y, c.n_y);
        assert_same(first.dx, other.dx, c.n_x);
        fast_result_free(&other);
        fast_result_free(&first);
        fast_case_free(&c);
    }
}

static void *aligned(int64_t bytes)
{
    void *block;
    assert_int_equal(gan_aligned_alloc((size_t)bytes, &block, NULL), GAN_OK);
    memset(block, 0xff, (size_t)bytes);
    return block;
}

typedef struct kept_set {
    void *x, *dy, *w, *w_fwd;
} kept_set;

static kept_set keep_all(const gan_transform_plan *plan)
{
    return (kept_set){aligned(gan_transform_kept_bytes(plan, GAN_TRANSFORM_KEPT_X)),
                      aligned(gan_transform_kept_bytes(plan, GAN_TRANSFORM_KEPT_DY)),
                      aligned(gan_transform_kept_bytes(plan, GAN_TRANSFORM_KEPT_W)),
                      aligned(gan_transform_kept_bytes(plan, GAN_TRANSFORM_KEPT_W_FWD))};
}

/* Passes that share transforms, in one call or through kept ones, give the bits of single passes.
 */
static void check_sharing(const gan_transform_geometry *g, const gan_transform_options *o)
{
    transform_case c;
    fast_result want;
    gan_transform_plan *plan;
    fast_case_make(&c, g, GAN_TRANSFORM_F32, GAN_TRANSFORM_F32, seed);
    fast_case_run(&c, o, 0, &want);
    assert_int_equal(gan_transform_plan_create(g, o, &plan, NULL), GAN_OK);
    kept_set kept = keep_all(plan);
    float *y = aligned(c.n_y * 4), *dx = aligned(c.n_x * 4), *dw = aligned(c.n_w * 4);
    void *backward =
        aligned(gan_transform_scratch_bytes(plan, GAN_TRANSFORM_DGRAD | GAN_TRANSFORM_WGRAD));
    void *forward =
        aligned(gan_transform_scratch_bytes(plan, GAN_TRANSFORM_FWD | GAN_TRANSFORM_WGRAD));

    gan_transform_run(plan, &(gan_transform_call){.x = c.x,
                                                  .w = c.w,
                                                  .dy = c.dy,
                                                  .dx = dx,
                                                  .dw = dw,
                                                  .x_kept = kept.x,
                                                  .w_kept = kept.w,
                                                  .dy_kept = kept.dy,
                                                  .scratch = backward});
    assert_same(dx, want.dx, c.n_x);
    assert_same(dw, want.dw, c.n_w);
    memset(dw, 0xff, (size_t)c.n_w * 4);
    gan_transform_run(plan, &(gan_transform_call){.w = c.w,
                                                  .y = y,
                                                  .dw = dw,
                                                  .x_kept = kept.x,
                                                  .w_fwd_kept = kept.w_fwd,
                                                  .dy_kept = kept.dy,
                                                  .scratch = forward});
    assert_same(y, want.y, c.n_y);
    assert_same(dw, want.dw, c.n_w);
    memset(y, 0xff, (size_t)c.n_y * 4);
    memset(dx, 0xff, (size_t)c.n_x * 4);
    gan_transform_run(plan,
                      &(gan_transform_call){
                          .y = y, .x_kept = kept.x, .w_fwd_kept = kept.w_fwd, .scratch = forward});
    gan_transform_run(
        plan,
        &(gan_transform_call){.dx = dx, .dy_kept = kept.dy, .w_kept = kept.w, .scratch = backward});
    assert_same(y, want.y, c.n_y);
    assert_same(dx, want.dx, c.n_x);

    void *owned[] = {kept.x, kept.dy, kept.w, kept.w_fwd, y, dx, dw, backward, forward};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) {
        gan_aligned_free(owned[i]);
    }
    gan_transform_plan_destroy(plan);
    fast_result_free(&want);
    fast_case_free(&c);
}

static void test_sharing(void **state)
{
    (void)state;
    const gan_transform_geometry geometries[] = {same_geometry(5, 7, 40, 24, 5, 1),
                                                 {5, 19, 18, 6, 35, 4, 3, 2, 1, 1, 1, 2, 1, 1}};
    for (int k = 0; k < 2 * (N_BF16_ISAS + 1); k++) {
        const int i = k / 2;
        gan_transform_options o = {.isa = i < N_BF16_ISAS ? bf16_isas[i] : GAN_TRANSFORM_AUTO,
                                   .transform = k % 2 ? GAN_TRANSFORM_WINOGRAD : GAN_TRANSFORM_DFT,
                                   .threads = 2,
                                   .block_images = 2,
                                   .products =
                                       i < N_BF16_ISAS ? GAN_TRANSFORM_BF16 : GAN_TRANSFORM_F32};
        if (fast_isa_runs(o.isa, o.products)) {
            for (int j = k % 2 && o.products == GAN_TRANSFORM_BF16; j < 2; j++) { /* 5 taps: none */
                check_sharing(&geometries[j], &o);
            }
        }
    }
}

/* A NaN must reach every result of its map, or the step that made it would go unseen. */
static void test_nan(void **state)
{
    (void)state;
    const gan_transform_geometry g = same_geometry(2, 7, 3, 4, 5, 1);
    transform_case c;
    fast_result r;
    fast_case_make(&c, &g, GAN_TRANSFORM_F32, GAN_TRANSFORM_F32, seed);
    memset(&c.x[5], 0xff, sizeof c.x[5]);
    fast_case_run(&c, &(gan_transform_options){.threads = 1}, 0, &r);
    assert_true(r.y[0] != r.y[0]);
    assert_true(r.dw[2] != r.dw[2]);               /* the same channel */
    assert_true(r.y[c.n_y - 1] == r.y[c.n_y - 1]); /* the other image's */
    const double error = fast_relative_rms(r.y, c.y, c.n_y);
    assert_true(error != error);
    fast_result_free(&r);
    fast_case_free(&c);
}

static void refuse(gan_transform_geometry g, gan_transform_options o, gan_status want,
                   const char *word)
{
    gan_transform_plan *plan = (gan_transform_plan *)&plan;
    gan_error err = {0};
    assert_int_equal(gan_transform_plan_create(&g, &o, &plan, &err), want);
    assert_null(plan);
    assert_non_null(strstr(err.text, word));
}

static void test_refusals(void **state)
{
    (void)state;
    const gan_transform_geometry good = {2, 8, 8, 4, 4, 3, 3, 1, 1, 1, 1, 1, 1, 1};
    const gan_transform_options o = {.threads = 1};
    gan_transform_geometry g = good;
    g.stride_w = 3;
    refuse(g, o, GAN_E_UNSUPPORTED, "strides 1 and 2");
    g = good, g.groups = 2, g.stride_h = 2;
    refuse(g, o, GAN_E_UNSUPPORTED, "stride of 1");
    g = good, g.groups = 3;
    refuse(g, o, GAN_E_USAGE, "3 groups");
    g = good, g.n = 0;
    refuse(g, o, GAN_E_USAGE, "dimension of 0");
    g = good, g.pad_left = -1;
    refuse(g, o, GAN_E_USAGE, "padding of -1");
    g = good, g.r = 11;
    refuse(g, o, GAN_E_USAGE, "larger than its padded map");
    g = good, g.h = g.w = 40, g.r = g.s = 17;
    refuse(g, o, GAN_E_UNSUPPORTED, "17x17");
    g = good, g.n = g.k = INT32_MAX;
    refuse(g, o, GAN_E_UNSUPPORTED, "too large");
    g = good, g.h = 40000;
    refuse(g, o, GAN_E_UNSUPPORTED, "too large");
    g = good, g.n = (int64_t)INT32_MAX + 1;
    refuse(g, o, GAN_E_USAGE, "dimension of 2147483648");
    refuse(good, (gan_transform_options){.threads = 0}, GAN_E_USAGE, "0 threads");
    refuse(good, (gan_transform_options){.threads = 1, .length = 17}, GAN_E_USAGE, "length 17");
    refuse(good, (gan_transform_options){.threads = 1, .length = 2}, GAN_E_UNSUPPORTED, "3x3");
    refuse(good,
           (gan_transform_options){
               .threads = 1, .isa = GAN_TRANSFORM_AVX2, .products = GAN_TRANSFORM_BF16},
           GAN_E_UNSUPPORTED, "bf16 products");
    refuse(good, (gan_transform_options){.threads = 1, .isa = GAN_TRANSFORM_AMX}, GAN_E_UNSUPPORTED,
           "no fp32 products");
    g = good, g.r = 7;
    refuse(g, (gan_transform_options){.threads = 1, .transform = GAN_TRANSFORM_WINOGRAD},
           GAN_E_UNSUPPORTED, "7x3");
    refuse(good,
           (gan_transform_options){.threads = 1, .transform = GAN_TRANSFORM_WINOGRAD, .length = 7},
           GAN_E_UNSUPPORTED, "3x3");
    gan_transform_plan_destroy(NULL);
}

/* Counted by hand for the tutorial's 7x7 layer: 9 x 9 transforms, 1 + 3 x 40 products. */
static void test_cost(void **state)
{
    (void)state;
    const gan_transform_geometry g = same_geometry(256, 7, 256, 128, 5, 1);
    const gan_transform_options o = {.threads = 2, .length = 9};
    gan_transform_plan *plan;
    assert_int_equal(gan_transform_plan_create(&g, &o, &plan, NULL), GAN_OK);
    gan_transform_cost one = gan_transform_plan_cost(plan, GAN_TRANSFORM_FWD);
    gan_transform_cost two = gan_transform_plan_cost(plan, GAN_TRANSFORM_FWD | GAN_TRANSFORM_WGRAD);
    const double channels = 256.0 * 256.0 * 128.0;
    assert_true(one.products == 121 * channels);
    assert_true(one.direct == 29.0 * 29.0 * channels);
    assert_true(two.products == 2 * one.products && two.direct == 2 * one.direct);
    assert_true(two.transforms < 2 * one.transforms && two.bytes > one.bytes);
    assert_non_null(strstr(gan_transform_plan_text(plan), "9x9"));
    gan_transform_plan_destroy(plan);
}

/* For the DCGAN paper's second layer: tiles of 4x4 outputs by 5 x 5 products. */
static void test_winograd_cost(void **state)
{
    (void)state;
    const gan_transform_geometry g = {64, 32, 32, 64, 128, 4, 4, 2, 2, 1, 1, 1, 1, 1};
    const gan_transform_options o = {
        .transform = GAN_TRANSFORM_WINOGRAD, .threads = 2, .length = 5};
    gan_transform_plan *plan;
    assert_int_equal(gan_transform_plan_create(&g, &o, &plan, NULL), GAN_OK);
    const gan_transform_cost cost = gan_transform_plan_cost(plan, GAN_TRANSFORM_FWD);
    const double taps = 62.0, channels = 64.0 * 64.0 * 128.0; /* of 64 taps, 2 are on padding */
    assert_true(cost.products == 25.0 * 16 * 4 * channels);
    assert_true(cost.direct == taps * taps * channels);
    assert_non_null(strstr(gan_transform_plan_text(plan), "winograd 5x5"));
    gan_transform_plan_destroy(plan);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks), cmocka_unit_test(test_kernels),
        cmocka_unit_test(test_maps),     cmocka_unit_test(test_lengths),
        cmocka_unit_test(test_groups),   cmocka_unit_test(test_deep),
        cmocka_unit_test(test_streams),  cmocka_unit_test(test_random),
        cmocka_unit_test(test_bf16),     cmocka_unit_test(test_bits),
        cmocka_unit_test(test_sharing),  cmocka_unit_test(test_nan),
        cmocka_unit_test(test_refusals), cmocka_unit_test(test_cost),
        cmocka_unit_test(test_winograd), cmocka_unit_test(test_winograd_cost),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
