/* fit.c — colour conversion and scaling, in integers.
 *
 * A data set's fingerprint must be the same on every machine, so no float decides a pixel. */
#include "data/fit.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

enum {
    WEIGHT_BITS = 15, /* the weights of one output sample sum to 2^15 */
    ROW_BITS = 7      /* fraction bits kept between the two passes */
};

/* Which source samples make each output sample along one axis. */
typedef struct taps {
    int64_t n_out, most; /* most: taps of an output sample, at most */
    int64_t *first;      /* n_out */
    int64_t *count;      /* n_out */
    int32_t *weights;    /* n_out x most */
} taps;

/* The part of the picture that is used, and where in the target it goes. */
typedef struct window {
    int64_t y, x, height, width;                 /* in the picture */
    int64_t to_y, to_x, to_height, to_width;     /* in the target */
} window;

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t max64(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* a * b / c rounded, at least 1; sides are at most 2^16 */
static int64_t scaled_side(int64_t a, int64_t b, int64_t c)
{
    return max64((2 * a * b + c) / (2 * c), 1);
}

/* --- colour --- */

static uint8_t over_white(int colour, int alpha)
{
    return (uint8_t)((colour * alpha + 255 * (255 - alpha) + 127) / 255);
}

static uint8_t grey_of(int r, int g, int b)
{
    return (uint8_t)((19595 * r + 38470 * g + 7471 * b + 32768) >> 16);
}

/* n pixels from `from` to `to` (1 or 3) channels. */
static void convert_colour(const uint8_t *in, int64_t n, int64_t from, int64_t to, uint8_t *out)
{
    bool has_alpha = from == 2 || from == 4, has_colour = from >= 3;
    for (int64_t i = 0; i < n; i++, in += from, out += to) {
        int alpha = has_alpha ? in[from - 1] : 255;
        uint8_t r = over_white(in[0], alpha);
        uint8_t g = has_colour ? over_white(in[1], alpha) : r;
        uint8_t b = has_colour ? over_white(in[2], alpha) : r;
        if (to == 1) {
            out[0] = has_colour ? grey_of(r, g, b) : r;
        } else {
            out[0] = r;
            out[1] = g;
            out[2] = b;
        }
    }
}

/* --- scaling --- */

static void taps_free(taps *t)
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

static void taps_fill_one(taps *t, int64_t i, int64_t n_in)
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
        int64_t due = ((passed << (WEIGHT_BITS + 1)) + sum) / (2 * sum);
        t->weights[i * t->most + k] = (int32_t)(due - given);
        given = due;
    }
}

/* What t holds is the caller's to free, after a failure too. */
static gan_status taps_make(taps *t, int64_t n_in, int64_t n_out, gan_error *err)
{
    *t = (taps){.n_out = n_out, .most = 2 * (max64(n_in, n_out) / n_out + 1) + 1};
    GAN_TRY(gan_calloc((size_t)n_out, sizeof *t->first, (void **)&t->first, err));
    GAN_TRY(gan_calloc((size_t)n_out, sizeof *t->count, (void **)&t->count, err));
    GAN_TRY(gan_calloc((size_t)(n_out * t->most), sizeof *t->weights, (void **)&t->weights, err));
    for (int64_t i = 0; i < n_out; i++) {
        taps_fill_one(t, i, n_in);
    }
    return GAN_OK;
}

/* One source row to to_width x channels values with ROW_BITS fraction bits. */
static void scale_row(const uint8_t *row, const taps *t, int64_t channels, uint16_t *out)
{
    for (int64_t i = 0; i < t->n_out; i++) {
        const int32_t *weights = t->weights + i * t->most;
        for (int64_t c = 0; c < channels; c++) {
            const uint8_t *from = row + t->first[i] * channels + c;
            int32_t sum = 1 << (WEIGHT_BITS - ROW_BITS - 1);
            for (int64_t k = 0; k < t->count[i]; k++) {
                sum += weights[k] * from[k * channels];
            }
            out[i * channels + c] = (uint16_t)(sum >> (WEIGHT_BITS - ROW_BITS));
        }
    }
}

/* Output row i from the scaled rows, n values each. */
static void scale_column(const uint16_t *rows, const taps *t, int64_t i, int64_t n, uint8_t *out)
{
    const int32_t *weights = t->weights + i * t->most;
    for (int64_t x = 0; x < n; x++) {
        const uint16_t *from = rows + t->first[i] * n + x;
        int32_t sum = 1 << (WEIGHT_BITS + ROW_BITS - 1);
        for (int64_t k = 0; k < t->count[i]; k++) {
            sum += weights[k] * from[k * n];
        }
        out[x] = (uint8_t)(sum >> (WEIGHT_BITS + ROW_BITS));
    }
}

/* Scales the window of a picture into out, whose rows are out_width pixels. */
static gan_status scale_window(const gan_picture *in, const window *win, uint8_t *out,
                               int64_t out_width, gan_error *err)
{
    gan_status status = GAN_OK;
    taps across = {0}, down = {0};
    uint16_t *rows = NULL;
    int64_t c = in->channels, n = win->to_width * c;
    GAN_TRY_DONE(taps_make(&across, win->width, win->to_width, err));
    GAN_TRY_DONE(taps_make(&down, win->height, win->to_height, err));
    GAN_TRY_DONE(gan_calloc((size_t)(win->height * n), sizeof *rows, (void **)&rows, err));
    for (int64_t y = 0; y < win->height; y++) {
        const uint8_t *row = in->pixels + ((win->y + y) * in->width + win->x) * c;
        scale_row(row, &across, c, rows + y * n);
    }
    for (int64_t y = 0; y < win->to_height; y++) {
        uint8_t *row = out + ((win->to_y + y) * out_width + win->to_x) * c;
        scale_column(rows, &down, y, n, row);
    }
done:
    taps_free(&across);
    taps_free(&down);
    free(rows);
    return status;
}

/* --- fitting --- */

static window choose_window(const gan_picture *in, gan_fit fit, int64_t height, int64_t width)
{
    window win = {0, 0, in->height, in->width, 0, 0, height, width};
    bool wide = in->width * height > in->height * width; /* wider than the target */
    if (fit == GAN_FIT_CROP && wide) {
        win.width = min64(scaled_side(in->height, width, height), in->width);
    } else if (fit == GAN_FIT_CROP) {
        win.height = min64(scaled_side(in->width, height, width), in->height);
    } else if (fit == GAN_FIT_PAD && wide) {
        win.to_height = min64(scaled_side(in->height, width, in->width), height);
    } else if (fit == GAN_FIT_PAD) {
        win.to_width = min64(scaled_side(in->width, height, in->height), width);
    }
    win.y = (in->height - win.height) / 2;
    win.x = (in->width - win.width) / 2;
    win.to_y = (height - win.to_height) / 2;
    win.to_x = (width - win.to_width) / 2;
    return win;
}

gan_status gan_fit_possible(int64_t from, int64_t to, gan_error *err)
{
    if (from == to || ((to == 1 || to == 3) && from >= 1 && from <= 4)) {
        return GAN_OK;
    }
    return gan_fail(err, GAN_E_USAGE,
                    "images of %lld channel%s cannot be brought to %lld: a network for them has 1 "
                    "(grey) or 3 (colour) channels",
                    (long long)from, from == 1 ? "" : "s", (long long)to);
}

gan_status gan_picture_fit(const gan_picture *picture, gan_fit fit, int64_t height, int64_t width,
                           int64_t channels, uint8_t *out, gan_error *err)
{
    gan_status status = GAN_OK;
    gan_picture in = *picture;
    uint8_t *converted = NULL;
    GAN_TRY(gan_fit_possible(in.channels, channels, err));
    if (in.channels != channels) {
        int64_t n = in.height * in.width;
        GAN_TRY_DONE(gan_calloc((size_t)(n * channels), 1, (void **)&converted, err));
        convert_colour(in.pixels, n, in.channels, channels, converted);
        in.pixels = converted;
        in.channels = channels;
    }
    if (in.height == height && in.width == width) {
        memcpy(out, in.pixels, (size_t)(height * width * channels));
        goto done;
    }
    bool had_alpha = picture->channels == 2 || picture->channels == 4;
    const window win = choose_window(&in, fit, height, width);
    memset(out, had_alpha ? 255 : 0, (size_t)(height * width * channels));
    GAN_TRY_DONE(scale_window(&in, &win, out, width, err));
done:
    free(converted);
    return status;
}
