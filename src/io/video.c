/* video.c — frames to a video by ffmpeg, or, where there is none, to an animated PNG.
 *
 * A picture of a few dozen pixels is hardly seen in a player, so each pixel becomes a square of
 * `scale` times itself: exactly, which leaves the frames what they were. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/path.h"
#include "gan/image.h"
#include "io/apng.h"
#include "io/ffmpeg.h"
#include "io/grid.h"

enum { LEAST_SIDE = 256, MAX_RATE = 1000 };

struct gan_video {
    char *path; /* of what is written */
    int64_t height, width, channels, scale;
    uint8_t *pixels; /* a frame, scaled */
    gan_ffmpeg *ffmpeg;
    gan_apng *apng;
};

static bool is_apng_name(const char *path)
{
    return gan_path_ends(path, ".png") || gan_path_ends(path, ".apng");
}

/* The least whole factor that makes the shorter side LEAST_SIDE; both sides even, as the colours of
 * most videos need it. */
static int64_t choose_scale(int64_t height, int64_t width)
{
    const int64_t side = height < width ? height : width;
    const int64_t scale = side < LEAST_SIDE ? (LEAST_SIDE + side - 1) / side : 1;
    const bool is_odd = height * scale % 2 || width * scale % 2;
    return scale + is_odd;
}

/* "walk.mp4" becomes "walk.png". */
static gan_status take_apng_name(gan_video *v, const char *path, gan_error *err)
{
    const char *base = gan_path_base(path), *dot = strrchr(base, '.');
    const size_t n = dot && dot > base ? (size_t)(dot - path) : strlen(path);
    free(v->path);
    v->path = NULL;
    return gan_format(&v->path, err, "%.*s.png", (int)n, path);
}

static gan_status open_file(gan_video *v, const char *path, int rate, gan_error *err)
{
    const int64_t h = v->height * v->scale, w = v->width * v->scale;
    GAN_TRY(gan_strdup(path, &v->path, err));
    if (!is_apng_name(path)) {
        GAN_TRY(gan_ffmpeg_create(path, h, w, v->channels, rate, &v->ffmpeg, err));
        if (v->ffmpeg) {
            return GAN_OK;
        }
        GAN_TRY(take_apng_name(v, path, err));
    }
    return gan_apng_create(v->path, h, w, v->channels, rate, &v->apng, err);
}

gan_status gan_video_create(const char *path, int64_t h, int64_t w, int64_t c, int rate,
                            gan_video **out, gan_error *err)
{
    gan_status status = GAN_OK;
    void *block = NULL;
    *out = NULL;
    if (h < 1 || w < 1 || h > GAN_GRID_MAX_SIDE || w > GAN_GRID_MAX_SIDE || (c != 1 && c != 3) ||
        rate < 1 || rate > MAX_RATE || h * w * c > GAN_GRID_MAX_BYTES / 4) {
        return gan_fail(err, GAN_E_USAGE,
                        "%s: a video of %" PRId64 "x%" PRId64 "x%" PRId64 " at %d a second: 1 or 3 "
                        "channels, sides up to %d and 1 to %d frames a second can be written",
                        path, h, w, c, rate, GAN_GRID_MAX_SIDE, MAX_RATE);
    }
    GAN_TRY(gan_calloc(1, sizeof(gan_video), &block, err));
    gan_video *v = block;
    v->height = h;
    v->width = w;
    v->channels = c;
    v->scale = choose_scale(h, w);
    GAN_TRY_DONE(
        gan_calloc((size_t)(h * w * c), (size_t)(v->scale * v->scale), (void **)&v->pixels, err));
    GAN_TRY_DONE(open_file(v, path, rate, err));
    *out = v;
    v = NULL;
done:
    gan_video_destroy(v);
    return status;
}

/* One row of squares, then as many copies of it. */
static void fill_row(gan_video *v, const float *x, uint8_t *to)
{
    const size_t row = (size_t)(v->width * v->scale * v->channels);
    for (int64_t i = 0; i < v->width * v->scale; i++) {
        for (int64_t k = 0; k < v->channels; k++) {
            to[i * v->channels + k] = gan_grid_pixel(x[i / v->scale * v->channels + k]);
        }
    }
    for (int64_t y = 1; y < v->scale; y++) {
        memcpy(to + (size_t)y * row, to, row);
    }
}

gan_status gan_video_add(gan_video *v, const float *x, gan_error *err)
{
    const int64_t row = v->width * v->channels;
    for (int64_t y = 0; y < v->height; y++) {
        fill_row(v, x + y * row, v->pixels + y * row * v->scale * v->scale);
    }
    return v->ffmpeg ? gan_ffmpeg_add(v->ffmpeg, v->pixels, err)
                     : gan_apng_add(v->apng, v->pixels, err);
}

const char *gan_video_path(const gan_video *v)
{
    return v->path;
}

gan_status gan_video_finish(gan_video *v, gan_error *err)
{
    return v->ffmpeg ? gan_ffmpeg_finish(v->ffmpeg, err) : gan_apng_finish(v->apng, err);
}

void gan_video_destroy(gan_video *v)
{
    if (v) {
        gan_ffmpeg_destroy(v->ffmpeg);
        gan_apng_destroy(v->apng);
        free(v->path);
        free(v->pixels);
        free(v);
    }
}
