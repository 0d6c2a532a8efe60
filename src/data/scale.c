/* scale.c — separable scaling, across and then down.
 *
 * A data set's fingerprint must be the same on every machine, so no float decides a pixel. Going
 * down, a source row is added with its weights to the sums of those output rows that it is part of;
 * integer sums do not depend on when their terms come. Output rows begin and end in order, and few
 * are under way at once: two where the picture is reduced. */
#include "data/scale.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clones.h"
#include "base/memory.h"
#include "data/filter.h"

enum {
    WEIGHT_BITS = GAN_WEIGHT_BITS,
    ROW_BITS = 7, /* fraction bits kept between the two passes */
    MOST = 255 << ROW_BITS,
    HALF = 1 << (WEIGHT_BITS - ROW_BITS - 1)
};

static int64_t max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void taps_free(gan_taps *t)
{
    free(t->first);
    free(t->count);
    free(t->weights);
}

/* The triangle's weight for source sample j and output sample i, scaled to an integer: distances
 * are counted in 1 / (2 n_in n_out) of the axis. */
static int64_t triangle(int64_t i, int64_t j, int64_t n_in, int64_t n_out)
{
    int64_t distance = (2 * j + 1) * n_out - (2 * i + 1) * n_in;
    return 2 * max64(n_in, n_out) - (distance < 0 ? -distance : distance);
}

/* (part << WEIGHT_BITS) / whole, rounded; part <= whole < 2^47. */
static int64_t share(int64_t part, int64_t whole)
{
    return ((part << (WEIGHT_BITS + 1)) + whole) / (2 * whole);
}

static void taps_fill_one(gan_taps *t, int64_t i, int64_t n_in)
{
    int64_t reach = max64(n_in, t->n_out), centre = (2 * i + 1) * n_in;
    /* (2j+1) n_out > centre - 2 reach  and  < centre + 2 reach */
    int64_t low = max64(0, (centre - 2 * reach) / (2 * t->n_out) - 1);
    while (triangle(i, low, n_in, t->n_out) <= 0) {
        low++;
    }
    int64_t n = 0, sum = 0;
    for (int64_t j = low; j < n_in && triangle(i, j, n_in, t->n_out) > 0; j++, n++) {
        sum += triangle(i, j, n_in, t->n_out);
    }
    t->first[i] = low;
    t->count[i] = n;
    int64_t passed = 0, given = 0; /* rounding the running sum: the weights sum to 2^15 exactly */
    for (int64_t k = 0; k < n; k++) {
        passed += triangle(i, low + k, n_in, t->n_out);
        int64_t due = share(passed, sum);
        t->weights[i * t->most + k] = (int32_t)(due - given);
        given = due;
    }
}

/* What t holds is the caller's to free, after a failure too. */
static gan_status taps_make(gan_taps *t, int64_t n_in, int64_t n_out, gan_error *err)
{
    *t = (gan_taps){.n_out = n_out, .most = 2 * (max64(n_in, n_out) / n_out + 1) + 1};
    GAN_TRY(gan_calloc((size_t)n_out, sizeof *t->first, (void **)&t->first, err));
    GAN_TRY(gan_calloc((size_t)n_out, sizeof *t->count, (void **)&t->count, err));
    GAN_TRY(gan_calloc((size_t)(n_out * t->most), sizeof *t->weights, (void **)&t->weights, err));
    for (int64_t i = 0; i < n_out; i++) {
        taps_fill_one(t, i, n_in);
    }
    return GAN_OK;
}

static gan_status make_taps(gan_taps *t, int64_t n_in, int64_t n_out, gan_filter filter,
                            gan_error *err)
{
    return filter == GAN_FILTER_BILINEAR ? taps_make(t, n_in, n_out, err)
                                         : gan_filter_taps(filter, t, n_in, n_out, err);
}

/* The most output samples that one source sample, and those between, can be part of at once. */
static int64_t most_under_way(const gan_taps *t)
{
    int64_t most = 1;
    for (int64_t i = 0, end = 0; i < t->n_out; i++) {
        while (end < t->n_out && t->first[end] < t->first[i] + t->count[i]) {
            end++;
        }
        most = max64(most, end - i);
    }
    return most;
}

/* One source row to to_width x channels values with ROW_BITS fraction bits. */
static inline void scale_pixels(const uint8_t *row, const gan_taps *t, const int channels,
                                uint16_t *out)
{
    for (int64_t i = 0; i < t->n_out; i++, out += channels) {
        const int32_t *weights = t->weights + i * t->most;
        const uint8_t *from = row + t->first[i] * channels;
        int32_t sums[4] = {HALF, HALF, HALF, HALF};
        for (int64_t k = 0; k < t->count[i]; k++, from += channels) {
            for (int c = 0; c < channels; c++) {
                sums[c] += weights[k] * from[c];
            }
        }
        for (int c = 0; c < channels; c++) {
            const int32_t sum = sums[c] >> (WEIGHT_BITS - ROW_BITS);
            out[c] = (uint16_t)(sum < 0 ? 0 : sum > MOST ? MOST : sum);
        }
    }
}

/* A number of channels that the compiler knows makes a pixel's sums stay in registers. */
static void scale_across(const uint8_t *row, const gan_taps *t, int64_t channels, uint16_t *out)
{
    switch (channels) {
    case 1:
        scale_pixels(row, t, 1, out);
        break;
    case 3:
        scale_pixels(row, t, 3, out);
        break;
    default: /* 2 and 4: alpha is laid over white before */
        scale_pixels(row, t, (int)channels, out);
    }
}

/* sums += weight * row; at most 2^15 * 255 * 2^7 in all, and half as much again where some weights
 * are below 0. */
GAN_CPU_CLONES static void add_row(int32_t *restrict sums, const uint16_t *restrict row,
                                   int32_t weight, int64_t n)
{
    for (int64_t x = 0; x < n; x++) {
        sums[x] += weight * row[x];
    }
}

/* A whole sum, rounded, to bytes; it is ready for another output row afterwards. */
GAN_CPU_CLONES static void finish_row(int32_t *restrict sums, uint8_t *restrict out, int64_t n)
{
    for (int64_t x = 0; x < n; x++) {
        const int32_t value =
            (sums[x] + (1 << (WEIGHT_BITS + ROW_BITS - 1))) >> (WEIGHT_BITS + ROW_BITS);
        out[x] = (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
    }
    memset(sums, 0, (size_t)n * sizeof *sums);
}

gan_status gan_scaler_make(gan_scaler *scaler, int64_t height, int64_t width, int64_t to_height,
                           int64_t to_width, int64_t channels, gan_filter filter, gan_error *err)
{
    gan_status status = GAN_OK;
    const int64_t n = to_width * channels;
    *scaler = (gan_scaler){.channels = channels};
    GAN_TRY_DONE(make_taps(&scaler->across, width, to_width, filter, err));
    GAN_TRY_DONE(make_taps(&scaler->down, height, to_height, filter, err));
    scaler->n_sums = most_under_way(&scaler->down);
    GAN_TRY_DONE(gan_calloc((size_t)n, sizeof *scaler->row, (void **)&scaler->row, err));
    GAN_TRY_DONE(gan_calloc((size_t)(scaler->n_sums * n), sizeof *scaler->sums,
                            (void **)&scaler->sums, err));
done:
    if (status != GAN_OK) {
        gan_scaler_free(scaler);
    }
    return status;
}

void gan_scaler_free(gan_scaler *scaler)
{
    taps_free(&scaler->across);
    taps_free(&scaler->down);
    free(scaler->row);
    free(scaler->sums);
    *scaler = (gan_scaler){0};
}

void gan_scaler_row(gan_scaler *scaler, const uint8_t *row, uint8_t *out, int64_t stride)
{
    const gan_taps *down = &scaler->down;
    const int64_t n = scaler->across.n_out * scaler->channels, y = scaler->y++;
    scale_across(row, &scaler->across, scaler->channels, scaler->row);
    for (int64_t i = scaler->done; i < down->n_out && down->first[i] <= y; i++) {
        int32_t *sums = scaler->sums + i % scaler->n_sums * n;
        const int64_t k = y - down->first[i];
        add_row(sums, scaler->row, down->weights[i * down->most + k], n);
        if (k == down->count[i] - 1) {
            finish_row(sums, out + i * stride, n);
            scaler->done = i + 1;
        }
    }
}
