/* tiling.h — how a (rows, channels) matrix is cut for sums over its rows.
 *
 * Columns of packs side by side make a tile, some rows of a tile make a slice, and a block works on
 * one slice of one tile at a time: thread (tx, ty) goes down pack column tx from row ty in steps of
 * the block's height. Each slice leaves a partial result per channel in scratch, and those are
 * combined in order. The cut depends on the sizes alone, not on the device, so sums do too. */
#ifndef GAN_KERNELS_TILING_H
#define GAN_KERNELS_TILING_H

#include "kernels/pack.h"

enum {
    GAN_TILE_MAX_COLUMNS = 32, /* packs: 512 bytes of a row */
    GAN_TILE_ITEMS = 512,      /* slices of all tiles together, about */
    GAN_TILE_MIN_STEPS = 4     /* rows that a thread has to itself before rows are sliced further */
};

typedef struct gan_tiling {
    int64_t rows, channels;
    int64_t tiles, slices, slice_rows;
    int width, height; /* of a block in pack columns and rows: width * height == GAN_THREADS */
    bool wide;         /* packs lie at 16-byte addresses */
} gan_tiling;

static inline gan_tiling gan_tile(int64_t rows, int64_t channels, int pack)
{
    gan_tiling t = {rows, channels, 0, 0, 0, 1, 0, false};
    const int64_t columns = (channels + pack - 1) / pack;
    while (t.width < columns && t.width < GAN_TILE_MAX_COLUMNS) {
        t.width *= 2;
    }
    t.height = GAN_THREADS / t.width;
    t.tiles = (columns + t.width - 1) / t.width;
    const int64_t most = t.tiles < GAN_TILE_ITEMS ? GAN_TILE_ITEMS / t.tiles : 1;
    const int64_t least_rows = (int64_t)t.height * GAN_TILE_MIN_STEPS;
    const int64_t useful = (rows + least_rows - 1) / least_rows;
    t.slices = useful < 1 ? 1 : useful < most ? useful : most;
    t.slice_rows = (rows + t.slices - 1) / t.slices;
    t.slices = t.slice_rows > 0 ? (rows + t.slice_rows - 1) / t.slice_rows : 1;
    return t;
}

/* What one thread does for one slice of one tile. */
typedef struct gan_slice {
    int64_t slice, first_row, end_row; /* this thread's rows: first_row, + height, ... < end_row */
    int64_t channel; /* first of this thread's pack; at or beyond channels: none */
} gan_slice;

GAN_DEVICE gan_slice gan_take_slice(const gan_tiling *t, int64_t item, int pack)
{
    const int tx = (int)threadIdx.x % t->width, ty = (int)threadIdx.x / t->width;
    const int64_t tile = item % t->tiles, slice = item / t->tiles;
    const int64_t first = slice * t->slice_rows, end = first + t->slice_rows;
    gan_slice s = {slice, first + ty, end < t->rows ? end : t->rows, (tile * t->width + tx) * pack};
    return s;
}

/* Bytes of `sums` doubles per slice and channel, laid out [which][slice][channel]. */
static inline int64_t gan_tile_scratch(const gan_tiling *t, int sums)
{
    return (int64_t)sizeof(double) * sums * t->slices * t->channels;
}

/* What a pack of channels of type T takes of a vector over the channels; 0 where there is none. */
template <typename T>
GAN_DEVICE void gan_load_vector(const float *p, int64_t channel, int64_t channels, float *out)
{
    GAN_UNROLL
    for (int k = 0; k < GAN_PACK(T); k++) {
        out[k] = channel + k < channels ? p[channel + k] : 0.0f;
    }
}

/* The sums that row 0 of a block has of a slice, to their place. */
template <typename T>
GAN_DEVICE void gan_leave_slice(const gan_tiling *t, const gan_slice *s, const float *sum,
                                double *out)
{
    GAN_UNROLL
    for (int k = 0; k < GAN_PACK(T); k++) {
        if (s->channel + k < t->channels) {
            out[s->slice * t->channels + s->channel + k] = (double)sum[k];
        }
    }
}

/* Adds the block's rows of each pack column, v of thread (tx, ty): sums in row 0's v. shared: pack
 * x GAN_THREADS floats. All threads of the block must call. */
GAN_DEVICE void gan_sum_rows(const gan_tiling *t, int pack, float *v, float *shared)
{
    const int ty = (int)threadIdx.x / t->width;
    GAN_UNROLL
    for (int k = 0; k < pack; k++) {
        shared[k * GAN_THREADS + (int)threadIdx.x] = v[k];
    }
    for (int reach = t->height / 2; reach > 0; reach /= 2) {
        __syncthreads();
        if (ty < reach) {
            GAN_UNROLL
            for (int k = 0; k < pack; k++) {
                const int at = k * GAN_THREADS + (int)threadIdx.x;
                v[k] += shared[at + reach * t->width];
                shared[at] = v[k];
            }
        }
    }
    __syncthreads(); /* shared may be used again */
}

/* Combining: a block takes GAN_COMBINE_WIDTH channels, its other threads take turns on the slices.
 */
enum { GAN_COMBINE_WIDTH = 8, GAN_COMBINE_HEIGHT = GAN_THREADS / GAN_COMBINE_WIDTH };

/* The sum over slices of one number per channel, for channel c of this thread (the same in every
 * row of the block): right in row 0, the first GAN_COMBINE_WIDTH threads. shared: GAN_THREADS
 * doubles. All threads of the block must call. */
GAN_DEVICE double gan_combine_sum(const double *partial, int64_t slices, int64_t channels,
                                  int64_t c, double *shared)
{
    const int row = (int)threadIdx.x / GAN_COMBINE_WIDTH;
    double sum = 0.0;
    if (c < channels) {
        for (int64_t s = row; s < slices; s += GAN_COMBINE_HEIGHT) {
            sum += partial[s * channels + c];
        }
    }
    __syncthreads(); /* the last use of shared is over */
    shared[threadIdx.x] = sum;
    for (int reach = GAN_COMBINE_HEIGHT / 2; reach > 0; reach /= 2) {
        __syncthreads();
        if (row < reach) {
            shared[threadIdx.x] += shared[threadIdx.x + (unsigned)(reach * GAN_COMBINE_WIDTH)];
        }
    }
    return shared[threadIdx.x];
}

#endif
