/* map_body.h — the transforms of tiles, for one instruction set.
 *
 * A tile is gathered into vectors of LANES channels, its rows and then its columns go through the
 * transform, and the numbers go to planes. Back is the same the other way round. Included by the
 * kernel files after they define PLANES_BF16 (0 or 1) and AT_ONCE. */
#ifndef GAN_TRANSFORM_TRANSFORM_BODY_H
#define GAN_TRANSFORM_TRANSFORM_BODY_H

#include "transform/dft_body.h"
#include "transform/tile_body.h"
#include "transform/winograd_body.h"

/* Where a vector of channels of one chunk lies in tile t of an image. */
FAST_INLINE tile_place place_of(const gan_transform_job *job, int64_t image, int64_t t,
                                int64_t chunk, int v, bool mirror)
{
    const gan_transform_side *s = job->side;
    int64_t phase = chunk / s->phase_chunks, n_tiles = (int64_t)s->tiles_h * s->tiles_w;
    int64_t channel = chunk % s->phase_chunks * GAN_TRANSFORM_CHUNK + v * LANES;
    bool empty = phase >= s->phases_h * s->phases_w || t >= n_tiles || image >= job->images ||
                 job->first_image + image >= s->images;
    int64_t left = empty ? 0 : s->channels - channel;
    tile_place p = {.side = s, .mirror = mirror && !s->winograd_h, .stream = job->stream};
    p.lanes = left < 0 ? 0 : left < LANES ? (int)left : LANES;
    if (p.lanes > 0) {
        p.map_h = s->map_h + t / s->tiles_w * s->phases_h + phase / s->phases_w;
        p.map_w = s->map_w + t % s->tiles_w * s->phases_w + phase % s->phases_w;
        int64_t size = s->height * s->width * s->channels;
        p.origin = (job->first_image + image) * size + channel;
        p.ahead = p.origin - channel + size +
                  (t * 2 * s->blocks + chunk) * size / (n_tiles * 2 * s->blocks);
    }
    return p;
}

/* Whether some place of the tensor that lies in the tile is 0 in all lanes. */
FAST_INLINE bool has_zero_place(const tile_place *p, const vec *tile)
{
    const gan_transform_side *s = p->side;
    bool found = false;
    for (int i = 0; i < s->slots_h; i++, tile += s->slots_w) {
        if (p->map_h->at[slot_of(i, s->slots_h, p->mirror)] < 0) {
            continue;
        }
        for (int j = 0; j < s->slots_w; j++) {
            if (p->map_w->at[slot_of(j, s->slots_w, p->mirror)] >= 0) {
                found |= vec_is_zero(tile[j]);
            }
        }
    }
    return found;
}

static void transform_tile(const tile_place *p, const gan_transform_job *job, const void *tensor,
                           unsigned char *zero, vec *numbers)
{
    tile_vectors samples;
    gather(p, tensor, job->type, samples.v);
    if (zero && has_zero_place(p, samples.v)) {
        __atomic_store_n(zero, 1, __ATOMIC_RELAXED); /* tiles of an image are several threads' */
    }
    if (p->side->winograd_h) {
        winograd_forward(p->side, samples.v, numbers);
    } else {
        dft_forward(p->side, samples.v, numbers);
    }
}

static void untransform_tile(const gan_transform_job *job, int64_t index, vec *samples)
{
    const float *planes = (const float *)job->planes.base + index;
    if (job->side->winograd_h) {
        winograd_backward(job->side, planes, job->planes.stride, samples);
    } else {
        dft_backward(job->side, planes, job->planes.stride, samples);
    }
}

/* Numbers of AT_ONCE vectors' tiles, which are `apart` vectors apart, to planes. */
static void put_numbers(const gan_transform_side *side, const vec *numbers, int64_t apart,
                        const plane_place *to)
{
    if (side->winograd_h && to->stream) {
        winograd_put(side, numbers, apart, to, true);
    } else if (side->winograd_h) {
        winograd_put(side, numbers, apart, to, false);
    } else if (to->stream) {
        dft_put(side, numbers, apart, to, true);
    } else {
        dft_put(side, numbers, apart, to, false);
    }
}

static void clear_numbers(const gan_transform_side *s, vec *spectrum)
{
    for (int i = 0; i < s->length_h * s->length_w; i++) {
        spectrum[i] = vec_zero();
    }
}

/* One vector of a row, transformed. */
static void transform_row(const gan_transform_job *job, const void *tensor, int64_t row,
                          int64_t chunk, int v, vec *spectrum)
{
    const gan_transform_side *s = job->side;
    bool by_tile = s->tile_rows > 1;
    int64_t image = by_tile ? row % s->tile_rows : row / s->image_rows;
    int64_t t = by_tile ? row / s->tile_rows : row % s->image_rows;
    tile_place p = place_of(job, image, t, chunk, v, s->mirror);
    if (p.lanes > 0) {
        bool looks = job->zero && v == 0 && chunk % s->zero_chunks == 0;
        unsigned char *zero = looks ? job->zero + job->first_image + image : NULL;
        transform_tile(&p, job, tensor, zero, spectrum);
    } else {
        clear_numbers(s, spectrum);
    }
}

static void forward(const gan_transform_job *job, const void *tensor, int64_t begin, int64_t end)
{
    const gan_transform_side *s = job->side;
    const bool paired = AT_ONCE == 2 && job->planes.paired;
    const int row_step = paired ? 2 : 1, chunk_step = AT_ONCE / row_step;
    const int64_t n_chunks = 2 * job->blocks / chunk_step, first = 2 * job->first_block;
    tile_vectors spectra[AT_ONCE];
    plane_place to = {.planes = &job->planes, .stream = job->stream};
#if PLANES_BF16 && AT_ONCE == 2
    to.order = paired ? vec_order_pairs() : vec_order_rows();
#endif
    for (int64_t i = begin; i < end; i++) {
        int64_t chunk = i % n_chunks * chunk_step, row = i / n_chunks * row_step;
        for (int v = 0; v < GAN_TRANSFORM_CHUNK / LANES; v++) {
            for (int j = 0; j < AT_ONCE; j++) {
                transform_row(job, tensor, paired ? row + j : row,
                              first + (paired ? chunk : chunk + j), v, spectra[j].v);
            }
            to.index = paired ? (chunk * job->planes.rows + row) * GAN_TRANSFORM_CHUNK
                              : (chunk / 2 * job->planes.rows + row) * GAN_TRANSFORM_BLOCK +
                                    chunk % 2 * GAN_TRANSFORM_CHUNK + v * LANES;
            put_numbers(s, spectra[0].v, sizeof spectra[0] / sizeof(vec), &to);
        }
    }
    vec_stream_end();
}

/* Samples of a chunk's phase that no tile reaches get zero. */
static void clear_uncovered(const gan_transform_job *job, int64_t chunk, const tile_place *p,
                            void *tensor)
{
    const gan_transform_side *s = p->side;
    int64_t phase = chunk / s->phase_chunks;
    int64_t phase_h = phase / s->phases_w, phase_w = phase % s->phases_w;
    for (int64_t row = phase_h; row < s->height; row += s->phases_h) {
        int64_t column = row < s->covered_h[phase_h] ? s->covered_w[phase_w] : phase_w;
        for (; column < s->width; column += s->phases_w) {
            store_lanes(tensor, p->origin + (row * s->width + column) * s->channels, vec_zero(),
                        job->type == GAN_TRANSFORM_BF16, false, p->lanes);
        }
    }
}

/* Of a number of a result's row in its plane. */
FAST_INLINE int64_t result_index(const gan_transform_job *job, int64_t row, int64_t chunk, int v)
{
    chunk -= 2 * job->first_block;
    return AT_ONCE == 2 ? (chunk * job->planes.rows + row) * GAN_TRANSFORM_CHUNK
                        : (chunk / 2 * job->planes.rows + row) * GAN_TRANSFORM_BLOCK +
                              chunk % 2 * GAN_TRANSFORM_CHUNK + v * LANES;
}

/* One chunk of an image, all tiles. */
static void untransform_chunk(const gan_transform_job *job, int64_t image, int64_t chunk,
                              bool aligned, void *tensor)
{
    const gan_transform_side *s = job->side;
    int64_t n_tiles = (int64_t)s->tiles_h * s->tiles_w;
    for (int v = 0; v < GAN_TRANSFORM_CHUNK / LANES; v++) {
        tile_place p = {.lanes = 0};
        for (int64_t t = 0; t < n_tiles; t++) {
            tile_vectors samples;
            p = place_of(job, image, t, chunk, v, !s->mirror);
            p.stream = job->stream && aligned;
            if (p.lanes > 0) {
                int64_t row = image * s->image_rows + t * s->tile_rows;
                untransform_tile(job, result_index(job, row, chunk, v), samples.v);
                scatter(&p, samples.v, job->type, tensor);
            }
        }
        if (p.lanes > 0 && s->covered_h) {
            clear_uncovered(job, chunk, &p, tensor);
        }
    }
}

#if AT_ONCE == 2

/* Two chunks of an image of one tile, which fill lines of a bf16 tensor that is written past the
 * caches. False, and nothing done, where they do not. */
static bool untransform_two(const gan_transform_job *job, int64_t image, int64_t chunk,
                            void *tensor)
{
    const gan_transform_side *s = job->side;
    tile_vectors samples[2];
    if (!job->stream || job->type != GAN_TRANSFORM_BF16 || s->tiles_h * s->tiles_w > 1 ||
        chunk % 2 != 0 || s->phase_chunks % 2 != 0 || s->channels % GAN_TRANSFORM_BLOCK != 0 ||
        (uintptr_t)tensor % (GAN_TRANSFORM_BLOCK * sizeof(uint16_t)) != 0) {
        return false;
    }
    tile_place p = place_of(job, image, 0, chunk, 0, !s->mirror);
    if (p.lanes == 0) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        int64_t row = image * s->image_rows;
        untransform_tile(job, result_index(job, row, chunk + i, 0), samples[i].v);
    }
    scatter_two(&p, samples[0].v, samples[1].v, tensor);
    if (s->covered_h) {
        clear_uncovered(job, chunk, &p, tensor);
        p.origin += GAN_TRANSFORM_CHUNK;
        clear_uncovered(job, chunk, &p, tensor);
    }
    return true;
}

#endif

static void backward(const gan_transform_job *job, void *tensor, int64_t begin, int64_t end)
{
    bool aligned = (uintptr_t)tensor % sizeof(vec) == 0 && job->side->channels % LANES == 0;
    for (int64_t i = begin; i < end; i++) {
        int64_t chunk = 2 * job->first_block + i % (2 * job->blocks), image = i / (2 * job->blocks);
#if AT_ONCE == 2
        if (i + 1 < end && untransform_two(job, image, chunk, tensor)) {
            i++;
            continue;
        }
#endif
        untransform_chunk(job, image, chunk, aligned, tensor);
    }
    vec_stream_end();
}

#endif
