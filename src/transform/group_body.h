/* group_body.h — convolution in groups of whole chunks by Winograd's F(4 x 4, 3 x 3), for one
 * instruction set.
 *
 * A group of a few channels has so few products that planes in memory would cost more than they. So
 * GROUP_TILES tiles of one group go all the way from tensor to tensor, and what they become lies in
 * the nearest cache: numbers [chunk][36][tile][16 channels]. The points are 0, a, -a, b, -b and
 * infinity, and the matrices' lines for a and -a differ in the signs of odd samples only: both are
 * the sum and the difference of an even and an odd half. Included by the kernel files of fp32
 * products. */
#ifndef GAN_TRANSFORM_GROUP_BODY_H
#define GAN_TRANSFORM_GROUP_BODY_H

#include "transform/tile_body.h"

enum {
    GROUP_TILES = GAN_TRANSFORM_GROUP_TILES,
    NUMBERS = GAN_TRANSFORM_GROUP_LENGTH,
    OUTPUTS = 4,
    TAPS = 3,
    TILE_NUMBERS = NUMBERS * NUMBERS,
    NUMBER_FLOATS = GROUP_TILES * GAN_TRANSFORM_CHUNK,
    CHUNK_FLOATS = TILE_NUMBERS * NUMBER_FLOATS,
};

/* 6 samples of the input into 6 numbers. m[sample][number]. */
FAST_INLINE void input_line(const float (*m)[GAN_WINOGRAD_MAX_LENGTH], const vec *x, int step,
                            vec *to, int to_step)
{
    const vec x1 = x[step], x2 = x[2 * step], x3 = x[3 * step], x4 = x[4 * step];
    to[0] =
        vec_fma(x4, vec_set1(m[4][0]), vec_fma(x2, vec_set1(m[2][0]), x[0] * vec_set1(m[0][0])));
    FAST_UNROLL
    for (int k = 1; k < NUMBERS - 1; k += 2) {
        const vec even = vec_fma(x4, vec_set1(m[4][k]), x2 * vec_set1(m[2][k]));
        const vec odd = vec_fma(x3, vec_set1(m[3][k]), x1 * vec_set1(m[1][k]));
        to[k * to_step] = even + odd;
        to[(k + 1) * to_step] = even - odd;
    }
    to[5 * to_step] = vec_fma(x[5 * step], vec_set1(m[5][5]),
                              vec_fma(x3, vec_set1(m[3][5]), x1 * vec_set1(m[1][5])));
}

/* 6 numbers into 4 samples of the output. m[number][sample]. */
FAST_INLINE void output_line(const float (*m)[GAN_WINOGRAD_MAX_LENGTH], const vec *n, int step,
                             vec *to, int to_step)
{
    const vec sum_a = n[step] + n[2 * step], difference_a = n[step] - n[2 * step];
    const vec sum_b = n[3 * step] + n[4 * step], difference_b = n[3 * step] - n[4 * step];
    to[0] = n[0] + sum_a + sum_b;
    to[to_step] = vec_fma(difference_b, vec_set1(m[3][1]), difference_a * vec_set1(m[1][1]));
    to[2 * to_step] = vec_fma(sum_b, vec_set1(m[3][2]), sum_a * vec_set1(m[1][2]));
    to[3 * to_step] = vec_fma(difference_b, vec_set1(m[3][3]),
                              vec_fma(difference_a, vec_set1(m[1][3]), n[5 * step]));
}

/* The transpose: 4 samples of the output's gradient into 6 numbers. m[sample][number]. */
FAST_INLINE void gradient_line(const float (*m)[GAN_WINOGRAD_MAX_LENGTH], const vec *y, int step,
                               vec *to, int to_step)
{
    to[0] = y[0];
    FAST_UNROLL
    for (int k = 1; k < NUMBERS - 1; k += 2) {
        const vec even = vec_fma(y[2 * step], vec_set1(m[2][k]), y[0]);
        const vec odd = vec_fma(y[3 * step], vec_set1(m[3][k]), y[step] * vec_set1(m[1][k]));
        to[k * to_step] = even + odd;
        to[(k + 1) * to_step] = even - odd;
    }
    to[5 * to_step] = y[3 * step];
}

/* Where the tiles of a strip lie in a map, and one vector's channels in a place. */
typedef struct group_site {
    const gan_transform_group_map *map;
    gan_transform_type type;
    int64_t channel;
    int size; /* samples of a tile along an axis */
} group_site;

/* A tile's place: the image's first element, and its first row and column, which may lie outside.
 */
typedef struct group_tile {
    int64_t image, origin, row, column;
    bool last_row, last_column;
} group_tile;

FAST_INLINE group_tile tile_at(const gan_transform_group_job *job,
                               const gan_transform_group_map *map, int64_t tile)
{
    const int64_t of_image = job->tiles_h * job->tiles_w, in_image = tile % of_image;
    const int64_t row = in_image / job->tiles_w, column = in_image % job->tiles_w;
    const int64_t image = tile / of_image;
    return (group_tile){.image = image,
                        .origin = image * map->height * map->width * map->channels,
                        .row = row * OUTPUTS - map->pad_top,
                        .column = column * OUTPUTS - map->pad_left,
                        .last_row = row == job->tiles_h - 1,
                        .last_column = column == job->tiles_w - 1};
}

FAST_INLINE bool is_inside(const group_site *s, const group_tile *t, int i, int j)
{
    return (uint64_t)(t->row + i) < (uint64_t)s->map->height &&
           (uint64_t)(t->column + j) < (uint64_t)s->map->width;
}

FAST_INLINE int64_t sample_index(const group_site *s, const group_tile *t, int i, int j)
{
    return t->origin + ((t->row + i) * s->map->width + t->column + j) * s->map->channels +
           s->channel;
}

/* Samples [size][size]; places outside are 0. True if one inside is 0 in all lanes: each place is
 * some tile's among its first 4 x 4, or the last tile's. */
FAST_INLINE bool gather_site(const group_site *s, const group_tile *t, const void *tensor,
                             const int size, const bool looks, vec *samples)
{
    bool zero = false;
    for (int i = 0; i < size; i++) {
        for (int j = 0; j < size; j++) {
            vec v = vec_zero();
            if (is_inside(s, t, i, j)) {
                v = load_lanes(tensor, sample_index(s, t, i, j), s->type == GAN_TRANSFORM_BF16,
                               true, LANES);
                if (looks && (i < OUTPUTS || t->last_row) && (j < OUTPUTS || t->last_column)) {
                    zero |= vec_is_zero(v);
                }
            }
            samples[i * size + j] = v;
        }
    }
    return zero;
}

/* Numbers of a tile to its place in a chunk's. */
FAST_INLINE void store_numbers(const vec *numbers, float *to)
{
    for (int p = 0; p < TILE_NUMBERS; p++) {
        vec_store(to + p * NUMBER_FLOATS, numbers[p]);
    }
}

/* One chunk of the tiles [first, first + n); the rest of the strip is 0. */
static void group_input(const gan_transform_group_job *job, int64_t first, int n, int64_t channel,
                        bool looks, float *to)
{
    const float(*m)[GAN_WINOGRAD_MAX_LENGTH] = job->x->forward;
    for (int i = 0; i < n; i++) {
        const group_tile t = tile_at(job, &job->in, first + i);
        for (int v = 0; v < GAN_TRANSFORM_CHUNK / LANES; v++) {
            const group_site s = {&job->in, job->type, channel + v * LANES, NUMBERS};
            vec samples[TILE_NUMBERS], rows[TILE_NUMBERS], numbers[TILE_NUMBERS];
            const bool looked = looks && v == 0 && job->zero;
            if (gather_site(&s, &t, job->tensor, NUMBERS, looked, samples)) {
                __atomic_store_n(&job->zero[t.image], 1, __ATOMIC_RELAXED);
            }
            for (int k = 0; k < NUMBERS; k++) {
                input_line(m, samples + k * NUMBERS, 1, rows + k * NUMBERS, 1);
            }
            for (int k = 0; k < NUMBERS; k++) {
                input_line(m, rows + k, NUMBERS, numbers + k, NUMBERS);
            }
            store_numbers(numbers, to + i * GAN_TRANSFORM_CHUNK + v * LANES);
        }
    }
}

/* The same of the output's gradient. */
static void group_gradient(const gan_transform_group_job *job, int64_t first, int n,
                           int64_t channel, float *to)
{
    const float(*m)[GAN_WINOGRAD_MAX_LENGTH] = job->y->forward;
    for (int i = 0; i < n; i++) {
        const group_tile t = tile_at(job, &job->out, first + i);
        for (int v = 0; v < GAN_TRANSFORM_CHUNK / LANES; v++) {
            const group_site s = {&job->out, job->type, channel + v * LANES, OUTPUTS};
            vec samples[OUTPUTS * OUTPUTS], rows[OUTPUTS * NUMBERS], numbers[TILE_NUMBERS];
            gather_site(&s, &t, job->gradient, OUTPUTS, false, samples);
            for (int k = 0; k < OUTPUTS; k++) {
                gradient_line(m, samples + k * OUTPUTS, 1, rows + k * NUMBERS, 1);
            }
            for (int k = 0; k < NUMBERS; k++) {
                gradient_line(m, rows + k, NUMBERS, numbers + k, NUMBERS);
            }
            store_numbers(numbers, to + i * GAN_TRANSFORM_CHUNK + v * LANES);
        }
    }
}

/* One chunk of results from its numbers. */
static void group_output(const gan_transform_group_job *job, int64_t first, int n, int64_t channel,
                         const float *from)
{
    const float(*m)[GAN_WINOGRAD_MAX_LENGTH] = job->y->backward;
    for (int i = 0; i < n; i++) {
        const group_tile t = tile_at(job, &job->out, first + i);
        for (int v = 0; v < GAN_TRANSFORM_CHUNK / LANES; v++) {
            const group_site s = {&job->out, job->type, channel + v * LANES, OUTPUTS};
            vec numbers[TILE_NUMBERS], rows[OUTPUTS * NUMBERS], samples[OUTPUTS * OUTPUTS];
            for (int p = 0; p < TILE_NUMBERS; p++) {
                numbers[p] =
                    vec_load(from + p * NUMBER_FLOATS + i * GAN_TRANSFORM_CHUNK + v * LANES);
            }
            for (int k = 0; k < NUMBERS; k++) {
                output_line(m, numbers + k, NUMBERS, rows + k, NUMBERS);
            }
            for (int k = 0; k < OUTPUTS; k++) {
                output_line(m, rows + k * NUMBERS, 1, samples + k * OUTPUTS, 1);
            }
            for (int k = 0; k < OUTPUTS * OUTPUTS; k++) {
                if (is_inside(&s, &t, k / OUTPUTS, k % OUTPUTS)) {
                    store_lanes(job->result, sample_index(&s, &t, k / OUTPUTS, k % OUTPUTS),
                                samples[k], s.type == GAN_TRANSFORM_BF16, true, LANES);
                }
            }
        }
    }
}

/* Numbers of a chunk of results: sums over the group's input channels, weights [chunk][36][16
 * inputs][16 results]. */
static void group_products(int64_t chunks, const float *in, const float *weights, float *out)
{
    for (int p = 0; p < TILE_NUMBERS; p++) {
        for (int v = 0; v < GAN_TRANSFORM_CHUNK; v += LANES) {
            vec sum[GROUP_TILES];
            FAST_UNROLL
            for (int i = 0; i < GROUP_TILES; i++) {
                sum[i] = vec_zero();
            }
            for (int64_t chunk = 0; chunk < chunks; chunk++) {
                const float *a = in + chunk * CHUNK_FLOATS + p * NUMBER_FLOATS;
                const float *w =
                    weights + (chunk * TILE_NUMBERS + p) * GAN_TRANSFORM_GROUP_SQUARE + v;
                for (int c = 0; c < GAN_TRANSFORM_CHUNK; c++) {
                    const vec b = vec_load(w + c * GAN_TRANSFORM_CHUNK);
                    FAST_UNROLL
                    for (int i = 0; i < GROUP_TILES; i++) {
                        sum[i] = vec_fma(vec_set1(a[i * GAN_TRANSFORM_CHUNK + c]), b, sum[i]);
                    }
                }
            }
            FAST_UNROLL
            for (int i = 0; i < GROUP_TILES; i++) {
                vec_store(out + p * NUMBER_FLOATS + i * GAN_TRANSFORM_CHUNK + v, sum[i]);
            }
        }
    }
}

/* Adds a strip's products of a chunk of x and one of dy: sums [36][16 inputs][16 results]. */
static void group_outer(const float *x, const float *dy, float *sums)
{
    enum { AT_A_TIME = 8 };
    for (int p = 0; p < TILE_NUMBERS; p++, sums += GAN_TRANSFORM_GROUP_SQUARE) {
        for (int c = 0; c < GAN_TRANSFORM_CHUNK; c += AT_A_TIME) {
            for (int v = 0; v < GAN_TRANSFORM_CHUNK; v += LANES) {
                float *at = sums + c * GAN_TRANSFORM_CHUNK + v;
                vec sum[AT_A_TIME];
                FAST_UNROLL
                for (int i = 0; i < AT_A_TIME; i++) {
                    sum[i] = vec_load(at + i * GAN_TRANSFORM_CHUNK);
                }
                for (int t = 0; t < GROUP_TILES; t++) {
                    const int64_t place = p * NUMBER_FLOATS + t * GAN_TRANSFORM_CHUNK;
                    const vec b = vec_load(dy + place + v);
                    FAST_UNROLL
                    for (int i = 0; i < AT_A_TIME; i++) {
                        sum[i] = vec_fma(vec_set1(x[place + c + i]), b, sum[i]);
                    }
                }
                FAST_UNROLL
                for (int i = 0; i < AT_A_TIME; i++) {
                    vec_store(at + i * GAN_TRANSFORM_CHUNK, sum[i]);
                }
            }
        }
    }
}

static void clear_floats(float *at, int64_t n)
{
    memset(at, 0, (size_t)n * sizeof *at);
}

/* Tiles [begin, end), group by group: a group's weights then stay in a cache. */
static void group_maps(const gan_transform_group_job *job, int64_t begin, int64_t end, float *room)
{
    const int64_t in = job->in_chunks, out = job->out_chunks;
    const int64_t square = TILE_NUMBERS * GAN_TRANSFORM_GROUP_SQUARE;
    float *numbers = room, *results = room + in * CHUNK_FLOATS;
    clear_floats(numbers, in * CHUNK_FLOATS);
    for (int64_t g = 0; g < job->groups; g++) {
        for (int64_t first = begin; first < end; first += GROUP_TILES) {
            const int n = end - first < GROUP_TILES ? (int)(end - first) : GROUP_TILES;
            for (int64_t c = 0; c < in; c++) {
                group_input(job, first, n, (g * in + c) * GAN_TRANSFORM_CHUNK, c == 0,
                            numbers + c * CHUNK_FLOATS);
            }
            for (int64_t k = 0; k < out; k++) {
                group_products(in, numbers, job->weights + (g * out + k) * in * square, results);
                group_output(job, first, n, (g * out + k) * GAN_TRANSFORM_CHUNK, results);
            }
        }
    }
}

/* Sums of one group over tiles [begin, end): [input chunk][result chunk][36][16][16]. */
static void group_sums(const gan_transform_group_job *job, int64_t g, int64_t begin, int64_t end,
                       float *room, float *sums)
{
    const int64_t in = job->in_chunks, out = job->out_chunks;
    const int64_t square = TILE_NUMBERS * GAN_TRANSFORM_GROUP_SQUARE;
    float *x = room, *dy = room + in * CHUNK_FLOATS;
    clear_floats(sums, in * out * square);
    clear_floats(room, (in + out) * CHUNK_FLOATS);
    for (int64_t first = begin; first < end; first += GROUP_TILES) {
        const int n = end - first < GROUP_TILES ? (int)(end - first) : GROUP_TILES;
        if (n < GROUP_TILES) { /* what an earlier strip left */
            clear_floats(room, (in + out) * CHUNK_FLOATS);
        }
        for (int64_t c = 0; c < in; c++) {
            group_input(job, first, n, (g * in + c) * GAN_TRANSFORM_CHUNK, false,
                        x + c * CHUNK_FLOATS);
        }
        for (int64_t k = 0; k < out; k++) {
            group_gradient(job, first, n, (g * out + k) * GAN_TRANSFORM_CHUNK,
                           dy + k * CHUNK_FLOATS);
        }
        for (int64_t i = 0; i < in * out; i++) {
            group_outer(x + i / out * CHUNK_FLOATS, dy + i % out * CHUNK_FLOATS, sums + i * square);
        }
    }
}

#endif
