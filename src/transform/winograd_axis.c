/* winograd_axis.c — one axis of a convolution by Winograd's short filters. */
#include "transform/winograd_axis.h"

#include <string.h>

enum { LENGTHS = GAN_WINOGRAD_MAX_LENGTH };

/* For n numbers: the points but infinity, which is the last one of every set. */
static const double points_of[LENGTHS + 1][LENGTHS - 1] = {
    [2] = {0},
    [3] = {1, -1},
    [4] = {0, 1, -1},
    [5] = {0.5, -0.5, 1.5, -1.5},
    [6] = {0, 0.625, -0.625, 1.5, -1.5},
};

static int64_t most_taps(const gan_transform_axis_geometry *g, const gan_transform_phase *phases)
{
    int64_t most = 1;
    for (int64_t f = 0; f < g->stride; f++) {
        most = phases[f].taps > most ? phases[f].taps : most;
    }
    return most;
}

/* Samples `first`, first + step, ... on slots from `slot` on. */
static void place(gan_transform_map *map, int64_t slot, int64_t first, int64_t step, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        map->at[slot + i] = (int32_t)(first + step * i);
    }
}

static void fill_maps(const gan_transform_axis_geometry *g, const gan_transform_phase *phases,
                      gan_transform_axis *axis)
{
    for (int64_t f = 0; f < g->stride; f++) {
        gan_transform_map_clear(&axis->w[f]);
        place(&axis->w[f], 0, phases[f].first_tap, g->stride, phases[f].taps);
        axis->covered[f] = (int32_t)f;
    }
    for (int t = 0; t < axis->tiles; t++) {
        int64_t begin = (int64_t)t * axis->slots_y, end = begin + axis->slots_y;
        gan_transform_window outputs = {begin, end < g->out ? end : g->out};
        gan_transform_map_clear(&axis->y[t]);
        place(&axis->y[t], 0, begin, 1, outputs.end - outputs.begin);
        for (int64_t f = 0; f < g->stride; f++) {
            gan_transform_map *map = &axis->x[t * g->stride + f];
            gan_transform_window w = gan_transform_window_of(&phases[f], outputs);
            gan_transform_map_clear(map);
            gan_transform_map_cover(g, f, t, w, map, axis);
            place(map, w.begin - begin + phases[f].pad, w.begin * g->stride + f, g->stride,
                  w.end - w.begin);
        }
    }
}

gan_status gan_winograd_axis_layout(const gan_transform_axis_geometry *g, int n,
                                    gan_transform_axis *axis, gan_error *err)
{
    gan_transform_phase phases[GAN_TRANSFORM_MAX_STRIDE];
    *axis = (gan_transform_axis){0};
    gan_transform_split_phases(g, phases);
    int64_t taps = most_taps(g, phases), outputs = n - taps + 1;
    if (n < GAN_WINOGRAD_MIN_LENGTH || n > GAN_WINOGRAD_MAX_LENGTH || outputs < 2) {
        return gan_fail(err, GAN_E_UNSUPPORTED, "tiles of %d numbers for %lld taps", n,
                        (long long)taps);
    }
    *axis = (gan_transform_axis){.length = n,
                                 .phases = (int)g->stride,
                                 .tiles = (int)((g->out + outputs - 1) / outputs),
                                 .slots_x = n,
                                 .slots_y = (int)outputs,
                                 .slots_w = (int)taps};
    GAN_TRY(gan_transform_axis_alloc(axis, err));
    fill_maps(g, phases, axis);
    return GAN_OK;
}

/* Coefficients, lowest first, of the product of t - p over the first `count` points p, but number
 * `except`. */
static void multiply_factors(const double *points, int count, int except, double c[LENGTHS])
{
    int degree = 0;
    memset(c, 0, LENGTHS * sizeof *c);
    c[0] = 1;
    for (int i = 0; i < count; i++) {
        if (i == except) {
            continue;
        }
        degree++;
        for (int j = degree; j >= 0; j--) {
            c[j] = (j > 0 ? c[j - 1] : 0) - points[i] * c[j];
        }
    }
}

static void put(gan_winograd_matrix *m, int sample, int number, double value)
{
    m->forward[sample][number] = m->backward[number][sample] = (float)value;
}

/* Values of `samples` coefficients at the points, the last number at infinity, each divided by
 * scale[number]. */
static void fill_values(int n, int samples, const double *scale, gan_winograd_matrix *m)
{
    const double *points = points_of[n];
    for (int k = 0; k < n; k++) {
        double power = 1;
        for (int i = 0; i < samples; i++) {
            double value = k < n - 1 ? power : i == samples - 1 ? 1 : 0;
            put(m, i, k, value / scale[k]);
            power *= k < n - 1 ? points[k] : 1;
        }
    }
}

void gan_winograd_table_fill(const gan_transform_axis *axis, gan_winograd_table *table)
{
    int n = axis->length, finite = n - 1;
    const double *points = points_of[n];
    double scale[LENGTHS], ones[LENGTHS];
    memset(table, 0, sizeof *table);
    for (int k = 0; k < n; k++) {
        double c[LENGTHS];
        multiply_factors(points, finite, k < finite ? k : -1, c);
        scale[k] = ones[k] = 1;
        for (int i = 0; i < finite && k < finite; i++) {
            scale[k] *= i == k ? 1 : points[k] - points[i];
        }
        for (int i = 0; i < n; i++) {
            put(&table->x, i, k, c[i]);
        }
    }
    fill_values(n, axis->slots_y, ones, &table->y);
    fill_values(n, axis->slots_w, scale, &table->w);
}
