/* transform.h — convolution through a transform: fewer multiplications.
 *
 * A tile of each map is transformed, channels are contracted number by number, and the result is
 * transformed back. The discrete Fourier transform (overlap-save: Oppenheim and Schafer,
 * "Discrete-Time Signal Processing") has long tiles and complex numbers, three real products each
 * (Gauss); Winograd's (winograd_axis.h) has short tiles and real numbers. Where maps are small and
 * kernels long the one needs fewer products, where kernels are short the other.
 *
 * With V = T(w), X = T(x) and E = T(dy): y = X V', dx = E V, dw = E' X before they are transformed
 * back, so passes that meet share transforms; a DFT has dy, dx and dw mirrored there. Strides are
 * taken apart into phases: a stride of 2 is 4 ordinary convolutions on maps of half the size,
 * stacked as channels.
 *
 * An ordinary convolution is meant throughout: a transposed one runs forward as `dx` of the
 * convolution that it transposes, and backward as that convolution's `y` and `dw`.
 *
 * Groups are multiplied in bundles: as many of them as fill a block of 32 channels on both sides,
 * their filters spread out with zeros in between.
 *
 * The error is spread over a tile: it is relative to the tile's RMS, not to the single value, and a
 * NaN or an infinity anywhere in a map makes its whole tile NaN, in all groups of its bundle. What
 * no product reaches is set to 0 afterwards (exact_zero.h). */
#ifndef GAN_TRANSFORM_TRANSFORM_H
#define GAN_TRANSFORM_TRANSFORM_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* x (N,H,W,C), w (K,R,S,C/G), y (N,P,Q,K), dense, with P = (H + pad_top + pad_bottom - R) /
 * stride_h + 1 rounded down, Q likewise. y[n,p,q,k] = sum over r,s,c of x[n, p stride_h + r -
 * pad_top, q stride_w + s - pad_left, c] w[k,r,s,c], where x is zero outside and c runs over the
 * channels of k's group: of G groups, the first has the first C/G and K/G channels. */
typedef struct gan_transform_geometry {
    int64_t n, h, w, c, k, r, s;
    int64_t stride_h, stride_w; /* 1 or 2; 1 with groups */
    int64_t pad_top, pad_left, pad_bottom, pad_right;
    int64_t groups; /* G; divides c and k. 0: 1 */
} gan_transform_geometry;

/* Instruction sets, from the most general to the fastest. PLAIN runs anywhere. */
typedef enum gan_transform_isa {
    GAN_TRANSFORM_AUTO, /* the fastest one that this processor has */
    GAN_TRANSFORM_PLAIN,
    GAN_TRANSFORM_AVX2,
    GAN_TRANSFORM_AVX512,
    GAN_TRANSFORM_AMX /* AVX-512 with AMX tiles; bf16 products only */
} gan_transform_isa;

typedef enum gan_transform_kind { GAN_TRANSFORM_DFT, GAN_TRANSFORM_WINOGRAD } gan_transform_kind;

typedef enum gan_transform_type { GAN_TRANSFORM_F32, GAN_TRANSFORM_BF16 } gan_transform_type;

typedef struct gan_transform_options {
    gan_transform_isa isa;
    gan_transform_isa limit; /* AUTO chooses none that is faster; AUTO here: no limit */
    gan_transform_kind transform;
    int threads;                   /* at least 1; results do not depend on it */
    gan_transform_type products;   /* what is multiplied; sums are fp32. BF16 needs AVX512_BF16 */
    gan_transform_type activation; /* x, y, dx, dy */
    gan_transform_type weight;     /* w */
    gan_transform_type gradient;   /* dw */
    int64_t block_images;          /* images whose transforms exist at once; 0: chosen */
    int length;           /* of the transforms, 2..16 (Winograd's 2..6, bf16 2..4); 0: chosen */
    int64_t stream_bytes; /* larger tensors and blocks go past the caches; 0: 2 MiB */
} gan_transform_options;

/* What a call computes. Sets that make sense: one alone, DGRAD | WGRAD, FWD | WGRAD. */
enum { GAN_TRANSFORM_FWD = 1, GAN_TRANSFORM_DGRAD = 2, GAN_TRANSFORM_WGRAD = 4 };

/* Transforms that the caller keeps between calls: of x, of dy, of w as dx uses it, of w as y does.
 */
typedef enum gan_transform_kept {
    GAN_TRANSFORM_KEPT_X,
    GAN_TRANSFORM_KEPT_DY,
    GAN_TRANSFORM_KEPT_W,
    GAN_TRANSFORM_KEPT_W_FWD
} gan_transform_kept;

typedef struct gan_transform_cost {
    double products;   /* multiply-adds of the products, padded channels and rows included */
    double transforms; /* multiply-adds of the transforms */
    double direct;     /* multiply-adds of direct convolution, taps on padding left out */
    double bytes;      /* read and written: tensors once, transforms each time they are touched */
    double cycles, direct_cycles; /* of one core with AVX-512, by a rough rule from the above: the
                                   * one over the other says which is likely to be faster */
} gan_transform_cost;

typedef struct gan_transform_plan gan_transform_plan;

/* The tensors of one call. What is NULL is not wanted. All others are dense arrays of the type that
 * the options say, apart from each other. */
typedef struct gan_transform_call {
    const void *x, *w, *dy; /* read */
    void *y, *dx, *dw;      /* overwritten */
    void *x_kept, *dy_kept; /* gan_transform_kept_bytes each, 64-byte aligned; see below */
    void *w_kept, *w_fwd_kept;
    /* N bytes, overwritten, or NULL: image n of x, or of dy, has a place where the first channels,
     * or those of some group, are all 0; a group of no multiple of 16 is taken to have one. Told
     * while it is transformed: not of one that is read from where it was kept. */
    unsigned char *x_zero, *dy_zero;
    void *scratch; /* gan_transform_scratch_bytes, 64-byte aligned; overwritten */
} gan_transform_call;

/* Makes *plan, owned by the caller. GAN_E_UNSUPPORTED with the reason when the geometry, the
 * instruction set or the types cannot be had here; GAN_E_USAGE for an impossible geometry. *plan is
 * NULL after a failure. */
gan_status gan_transform_plan_create(const gan_transform_geometry *geometry,
                                     const gan_transform_options *options,
                                     gan_transform_plan **plan, gan_error *err);
void gan_transform_plan_destroy(gan_transform_plan *plan); /* NULL is fine */

/* Bytes of scratch for a call that computes `passes` (a set of GAN_TRANSFORM_FWD, ...). */
int64_t gan_transform_scratch_bytes(const gan_transform_plan *plan, unsigned passes);

/* Bytes of a transform that the caller keeps. */
int64_t gan_transform_kept_bytes(const gan_transform_plan *plan, gan_transform_kept kept);

/* What a call for `passes` costs, from the plan alone. */
gan_transform_cost gan_transform_plan_cost(const gan_transform_plan *plan, unsigned passes);

/* Whether calls for y or dx alone give each thread images of its own, which calls for more do not.
 */
bool gan_transform_plan_runs_apart(const gan_transform_plan *plan);

/* "9x9 avx512 fp32, 1x1 tiles, 2 blocks of 128 images", for listings. Lives as long as the plan. */
const char *gan_transform_plan_text(const gan_transform_plan *plan);

/* Computes what call's y, dx and dw ask for: y from x and w, dx from dy and w, dw from x and dy.
 * Where x_kept, dy_kept, w_kept (for dx) or w_fwd_kept (for y) is set, the transform of that tensor
 * is read from there if the tensor itself is NULL, and left there for later calls otherwise; with
 * groups nothing can be kept. One
 * plan may run in several threads at once with different scratch. Allocates nothing. The same bits
 * for any number of threads; instruction sets differ by rounding. */
void gan_transform_run(const gan_transform_plan *plan, const gan_transform_call *call);

#endif
