/* transform_plan.h — what a plan holds: the layout of both axes, of the planes and of the scratch.
 */
#ifndef GAN_TRANSFORM_PLAN_H
#define GAN_TRANSFORM_PLAN_H

#include "transform/kernels.h"
#include "transform/transform.h"

struct gan_transform_plan {
    gan_transform_geometry geometry;
    gan_transform_options options;
    const gan_transform_kernels *kernels;
    gan_transform_axis_geometry geometry_h, geometry_w;
    gan_transform_axis axis_h, axis_w;
    gan_dft_table table_h, table_w;
    gan_winograd_table winograd_h, winograd_w;
    gan_transform_side x, y;
    gan_transform_side w; /* output channels as rows, input channels as channels: for dx and dw */
    gan_transform_side w_fwd; /* all phases of input channels as rows, output channels as channels:
                               * for y, made from w turned to (C,R,S,K) */
    /* Channels of x that are multiplied by those of y: all, or, with groups, of one bundle. */
    int64_t bundles, bundle_c, bundle_k;
    int64_t n_planes, n_real; /* numbers of a spectrum; the first n_real stand alone */
    int64_t tiles;            /* of one image */
    int64_t block_images, n_blocks;
    /* Where threads work apart on y or dx: images of a block, blocks of channels of the result that
     * are made before they are transformed back. 0: all threads share the blocks above. */
    int64_t apart_images, apart_panel;
    bool by_tiles;                          /* of groups: group_tiles.h */
    bool stream_planes, stream_x, stream_y; /* too large to be found in a cache again */
    char text[96];
};

/* Byte offsets in scratch (w_turned, w_spread: fp32); -1 where the passes need no such part. dx may
 * lie where x did: its frequency f is written when x's frequency f has been used. Where threads
 * work apart, x, dy, y and dx are a panel of the first thread's, the others' follow `apart` bytes
 * later. */
typedef struct gan_transform_scratch {
    int64_t x, dy, w, w_fwd, w_turned, w_spread, y, dx, dw, pack, apart, bytes;
} gan_transform_scratch;

static inline int64_t gan_transform_type_size(gan_transform_type type)
{
    return type == GAN_TRANSFORM_BF16 ? 2 : 4;
}

/* Channels that are multiplied by one another: all, or those of a bundle of groups. */
typedef struct gan_transform_bundle {
    int64_t first_c, n_c, c_block, c_blocks; /* of x: channels, and their blocks */
    int64_t first_k, n_k, k_block, k_blocks; /* of y */
} gan_transform_bundle;

gan_transform_bundle gan_transform_bundle_at(const gan_transform_plan *plan, int64_t i);

/* Weights between a tensor and their bundles, for one output or input channel (groups.c): of filter
 * k of w (K, taps, C/G), into fp32 (K, taps, bundle_c) with zeros in other groups' channels; of all
 * filters' channel c, into fp32 (C, taps, bundle_k) likewise; of gradient k in bundles, its own
 * group's into dw (K, taps, C/G). */
void gan_transform_group_spread(const gan_transform_plan *plan, const void *w, int64_t k,
                                float *spread);
void gan_transform_group_turn(const gan_transform_plan *plan, const void *w, int64_t c,
                              float *turned);
void gan_transform_group_collect(const gan_transform_plan *plan, const float *spread, int64_t k,
                                 void *dw);

/* Channels of all phases, each filled up to whole chunks: 16 times what is transformed. */
int64_t gan_transform_side_channels(const gan_transform_side *side);

/* Rows of a side's planes, for the whole batch. */
int64_t gan_transform_side_rows(const gan_transform_plan *plan, const gan_transform_side *side);

/* Rows of planes that hold at least `rows`: what the kernels' row_unit makes of them. */
int64_t gan_transform_plane_rows(const gan_transform_plan *plan, int64_t rows);

/* Elements from plane to plane for planes of so many rows and blocks, and bytes of all planes. */
int64_t gan_transform_plane_stride(int64_t blocks, int64_t rows);
int64_t gan_transform_planes_bytes(const gan_transform_plan *plan, int64_t blocks, int64_t rows,
                                   gan_transform_type type);

/* Bytes of a side's tensor in fp32. */
int64_t gan_transform_tensor_bytes(const gan_transform_side *side);

/* apart: for threads that work apart, which FWD alone and DGRAD alone allow. */
gan_transform_scratch gan_transform_scratch_layout(const gan_transform_plan *plan, unsigned passes,
                                                   bool apart);

/* Bytes of one block of images of x's (or y's) planes as the products read them. */
int64_t gan_transform_block_bytes(const gan_transform_plan *plan, const gan_transform_side *side);

#endif
