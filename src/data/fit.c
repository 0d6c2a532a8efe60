/* fit.c — colour conversion, what of a picture is used, and where it goes. */
#include "data/fit.h"

#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/nearest.h"
#include "base/text.h"
#include "data/exif.h"

static int64_t min64(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* a * b / c rounded, at least 1; sides are at most 2^22 */
static int64_t scaled_side(int64_t a, int64_t b, int64_t c)
{
    const int64_t side = (2 * a * b + c) / (2 * c);
    return side > 1 ? side : 1;
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

/* --- the window --- */

/* Half of what is left, before the window: the smaller half in the picture as it is looked at, so
 * that a turned file gives what the turned picture would. */
static int64_t margin(int64_t left, bool reversed)
{
    return (left + reversed) / 2;
}

static gan_fit_window choose_window(const gan_picture_shape *in, gan_fit fit, int64_t height,
                                    int64_t width)
{
    gan_fit_window win = {0, 0, in->height, in->width, 0, 0, height, width};
    const bool rows = gan_orientation_reverses_rows(in->orientation);
    const bool columns = gan_orientation_reverses_columns(in->orientation);
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
    win.y = margin(in->height - win.height, rows);
    win.x = margin(in->width - win.width, columns);
    win.to_y = margin(height - win.to_height, rows);
    win.to_x = margin(width - win.to_width, columns);
    return win;
}

gan_status gan_fit_find(const char *name, gan_fit *fit, gan_error *err)
{
    static const char *const names[] = {"crop", "pad", "stretch"};
    enum { N = sizeof names / sizeof *names };
    char hint[64], clean[GAN_TEXT_CLEAN_SIZE];
    for (int i = 0; i < N; i++) {
        if (strcmp(name, names[i]) == 0) {
            *fit = (gan_fit)i;
            return GAN_OK;
        }
    }
    gan_nearest_hint(name, names, N, hint, sizeof hint);
    return gan_fail(err, GAN_E_USAGE, "unknown fit '%s'%s: crop, pad and stretch are known",
                    gan_text_clean(name, clean), hint);
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

/* --- row by row --- */

static uint8_t *target_of(const gan_fitting *f)
{
    return f->stored ? f->stored : f->out;
}

gan_status gan_fitting_begin(gan_fitting *f, const gan_picture_shape *shape, gan_fit fit,
                             gan_filter filter, int64_t height, int64_t width, int64_t channels,
                             uint8_t *out, gan_error *err)
{
    gan_status status = GAN_OK;
    const bool transposes = gan_orientation_transposes(shape->orientation);
    *f = (gan_fitting){.shape = *shape, .channels = channels, .out = out};
    f->height = transposes ? width : height;
    f->width = transposes ? height : width;
    const size_t n = (size_t)(height * width * channels);
    GAN_TRY(gan_fit_possible(shape->channels, channels, err));
    if (shape->orientation != GAN_ORIENTATION_AS_IS) {
        GAN_TRY_DONE(gan_calloc(n, 1, (void **)&f->stored, err));
    }
    if (shape->channels != channels) {
        GAN_TRY_DONE(
            gan_calloc((size_t)shape->width, (size_t)channels, (void **)&f->converted, err));
    }
    f->copies = shape->height == f->height && shape->width == f->width;
    if (!f->copies) {
        const bool had_alpha = shape->channels == 2 || shape->channels == 4;
        f->window = choose_window(shape, fit, f->height, f->width);
        memset(target_of(f), had_alpha ? 255 : 0, n);
        status = gan_scaler_make(&f->scaler, f->window.height, f->window.width, f->window.to_height,
                                 f->window.to_width, channels, filter, err);
    }
done:
    if (status != GAN_OK) {
        gan_fitting_end(f);
    }
    return status;
}

void gan_fitting_row(gan_fitting *f, const uint8_t *row)
{
    const int64_t y = f->y++, stride = f->width * f->channels;
    const gan_fit_window *win = &f->window;
    if (!f->copies && (y < win->y || y >= win->y + win->height)) {
        return;
    }
    if (f->converted) {
        convert_colour(row, f->shape.width, f->shape.channels, f->channels, f->converted);
        row = f->converted;
    }
    if (f->copies) {
        memcpy(target_of(f) + y * stride, row, (size_t)stride);
    } else {
        gan_scaler_row(&f->scaler, row + win->x * f->channels,
                       target_of(f) + win->to_y * stride + win->to_x * f->channels, stride);
    }
}

void gan_fitting_end(gan_fitting *f)
{
    if (f->stored && f->y == f->shape.height) {
        gan_orientation_apply(f->shape.orientation, f->stored, f->height, f->width, f->channels,
                              f->out);
    }
    gan_scaler_free(&f->scaler);
    free(f->converted);
    free(f->stored);
    *f = (gan_fitting){0};
}

gan_status gan_picture_fit(const gan_picture *picture, gan_fit fit, gan_filter filter,
                           int64_t height, int64_t width, int64_t channels, uint8_t *out,
                           gan_error *err)
{
    const gan_picture_shape shape = {picture->height, picture->width, picture->channels,
                                     GAN_ORIENTATION_AS_IS};
    gan_fitting fitting;
    GAN_TRY(gan_fitting_begin(&fitting, &shape, fit, filter, height, width, channels, out, err));
    for (int64_t y = 0; y < picture->height; y++) {
        gan_fitting_row(&fitting, picture->pixels + y * picture->width * picture->channels);
    }
    gan_fitting_end(&fitting);
    return GAN_OK;
}
