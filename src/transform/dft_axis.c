/* dft_axis.c — one axis of a convolution through the discrete Fourier transform. */
#define _GNU_SOURCE /* M_PI */
#include "transform/dft_axis.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static int64_t greatest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Whether a circular transform of length n gives these outputs with nothing wrapped into them. */
static bool fits(const gan_transform_phase *phases, int64_t n_phases, int n,
                 gan_transform_window outputs)
{
    if (outputs.end - outputs.begin > n) {
        return false;
    }
    for (int64_t f = 0; f < n_phases; f++) {
        const gan_transform_phase *p = &phases[f];
        gan_transform_window w = gan_transform_window_of(p, outputs);
        bool wraps = w.begin < w.end && (w.begin - (outputs.end - 1) + p->pad + n < p->taps ||
                                         w.end - 1 - outputs.begin + p->pad >= n);
        if (wraps || p->taps > n) {
            return false;
        }
    }
    return true;
}

/* The longest tile that starts at output `begin`; empty when there is none. */
static gan_transform_window tile_from(const gan_transform_axis_geometry *g,
                                      const gan_transform_phase *phases, int n, int64_t begin)
{
    gan_transform_window tile = {begin, begin};
    while (tile.end < g->out &&
           fits(phases, g->stride, n, (gan_transform_window){begin, tile.end + 1})) {
        tile.end++;
    }
    return tile;
}

/* A position on the circle of length n, as the one nearest to 0. */
static int64_t wrap(int64_t position, int n)
{
    int64_t r = (position % n + n) % n;
    return 2 * r > n ? r - n : r;
}

static int64_t half_of(int64_t first, int64_t count, int n)
{
    int64_t half = 0;
    for (int64_t i = 0; i < count; i++) {
        half = greatest(half, llabs(wrap(first + i, n)));
    }
    return half;
}

/* Distance of the farthest sample of x, over all phases, when y's origin is `origin`. */
static int64_t half_of_x(const gan_transform_phase *phases, int64_t n_phases, int n,
                         gan_transform_window tile, int64_t origin)
{
    int64_t half = 0;
    for (int64_t f = 0; f < n_phases; f++) {
        gan_transform_window w = gan_transform_window_of(&phases[f], tile);
        int64_t first = w.begin - origin - phases[f].centre + phases[f].pad;
        half = greatest(half, half_of(first, w.end - w.begin, n));
    }
    return half;
}

/* The origin that keeps the tile's samples nearest to 0. *total gets the sum of the halves added.
 */
static int64_t best_origin(const gan_transform_phase *phases, int64_t n_phases, int n,
                           gan_transform_window tile, int64_t *total)
{
    int64_t best = tile.begin, best_sum = INT64_MAX;
    for (int64_t origin = tile.begin; origin < tile.begin + n; origin++) {
        int64_t sum = half_of_x(phases, n_phases, n, tile, origin) +
                      half_of(tile.begin - origin, tile.end - tile.begin, n);
        if (sum < best_sum) {
            best_sum = sum;
            best = origin;
        }
    }
    *total += best_sum;
    return best;
}

/* An even number of taps has two middles: takes the ones that suit the tiles best. */
static void choose_centres(const gan_transform_axis_geometry *g, gan_transform_phase *phases, int n)
{
    int64_t best_total = INT64_MAX;
    unsigned best = 0, last = 1u << g->stride;
    for (unsigned choice = 0; choice <= last; choice++) {
        unsigned upper = choice < last ? choice : best; /* the last round puts the best one back */
        for (int64_t f = 0; f < g->stride; f++) {
            phases[f].centre = (phases[f].taps - 1 + (int64_t)(upper >> f & 1)) / 2;
        }
        int64_t total = 0;
        for (gan_transform_window tile = tile_from(g, phases, n, 0); tile.begin < tile.end;
             tile = tile_from(g, phases, n, tile.end)) {
            best_origin(phases, g->stride, n, tile, &total);
        }
        if (total < best_total) {
            best_total = total;
            best = upper;
        }
    }
}

/* Puts samples `first`, first + step, ... on positions `position`, position + direction, ... */
static void place(gan_transform_map *map, int half, int n, int64_t position, int64_t direction,
                  int64_t first, int64_t step, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        int64_t slot = wrap(position + direction * i, n) + half;
        assert(slot >= 0 && slot <= 2 * half && map->at[slot] < 0);
        map->at[slot] = (int32_t)(first + step * i);
    }
}

static void fill_maps(const gan_transform_axis_geometry *g, const gan_transform_phase *phases,
                      gan_transform_axis *axis)
{
    int n = axis->length, t = 0;
    int64_t ignored = 0;
    for (int64_t f = 0; f < g->stride; f++) {
        gan_transform_map_clear(&axis->w[f]);
        place(&axis->w[f], axis->slots_w / 2, n, phases[f].centre, -1, phases[f].first_tap,
              g->stride, phases[f].taps);
        axis->covered[f] = (int32_t)f;
    }
    for (gan_transform_window tile = tile_from(g, phases, n, 0); tile.begin < tile.end;
         tile = tile_from(g, phases, n, tile.end), t++) {
        int64_t origin = best_origin(phases, g->stride, n, tile, &ignored);
        gan_transform_map_clear(&axis->y[t]);
        place(&axis->y[t], axis->slots_y / 2, n, tile.begin - origin, 1, tile.begin, 1,
              tile.end - tile.begin);
        for (int64_t f = 0; f < g->stride; f++) {
            const gan_transform_phase *p = &phases[f];
            gan_transform_map *map = &axis->x[t * g->stride + f];
            gan_transform_window w = gan_transform_window_of(p, tile);
            gan_transform_map_clear(map);
            gan_transform_map_cover(g, f, t, w, map, axis);
            place(map, axis->slots_x / 2, n, w.begin - origin - p->centre + p->pad, 1,
                  w.begin * g->stride + f, g->stride, w.end - w.begin);
        }
    }
}

gan_status gan_dft_axis_layout(const gan_transform_axis_geometry *g, int n,
                               gan_transform_axis *axis, gan_error *err)
{
    assert(n >= GAN_DFT_MIN_LENGTH && n <= GAN_TRANSFORM_MAX_LENGTH);
    assert(g->stride >= 1 && g->stride <= GAN_TRANSFORM_MAX_STRIDE);
    gan_transform_phase phases[GAN_TRANSFORM_MAX_STRIDE];
    *axis = (gan_transform_axis){.length = n, .phases = (int)g->stride};
    gan_transform_split_phases(g, phases);
    choose_centres(g, phases, n);

    int64_t end = 0, ignored = 0, half_x = 0, half_y = 0, half_w = 0;
    for (gan_transform_window tile = tile_from(g, phases, n, 0); tile.begin < tile.end;
         tile = tile_from(g, phases, n, tile.end)) {
        int64_t origin = best_origin(phases, g->stride, n, tile, &ignored);
        half_x = greatest(half_x, half_of_x(phases, g->stride, n, tile, origin));
        half_y = greatest(half_y, half_of(tile.begin - origin, tile.end - tile.begin, n));
        axis->tiles++;
        end = tile.end;
    }
    if (end < g->out) {
        return gan_fail(err, GAN_E_UNSUPPORTED,
                        "a transform of length %d is too short for a kernel of %lld taps", n,
                        (long long)g->kernel);
    }
    for (int64_t f = 0; f < g->stride; f++) {
        half_w =
            greatest(half_w, half_of(phases[f].centre - phases[f].taps + 1, phases[f].taps, n));
    }
    axis->slots_x = (int)(2 * half_x + 1);
    axis->slots_y = (int)(2 * half_y + 1);
    axis->slots_w = (int)(2 * half_w + 1);

    GAN_TRY(gan_transform_axis_alloc(axis, err));
    fill_maps(g, phases, axis);
    return GAN_OK;
}

void gan_dft_table_fill(int n, gan_dft_table *table)
{
    int n_cos = n / 2 + 1, n_sin = (n - 1) / 2;
    memset(table, 0, sizeof *table);
    for (int position = 0; position <= GAN_DFT_MAX_HALF; position++) {
        for (int frequency = 0; frequency < n_cos; frequency++) {
            double angle = 2.0 * M_PI * (position * frequency % n) / n;
            int alone = frequency == 0 || 2 * frequency == n;
            double c = cos(angle), s = sin(angle), weight = alone ? 1.0 : 2.0;
            table->cosine[position][frequency] = (float)c;
            table->back_cosine[0][frequency][position] = (float)(c / n);
            table->back_cosine[1][frequency][position] = (float)(c * weight / n);
            if (frequency >= 1 && frequency <= n_sin) {
                table->sine[position][frequency - 1] = (float)s;
                table->back_sine[0][frequency - 1][position] = (float)(s / n);
                table->back_sine[1][frequency - 1][position] = (float)(s * weight / n);
            }
        }
    }
}
