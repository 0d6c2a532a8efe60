/* group_tiles.c — running a convolution in groups of whole chunks, tile by tile.
 *
 * Weights are transformed first. Then a thread takes a few tiles of all groups from tensor to
 * tensor (y, dx), or some of all tiles of one group to sums (dw). Tiles are cut into parts for dw
 * by a fixed rule, and the parts' sums are added in their order: no number of threads changes a
 * bit. */
#include "transform/group_tiles.h"

#include <assert.h>
#include <omp.h>
#include <string.h>

#include "base/half.h"

enum {
    NUMBERS = GAN_TRANSFORM_GROUP_LENGTH,
    TILE_NUMBERS = NUMBERS * NUMBERS,
    TAPS = 3,
    CHUNK = GAN_TRANSFORM_CHUNK,
    SQUARE = TILE_NUMBERS * GAN_TRANSFORM_GROUP_SQUARE,
    CHUNK_FLOATS = TILE_NUMBERS * GAN_TRANSFORM_GROUP_TILES * CHUNK,
    BLOCK_TILES = 4 * GAN_TRANSFORM_GROUP_TILES, /* that a thread takes of all groups */
    PARTS_MAX = 16,
    PARTS_BYTES = 4 << 20
};

static int64_t group_channels(const gan_transform_plan *p)
{
    return p->geometry.c / p->geometry.groups;
}

static int64_t group_filters(const gan_transform_plan *p)
{
    return p->geometry.k / p->geometry.groups;
}

static int64_t all_tiles(const gan_transform_plan *p)
{
    return p->geometry.n * p->tiles;
}

bool gan_transform_group_fits(const gan_transform_plan *p)
{
    const gan_transform_geometry *g = &p->geometry;
    return g->groups > 1 && p->options.transform == GAN_TRANSFORM_WINOGRAD &&
           p->kernels->group_maps && g->r == TAPS && g->s == TAPS && p->axis_h.length == NUMBERS &&
           p->axis_w.length == NUMBERS && group_channels(p) % CHUNK == 0 &&
           group_filters(p) % CHUNK == 0 &&
           (group_channels(p) + group_filters(p)) / CHUNK * CHUNK_FLOATS <=
               GAN_TRANSFORM_PACK_FLOATS;
}

int64_t gan_transform_group_weight_floats(const gan_transform_plan *p)
{
    return p->geometry.k * group_channels(p) * TILE_NUMBERS;
}

int64_t gan_transform_group_parts(const gan_transform_plan *p)
{
    const int64_t strips =
        (all_tiles(p) + GAN_TRANSFORM_GROUP_TILES - 1) / GAN_TRANSFORM_GROUP_TILES;
    const int64_t fit =
        PARTS_BYTES / (gan_transform_group_weight_floats(p) * (int64_t)sizeof(float));
    int64_t parts = fit < 1 ? 1 : fit < PARTS_MAX ? fit : PARTS_MAX;
    return parts < strips ? parts : strips;
}

/* 16 numbers of each of so many rows. */
typedef float lines[CHUNK];

/* to[i] = sum over j of m[j][i] from[j step]. */
static void combine(const float (*m)[GAN_WINOGRAD_MAX_LENGTH], const lines *from, int n_from,
                    int step, lines *to, int n_to, int to_step)
{
    for (int i = 0; i < n_to; i++) {
        float *sum = to[i * to_step];
        memset(sum, 0, sizeof(lines));
        for (int j = 0; j < n_from; j++) {
            const float *x = from[j * step], factor = m[j][i];
#pragma omp simd
            for (int l = 0; l < CHUNK; l++) {
                sum[l] += factor * x[l];
            }
        }
    }
}

static float weight_at(const gan_transform_plan *p, const void *w, int64_t i)
{
    return p->options.weight == GAN_TRANSFORM_BF16 ? gan_bf16_to_f32(((const uint16_t *)w)[i])
                                                   : ((const float *)w)[i];
}

/* The taps between an input channel of a group and 16 results, for y; mirrored, between a filter
 * and 16 channels, for dx. */
static void read_taps(const gan_transform_plan *p, const void *w, bool is_dx, int64_t first_filter,
                      int64_t in, int64_t first_out, lines *taps)
{
    const int64_t channels = group_channels(p), n = TAPS * TAPS;
    for (int64_t t = 0; t < n; t++) {
        for (int64_t l = 0; l < CHUNK; l++) {
            const int64_t k = first_filter + (is_dx ? in : first_out + l);
            const int64_t c = is_dx ? first_out + l : in;
            taps[is_dx ? n - 1 - t : t][l] = weight_at(p, w, (k * n + t) * channels + c);
        }
    }
}

/* Square i of the weights: [group][result chunk][input chunk]. */
static void transform_square(const gan_transform_plan *p, const void *w, bool is_dx, int64_t i,
                             float *to)
{
    const int64_t channels = group_channels(p), filters = group_filters(p);
    const int64_t in = (is_dx ? filters : channels) / CHUNK;
    const int64_t out = (is_dx ? channels : filters) / CHUNK;
    const int64_t group = i / in / out, result = i / in % out * CHUNK, input = i % in * CHUNK;
    for (int64_t c = 0; c < CHUNK; c++) {
        lines taps[TAPS * TAPS], rows[NUMBERS * TAPS], numbers[TILE_NUMBERS];
        read_taps(p, w, is_dx, group * filters, input + c, result, taps);
        for (int s = 0; s < TAPS; s++) {
            combine(p->winograd_h.w.forward, (const lines *)taps + s, TAPS, TAPS, rows + s, NUMBERS,
                    TAPS);
        }
        for (int r = 0; r < NUMBERS; r++) {
            combine(p->winograd_w.w.forward, (const lines *)rows + r * TAPS, TAPS, 1,
                    numbers + r * NUMBERS, NUMBERS, 1);
        }
        for (int64_t n = 0; n < TILE_NUMBERS; n++) {
            memcpy(to + (n * CHUNK + c) * CHUNK, numbers[n], sizeof(lines));
        }
    }
}

/* Parts' sums, [part][group][input chunk][result chunk], of square i into dw. */
static void collect_square(const gan_transform_plan *p, const float *sums, int64_t parts, int64_t i,
                           void *dw)
{
    const int64_t channels = group_channels(p), filters = group_filters(p);
    const int64_t in = channels / CHUNK, out = filters / CHUNK;
    const int64_t group = i / in / out, input = i / out % in * CHUNK, result = i % out * CHUNK;
    for (int64_t c = 0; c < CHUNK; c++) {
        lines numbers[TILE_NUMBERS] = {{0}}, rows[TAPS * NUMBERS], taps[TAPS * TAPS];
        for (int64_t part = 0; part < parts; part++) {
            const float *from = sums + part * gan_transform_group_weight_floats(p) + i * SQUARE;
            for (int64_t n = 0; n < TILE_NUMBERS; n++) {
                for (int64_t l = 0; l < CHUNK; l++) {
                    numbers[n][l] += from[(n * CHUNK + c) * CHUNK + l];
                }
            }
        }
        for (int s = 0; s < NUMBERS; s++) {
            combine(p->winograd_h.w.backward, (const lines *)numbers + s, NUMBERS, NUMBERS,
                    rows + s, TAPS, NUMBERS);
        }
        for (int r = 0; r < TAPS; r++) {
            combine(p->winograd_w.w.backward, (const lines *)rows + r * NUMBERS, NUMBERS, 1,
                    taps + r * TAPS, TAPS, 1);
        }
        for (int64_t at = 0; at < TAPS * TAPS * CHUNK; at++) {
            const int64_t t = at / CHUNK, l = at % CHUNK;
            const int64_t filter = group * filters + result + l;
            const int64_t to = (filter * TAPS * TAPS + t) * channels + input + c;
            if (p->options.gradient == GAN_TRANSFORM_BF16) {
                ((uint16_t *)dw)[to] = gan_f32_to_bf16(taps[t][l]);
            } else {
                ((float *)dw)[to] = taps[t][l];
            }
        }
    }
}

/* x to y. */
static gan_transform_group_job job_of(const gan_transform_plan *p)
{
    const gan_transform_geometry *g = &p->geometry;
    return (gan_transform_group_job){
        .in = {g->h, g->w, g->c, g->pad_top, g->pad_left},
        .out = {p->geometry_h.out, p->geometry_w.out, g->k, 0, 0},
        .type = p->options.activation,
        .tiles_h = p->axis_h.tiles,
        .tiles_w = p->axis_w.tiles,
        .groups = g->groups,
        .in_chunks = group_channels(p) / CHUNK,
        .out_chunks = group_filters(p) / CHUNK,
        .x = &p->winograd_h.x, /* of both axes, for their lengths and taps are the same */
        .y = &p->winograd_h.y};
}

/* dy to dx: a convolution of dy by mirrored filters, which leaves as many rows as x has. */
static gan_transform_group_job dx_job_of(const gan_transform_plan *p)
{
    const gan_transform_geometry *g = &p->geometry;
    gan_transform_group_job job = job_of(p);
    job.in = (gan_transform_group_map){p->geometry_h.out, p->geometry_w.out, g->k,
                                       TAPS - 1 - g->pad_top, TAPS - 1 - g->pad_left};
    job.out = (gan_transform_group_map){g->h, g->w, g->c, 0, 0};
    job.tiles_h = (g->h + NUMBERS - TAPS) / (NUMBERS - TAPS + 1);
    job.tiles_w = (g->w + NUMBERS - TAPS) / (NUMBERS - TAPS + 1);
    job.in_chunks = group_filters(p) / CHUNK;
    job.out_chunks = group_channels(p) / CHUNK;
    return job;
}

/* All threads take part, and wait for each other. */
static void run_maps(const gan_transform_plan *p, gan_transform_group_job job, const void *w,
                     bool is_dx, float *weights, float *room)
{
    const int64_t squares = job.groups * job.in_chunks * job.out_chunks;
    const int64_t tiles = p->geometry.n * job.tiles_h * job.tiles_w;
    job.weights = weights;
#pragma omp for
    for (int64_t i = 0; i < squares; i++) {
        transform_square(p, w, is_dx, i, weights + i * SQUARE);
    }
#pragma omp for schedule(dynamic, 1)
    for (int64_t first = 0; first < tiles; first += BLOCK_TILES) {
        const int64_t end = tiles - first < BLOCK_TILES ? tiles : first + BLOCK_TILES;
        p->kernels->group_maps(&job, first, end, room);
    }
}

static void run_sums(const gan_transform_plan *p, const gan_transform_group_job *job, float *sums,
                     float *room, void *dw)
{
    const int64_t tiles = all_tiles(p), parts = gan_transform_group_parts(p);
    const int64_t of_group = gan_transform_group_weight_floats(p) / job->groups;
    const int64_t strips = (tiles + GAN_TRANSFORM_GROUP_TILES - 1) / GAN_TRANSFORM_GROUP_TILES;
#pragma omp for schedule(dynamic, 1)
    for (int64_t i = 0; i < parts * job->groups; i++) {
        const int64_t part = i / job->groups, end = strips * (part + 1) / parts;
        const int64_t last = end * GAN_TRANSFORM_GROUP_TILES;
        p->kernels->group_sums(job, i % job->groups,
                               strips * part / parts * GAN_TRANSFORM_GROUP_TILES,
                               last < tiles ? last : tiles, room, sums + i * of_group);
    }
#pragma omp for
    for (int64_t i = 0; i < job->groups * job->in_chunks * job->out_chunks; i++) {
        collect_square(p, sums, parts, i, dw);
    }
}

void gan_transform_group_run(const gan_transform_plan *p, const gan_transform_call *c,
                             const gan_transform_scratch *layout)
{
    assert(!c->x_kept && !c->dy_kept && !c->w_kept && !c->w_fwd_kept);
    char *at = c->scratch;
    float *pack = (float *)(void *)(at + layout->pack);
    gan_transform_group_job to_y = job_of(p), to_dx = dx_job_of(p), to_dw = to_y;
    to_y.tensor = to_dw.tensor = c->x, to_y.result = c->y, to_y.zero = c->x_zero;
    to_dx.tensor = to_dw.gradient = c->dy, to_dx.result = c->dx, to_dx.zero = c->dy_zero;
#pragma omp parallel num_threads(p->options.threads)
    {
        float *room = pack + omp_get_thread_num() * (int64_t)GAN_TRANSFORM_PACK_FLOATS;
        if (c->dw) {
            run_sums(p, &to_dw, (float *)(void *)(at + layout->dw), room, c->dw);
        }
        if (c->dx) {
            run_maps(p, to_dx, c->w, true, (float *)(void *)(at + layout->w), room);
        }
        if (c->y) {
            run_maps(p, to_y, c->w, false, (float *)(void *)(at + layout->w_fwd), room);
        }
    }
}
