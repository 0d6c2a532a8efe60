/* dft_transform_body.h — the transforms of tiles, for one instruction set.
 *
 * A tile is gathered into vectors of LANES channels, its rows and then its columns go through a
 * real transform, and cosine and sine parts are put together to complex frequencies. Mirrored
 * samples are added and subtracted first, which halves the multiplications. Back is the same the
 * other way round. Included by the kernel files after they define PLANES_BF16 (0 or 1). */
#ifndef GAN_CPU_DFT_TRANSFORM_BODY_H
#define GAN_CPU_DFT_TRANSFORM_BODY_H

#include "cpu/dft_tile_body.h"

/* Vectors of one tile: samples, or the numbers of its spectrum. */
typedef struct tile_vectors {
    vec v[GAN_DFT_SLOTS * GAN_DFT_SLOTS];
} tile_vectors;

/* A line of 2 half + 1 samples around x into n real numbers: n / 2 + 1 cosine parts, then the sine
 * parts. Steps count vectors. */
DFT_INLINE void forward_line(const int n, int half, const vec *x, int64_t step,
                             const gan_dft_table *t, vec *out, int64_t out_step)
{
    const int n_cos = n / 2 + 1, n_sin = (n - 1) / 2;
    vec sum[GAN_DFT_MAX_HALF + 1];
    DFT_UNROLL
    for (int k = 0; k < n_cos; k++) {
        sum[k] = x[0];
    }
    for (int j = 1; j <= half; j++) {
        vec even = x[j * step] + x[-j * step];
        DFT_UNROLL
        for (int k = 0; k < n_cos; k++) {
            sum[k] = vec_fma(even, vec_set1(t->cosine[j][k]), sum[k]);
        }
    }
    DFT_UNROLL
    for (int k = 0; k < n_cos; k++) {
        out[k * out_step] = sum[k];
    }
    DFT_UNROLL
    for (int k = 0; k < n_sin; k++) {
        sum[k] = vec_zero();
    }
    for (int j = 1; j <= half; j++) {
        vec odd = x[j * step] - x[-j * step];
        DFT_UNROLL
        for (int k = 0; k < n_sin; k++) {
            sum[k] = vec_fma(odd, vec_set1(t->sine[j][k]), sum[k]);
        }
    }
    DFT_UNROLL
    for (int k = 0; k < n_sin; k++) {
        out[(n_cos + k) * out_step] = sum[k];
    }
}

/* n real numbers back into the samples around out. weights: which of the table's. */
DFT_INLINE void backward_line(const int half, int n, const vec *x, int64_t step,
                              const gan_dft_table *t, int weights, vec *out, int64_t out_step)
{
    const int n_cos = n / 2 + 1, n_sin = (n - 1) / 2;
    vec even[GAN_DFT_MAX_HALF + 1], odd[GAN_DFT_MAX_HALF + 1];
    DFT_UNROLL
    for (int j = 0; j <= half; j++) {
        even[j] = odd[j] = vec_zero();
    }
    for (int k = 0; k < n_cos; k++) {
        vec v = x[k * step];
        DFT_UNROLL
        for (int j = 0; j <= half; j++) {
            even[j] = vec_fma(v, vec_set1(t->back_cosine[weights][k][j]), even[j]);
        }
    }
    for (int k = 0; k < n_sin; k++) {
        vec v = x[(n_cos + k) * step];
        DFT_UNROLL
        for (int j = 1; j <= half; j++) {
            odd[j] = vec_fma(v, vec_set1(t->back_sine[weights][k][j]), odd[j]);
        }
    }
    out[0] = even[0];
    DFT_UNROLL
    for (int j = 1; j <= half; j++) {
        out[j * out_step] = even[j] + odd[j];
        out[-j * out_step] = even[j] - odd[j];
    }
}

/* Lines one after another: line i starts `line` vectors after line i - 1. */
typedef struct line_pass {
    const gan_dft_table *table;
    int n, half, lines;
    int64_t line, step, out_line, out_step;
} line_pass;

#define FORWARD_CASE(N)                                                                            \
    case N:                                                                                        \
        for (int i = 0; i < p->lines; i++, x += p->line, out += p->out_line) {                     \
            forward_line(N, p->half, x, p->step, p->table, out, p->out_step);                      \
        }                                                                                          \
        break;

static void forward_lines(const line_pass *p, const vec *x, vec *out)
{
    x += p->half * p->step;
    switch (p->n) {
        FORWARD_CASE(2)
        FORWARD_CASE(3)
        FORWARD_CASE(4)
        FORWARD_CASE(5)
        FORWARD_CASE(6)
        FORWARD_CASE(7)
        FORWARD_CASE(8)
        FORWARD_CASE(9)
        FORWARD_CASE(10)
        FORWARD_CASE(11)
        FORWARD_CASE(12)
        FORWARD_CASE(13)
        FORWARD_CASE(14)
        FORWARD_CASE(15)
        FORWARD_CASE(16)
    }
}

#define BACKWARD_CASE(HALF)                                                                        \
    case HALF:                                                                                     \
        for (int i = 0; i < p->lines; i++, x += p->line, out += p->out_line) {                     \
            backward_line(HALF, p->n, x, p->step, p->table, weights, out, p->out_step);            \
        }                                                                                          \
        break;

static void backward_lines(const line_pass *p, int weights, const vec *x, vec *out)
{
    out += p->half * p->out_step;
    switch (p->half) {
        BACKWARD_CASE(0)
        BACKWARD_CASE(1)
        BACKWARD_CASE(2)
        BACKWARD_CASE(3)
        BACKWARD_CASE(4)
        BACKWARD_CASE(5)
        BACKWARD_CASE(6)
        BACKWARD_CASE(7)
        BACKWARD_CASE(8)
    }
}

/* Where a vector of channels of one chunk lies in tile t of an image. */
DFT_INLINE tile_place place_of(const gan_dft_job *job, int64_t image, int64_t t, int64_t chunk,
                               int v, bool mirror)
{
    const gan_dft_side *s = job->side;
    int64_t phase = chunk / s->phase_chunks, n_tiles = (int64_t)s->tiles_h * s->tiles_w;
    int64_t channel = chunk % s->phase_chunks * GAN_DFT_CHUNK + v * LANES;
    bool empty = phase >= s->phases_h * s->phases_w || t >= n_tiles || image >= job->images ||
                 job->first_image + image >= s->images;
    int64_t left = empty ? 0 : s->channels - channel;
    tile_place p = {.side = s, .mirror = mirror, .stream = job->stream};
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

static void transform_tile(const tile_place *p, const gan_dft_job *job, const void *tensor,
                           vec *spectrum)
{
    const gan_dft_side *s = p->side;
    tile_vectors samples, rows;
    int width = 2 * s->half_w + 1, height = 2 * s->half_h + 1;
    gather(p, tensor, job->type, samples.v);
    line_pass along_w = {s->table_w, s->length_w, s->half_w, height, width, 1, s->length_w, 1};
    forward_lines(&along_w, samples.v, rows.v);
    line_pass along_h = {s->table_h, s->length_h, s->half_h, s->length_w,
                         1,          s->length_w, 1,         s->length_w};
    forward_lines(&along_h, rows.v, spectrum);
}

static void untransform_tile(const gan_dft_job *job, int64_t index, vec *samples)
{
    const gan_dft_side *s = job->side;
    tile_vectors rows, spectrum;
    int n = s->length_w, n_sin = (n - 1) / 2, width = 2 * s->half_w + 1;
    get_spectrum(s, (const float *)job->planes.base + index, job->planes.stride, spectrum.v);
    /* Columns whose frequency along w has a mirror count once here and twice along w. */
    line_pass along_h = {s->table_h, s->length_h, s->half_h, 1, 1, n, 1, n};
    backward_lines(&along_h, 1, spectrum.v, rows.v);
    along_h.lines = n_sin;
    backward_lines(&along_h, 0, spectrum.v + 1, rows.v + 1);
    backward_lines(&along_h, 0, spectrum.v + n / 2 + 1, rows.v + n / 2 + 1);
    if (n % 2 == 0) {
        along_h.lines = 1;
        backward_lines(&along_h, 1, spectrum.v + n / 2, rows.v + n / 2);
    }
    line_pass along_w = {s->table_w, n, s->half_w, 2 * s->half_h + 1, n, 1, width, 1};
    backward_lines(&along_w, 1, rows.v, samples);
}

static void clear_spectrum(const gan_dft_side *s, vec *spectrum)
{
    for (int i = 0; i < s->length_h * s->length_w; i++) {
        spectrum[i] = vec_zero();
    }
}

/* One vector of a row, transformed. */
static void transform_row(const gan_dft_job *job, const void *tensor, int64_t row, int64_t chunk,
                          int v, vec *spectrum)
{
    const gan_dft_side *s = job->side;
    bool by_tile = s->tile_rows > 1;
    int64_t image = by_tile ? row % s->tile_rows : row / s->image_rows;
    int64_t t = by_tile ? row / s->tile_rows : row % s->image_rows;
    tile_place p = place_of(job, image, t, chunk, v, s->mirror);
    if (p.lanes > 0) {
        transform_tile(&p, job, tensor, spectrum);
    } else {
        clear_spectrum(s, spectrum);
    }
}

static void forward(const gan_dft_job *job, const void *tensor, int64_t begin, int64_t end)
{
    const gan_dft_side *s = job->side;
    const bool paired = AT_ONCE == 2 && job->planes.paired;
    const int row_step = paired ? 2 : 1, chunk_step = AT_ONCE / row_step;
    const int64_t n_chunks = 2 * s->blocks / chunk_step;
    tile_vectors spectra[AT_ONCE];
    plane_place to = {.planes = &job->planes, .stream = job->stream};
#if PLANES_BF16 && AT_ONCE == 2
    to.order = paired ? vec_order_pairs() : vec_order_rows();
#endif
    for (int64_t i = begin; i < end; i++) {
        int64_t chunk = i % n_chunks * chunk_step, row = i / n_chunks * row_step;
        for (int v = 0; v < GAN_DFT_CHUNK / LANES; v++) {
            for (int j = 0; j < AT_ONCE; j++) {
                transform_row(job, tensor, paired ? row + j : row, paired ? chunk : chunk + j, v,
                              spectra[j].v);
            }
            to.index = paired ? (chunk * job->planes.rows + row) * GAN_DFT_CHUNK
                              : (chunk / 2 * job->planes.rows + row) * GAN_DFT_BLOCK +
                                    chunk % 2 * GAN_DFT_CHUNK + v * LANES;
            put_spectrum(s, spectra[0].v, sizeof spectra[0] / sizeof(vec), &to);
        }
    }
    vec_stream_end();
}

/* Samples of a chunk's phase that no tile reaches get zero. */
static void clear_uncovered(const gan_dft_job *job, int64_t chunk, const tile_place *p,
                            void *tensor)
{
    const gan_dft_side *s = p->side;
    int64_t phase = chunk / s->phase_chunks;
    int64_t phase_h = phase / s->phases_w, phase_w = phase % s->phases_w;
    for (int64_t row = phase_h; row < s->height; row += s->phases_h) {
        int64_t column = row < s->covered_h[phase_h] ? s->covered_w[phase_w] : phase_w;
        for (; column < s->width; column += s->phases_w) {
            store_lanes(tensor, p->origin + (row * s->width + column) * s->channels, vec_zero(),
                        job->type == GAN_DFT_BF16, false, p->lanes);
        }
    }
}

/* Of a number of a result's row in its plane. */
DFT_INLINE int64_t result_index(const gan_dft_job *job, int64_t row, int64_t chunk, int v)
{
    chunk -= 2 * job->first_block;
    return AT_ONCE == 2 ? (chunk * job->planes.rows + row) * GAN_DFT_CHUNK
                        : (chunk / 2 * job->planes.rows + row) * GAN_DFT_BLOCK +
                              chunk % 2 * GAN_DFT_CHUNK + v * LANES;
}

/* One chunk of an image, all tiles. */
static void untransform_chunk(const gan_dft_job *job, int64_t image, int64_t chunk, bool aligned,
                              void *tensor)
{
    const gan_dft_side *s = job->side;
    int64_t n_tiles = (int64_t)s->tiles_h * s->tiles_w;
    for (int v = 0; v < GAN_DFT_CHUNK / LANES; v++) {
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
static bool untransform_two(const gan_dft_job *job, int64_t image, int64_t chunk, void *tensor)
{
    const gan_dft_side *s = job->side;
    tile_vectors samples[2];
    if (!job->stream || job->type != GAN_DFT_BF16 || s->tiles_h * s->tiles_w > 1 ||
        chunk % 2 != 0 || s->phase_chunks % 2 != 0 || s->channels % GAN_DFT_BLOCK != 0 ||
        (uintptr_t)tensor % (GAN_DFT_BLOCK * sizeof(uint16_t)) != 0) {
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
        p.origin += GAN_DFT_CHUNK;
        clear_uncovered(job, chunk, &p, tensor);
    }
    return true;
}

#endif

static void backward(const gan_dft_job *job, void *tensor, int64_t begin, int64_t end)
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
