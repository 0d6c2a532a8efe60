/* kernels.h — what a convolution through a transform needs done fast, once per instruction
 * set.
 *
 * Planes hold a transform: one plane per real number that a tile becomes, length_h x length_w of
 * them. Winograd's are real; of a DFT, first the frequencies that are, then for each other one its
 * real and its imaginary part. A plane is a matrix of rows (image and tile, or output channel) by
 * channels (all phases of a stride one after another, 16 at a time), in blocks of 32 channels:
 * element (row, channel) lies at [channel / 32][row][channel % 32] or, where rows are paired, at
 * [channel / 16][row / 2][channel % 16][row % 2]. Kernels that pair rows write results to
 * [channel / 16][row][channel % 16]. */
#ifndef GAN_TRANSFORM_KERNELS_H
#define GAN_TRANSFORM_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transform/dft_axis.h"
#include "transform/transform.h"
#include "transform/winograd_axis.h"

enum {
    GAN_TRANSFORM_CHUNK = 16,       /* channels that are transformed together */
    GAN_TRANSFORM_BLOCK = 32,       /* channels of a block of a plane */
    GAN_TRANSFORM_DEPTH = 256,      /* products of a sum that are added in one go */
    GAN_TRANSFORM_HEIGHT = 256,     /* rows of a result that share a packed operand */
    GAN_TRANSFORM_GROUP_TILES = 8,  /* tiles of a group that go through together */
    GAN_TRANSFORM_GROUP_LENGTH = 6, /* numbers of such a tile along an axis, for 3 taps */
    GAN_TRANSFORM_GROUP_SQUARE = GAN_TRANSFORM_CHUNK * GAN_TRANSFORM_CHUNK,
    GAN_TRANSFORM_PACK_LEFT =
        2 * GAN_TRANSFORM_DEPTH * GAN_TRANSFORM_HEIGHT, /* floats of packed operands */
    GAN_TRANSFORM_PACK_RIGHT = 2 * GAN_TRANSFORM_DEPTH * GAN_TRANSFORM_BLOCK,
    GAN_TRANSFORM_PACK_FLOATS = GAN_TRANSFORM_PACK_LEFT + GAN_TRANSFORM_PACK_RIGHT +
                                GAN_TRANSFORM_HEIGHT * GAN_TRANSFORM_BLOCK
};

/* A dense tensor as transforms see it: images of height x width x channels. x and y are that; w is
 * it with output channels for images (to make dx, and dw), or with input channels for images and
 * output channels for channels (to make y). A DFT reads samples mirrored forward where
 * `mirror` says so, and writes them mirrored backward where it does not. */
typedef struct gan_transform_side {
    int64_t images, height, width, channels;
    int64_t image_rows, tile_rows; /* rows of a plane from image to image, tile to tile */
    int phases_h, phases_w, tiles_h, tiles_w;
    int length_h, length_w, slots_h, slots_w;
    const gan_transform_map *map_h, *map_w; /* [tile][phase] */
    const int32_t *covered_h, *covered_w;   /* [phase]; NULL: every sample is in a tile */
    const gan_dft_table *table_h, *table_w;
    const gan_winograd_matrix *winograd_h, *winograd_w; /* instead of the tables, or NULL */
    int64_t phase_chunks;                               /* chunks of one phase */
    int64_t zero_chunks; /* the first of so many is looked at for places that are 0 */
    int64_t blocks;      /* blocks of a plane; 2 chunks each */
    bool mirror;
} gan_transform_side;

typedef struct gan_transform_planes {
    void *base;
    int64_t stride; /* elements from plane to plane */
    int64_t rows;
    bool paired;
} gan_transform_planes;

/* The transform of `images` images from first_image on of a tensor into rows 0, ... of planes, or
 * back. Forward, a piece is one chunk of one row or, with kernels that have pairs, of two rows, or
 * two chunks of one row: rows in turn, of each all chunks of the job's blocks; rows past the images
 * are zero. Back,
 * piece i is chunk i % (2 blocks) of image i / (2 blocks), all tiles of it. Planes hold `blocks`
 * blocks of channels, the first of which is the side's first_block. */
typedef struct gan_transform_job {
    const gan_transform_side *side;
    gan_transform_type type; /* of the tensor */
    int64_t first_image, images;
    int64_t first_block, blocks;
    gan_transform_planes planes;
    bool stream; /* write past the caches where that can be done */
    /* Forward: set to 1 for an image with a place where the first vector of a chunk that is looked
     * at is all 0; by its number in the tensor. NULL: not wanted. */
    unsigned char *zero;
} gan_transform_job;

/* w (K, taps, C) into out (C, taps, K), in squares of one tap, 16 output and 16 input channels:
 * those of output channels in turn, of input channels, of taps. */
typedef struct gan_transform_turn {
    const void *w;
    gan_transform_type type; /* of w */
    float *out;
    int64_t k, taps, c;
} gan_transform_turn;

/* c = a b or, transposed, a^T b, per frequency. */
typedef struct gan_transform_product {
    bool transposed;
    gan_transform_planes a, b, c;
    int64_t m, n, k; /* c: m rows, n channels; k products are added */
    bool accumulate; /* add to c instead of overwriting it */
} gan_transform_product;

/* A tensor whose tiles a group's kernels read or write: tile (i, j) begins at row 4 i - pad_top. */
typedef struct gan_transform_group_map {
    int64_t height, width, channels, pad_top, pad_left;
} gan_transform_group_map;

/* Groups of whole chunks, tile by tile (group_body.h). For maps: result from tensor and weights,
 * [group][result chunk][input chunk][36][16 inputs][16 results]. For sums: of tensor and gradient;
 * `out` is then the gradient's map. */
typedef struct gan_transform_group_job {
    gan_transform_group_map in, out;
    gan_transform_type type;                                 /* of the tensors */
    int64_t tiles_h, tiles_w, groups, in_chunks, out_chunks; /* chunks of a group */
    const gan_winograd_matrix *x, *y;
    const void *tensor, *gradient;
    void *result;
    const float *weights;
    unsigned char *zero; /* as gan_transform_job's, of each group's first vector */
} gan_transform_group_job;

typedef struct gan_transform_kernels {
    const char *name;
    gan_transform_type
        products; /* type of the planes of x, w and dy; those of y, dx, dw are fp32 */
    bool pairs;   /* rows of w, x and dy are paired; where threads work apart, of w only */
    int row_unit; /* planes have a multiple of as many rows */
    /* Products by tiles, so fast that memory is what counts: y and dx are fastest when each thread
     * has blocks of images of its own, in its own cache; dw when the blocks are large. */
    bool tiles;
    /* Pieces [begin, end). Different pieces touch different memory. */
    void (*forward)(const gan_transform_job *job, const void *tensor, int64_t begin, int64_t end);
    void (*backward)(const gan_transform_job *job, void *tensor, int64_t begin, int64_t end);
    void (*turn)(const gan_transform_turn *job, int64_t begin, int64_t end);
    /* One frequency: plane, or planes plane and plane + 1. next_plane: the one that this thread is
     * likely to ask for next, to be fetched meanwhile; -1: none. pack: GAN_TRANSFORM_PACK_FLOATS
     * floats.
     */
    void (*multiply)(const gan_transform_product *product, int64_t plane, bool is_complex,
                     int64_t next_plane, float *pack);
    /* Tiles [begin, end) of all images' to the result, and one group's sums over them, [input
     * chunk][result chunk][36][16 inputs][16 results]. room: 36 * 8 * 16 floats for each chunk of a
     * group on either side. NULL where products are not of fp32. */
    void (*group_maps)(const gan_transform_group_job *job, int64_t begin, int64_t end, float *room);
    void (*group_sums)(const gan_transform_group_job *job, int64_t group, int64_t begin,
                       int64_t end, float *room, float *sums);
} gan_transform_kernels;

/* NULL where the compiler's target has no such instructions. */
const gan_transform_kernels *gan_transform_kernels_plain(void);
const gan_transform_kernels *gan_transform_kernels_avx2(void);
const gan_transform_kernels *gan_transform_kernels_avx512(void);
const gan_transform_kernels *gan_transform_kernels_avx512bf16(void);
const gan_transform_kernels *gan_transform_kernels_amx(void);

/* The kernels for the options' instruction set (AUTO: the fastest up to their limit) and type of
 * products; GAN_E_UNSUPPORTED, and what would do, when this processor has none. */
gan_status gan_transform_kernels_choose(const gan_transform_options *options,
                                        const gan_transform_kernels **kernels, gan_error *err);

#endif
