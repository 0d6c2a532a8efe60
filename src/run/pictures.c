/* pictures.c — the pictures of a run: reals.png, sample grids, progress.gif. */
#define _GNU_SOURCE /* unlink */
#include "run/pictures.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "data/picture.h"
#include "gan/image.h"
#include "io/grid.h"

/* A frame is a whole picture in memory. */
enum { GIF_MAX_FRAMES = 120, GIF_MAX_SIDE = 1 << 14, GIF_MAX_AREA = 1 << 26 };
static const double frame_seconds = 0.15, last_frame_seconds = 2.0;

static bool can_be_made(const gan_net_summary *net, gan_grid_shape shape, bool gif)
{
    const gan_image_grid wish = {.rows = shape.rows, .cols = shape.columns};
    const int64_t shown = net->channels >= 3 ? 3 : 1; /* as gan_image_show() has it */
    gan_grid grid;
    return gan_grid_make(&wish, 1, net->height, net->width, shown, &grid, NULL) == GAN_OK &&
           (!gif || (grid.height <= GIF_MAX_SIDE && grid.width <= GIF_MAX_SIDE &&
                     grid.height * grid.width <= GIF_MAX_AREA));
}

gan_status gan_pictures_plan(const gan_start *start, gan_grid_shape *grid, gan_error *err)
{
    const gan_options *o = &start->options;
    const gan_net_summary net = gan_net_summarize(start->net);
    /* a GIF's frames are read from the sample grids; a resumed run may have some already */
    const bool gif = o->gif && (o->sample_every.value > 0 || start->folder);
    GAN_TRY(gan_grid_parse(o->grid, &grid->rows, &grid->columns, err));
    const int longer = grid->rows > grid->columns ? grid->rows : grid->columns;
    gan_grid_shape less = *grid;
    for (int side = longer; side > 0 && !can_be_made(&net, less, gif); side--) {
        less.rows = grid->rows * side / longer > 0 ? grid->rows * side / longer : 1;
        less.columns = grid->columns * side / longer > 0 ? grid->columns * side / longer : 1;
    }
    if (less.rows == grid->rows && less.columns == grid->columns) {
        return GAN_OK;
    }
    return gan_fail(
        err, GAN_E_USAGE, "grid: %s images of %lldx%lld are too many pixels for %s; %dx%d fits%s",
        o->grid, (long long)net.height, (long long)net.width, gif ? "progress.gif" : "one picture",
        less.rows, less.columns, gif ? ", or pass --no-gif" : "");
}

gan_status gan_pictures_write_reals(const gan_run_folder *run, const gan_data *data,
                                    gan_grid_shape grid, char **path, gan_error *err)
{
    const gan_data_info *info = gan_data_describe(data);
    const uint8_t *pixels = gan_data_pixels(data);
    int64_t n = (int64_t)grid.rows * grid.columns;
    n = n < info->n ? n : info->n;
    int64_t values = n * info->height * info->width * info->channels;
    const gan_image_grid wish = {.rows = grid.rows, .cols = grid.columns};
    void *memory = NULL;
    gan_status status = GAN_OK;
    *path = NULL;
    GAN_TRY_DONE(gan_calloc((size_t)values, sizeof(float), &memory, err));
    for (int64_t i = 0; i < values; i++) {
        ((float *)memory)[i] = ((float)pixels[i] - 127.5f) / 127.5f;
    }
    int64_t shown = gan_image_show(memory, values / info->channels, info->channels);
    const gan_image_batch batch = {memory, n, info->height, info->width, shown};
    GAN_TRY_DONE(gan_run_folder_path(run, path, err, "reals.png"));
    GAN_TRY_DONE(gan_image_write_png(*path, &batch, &wish, NULL, 0, err));
done:
    free(memory);
    if (status != GAN_OK) {
        free(*path);
        *path = NULL;
    }
    return status;
}

gan_status gan_pictures_write_samples(const gan_run_folder *run, gan_session *session,
                                      gan_grid_shape grid, char **path, gan_error *err)
{
    const gan_net_summary net = gan_net_summarize(gan_session_net(session));
    int64_t n = (int64_t)grid.rows * grid.columns, step = gan_session_step(session);
    const gan_image_grid wish = {.rows = grid.rows, .cols = grid.columns};
    char step_text[32], seeds_text[48];
    void *seeds = NULL, *images = NULL;
    gan_status status = GAN_OK;
    *path = NULL;
    GAN_TRY_DONE(gan_calloc((size_t)n, sizeof(uint64_t), &seeds, err));
    GAN_TRY_DONE(gan_calloc((size_t)(n * net.height * net.width * net.channels), sizeof(float),
                            &images, err));
    for (int64_t i = 0; i < n; i++) {
        ((uint64_t *)seeds)[i] = (uint64_t)i;
    }
    GAN_TRY_DONE(gan_session_sample(
        session, seeds, n, gan_options_averages(gan_session_options(session)), images, err));
    snprintf(step_text, sizeof step_text, "%lld", (long long)step);
    snprintf(seeds_text, sizeof seeds_text, "0-%lld", (long long)(n - 1));
    const gan_image_text text[] = {{"step", step_text}, {"seeds", seeds_text}};
    int64_t shown = gan_image_show(images, n * net.height * net.width, net.channels);
    const gan_image_batch batch = {images, n, net.height, net.width, shown};
    GAN_TRY_DONE(gan_run_folder_path(run, path, err, "samples/step-%08lld.png", (long long)step));
    GAN_TRY_DONE(gan_image_write_png(*path, &batch, &wish, text, 2, err));
done:
    free(seeds);
    free(images);
    if (status != GAN_OK) {
        free(*path);
        *path = NULL;
    }
    return status;
}

/* The step of a sample grid's file name, or -1. */
static int64_t step_of(const char *name)
{
    long long step = -1;
    char end[8] = "";
    return sscanf(name, "step-%15lld.%4s", &step, end) == 2 && strcmp(end, "png") == 0 ? step : -1;
}

gan_status gan_pictures_cut_back(const gan_run_folder *run, int64_t step, gan_error *err)
{
    char *folder = NULL;
    gan_path_names names = {0};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_run_folder_path(run, &folder, err, "samples"));
    GAN_TRY_DONE(gan_path_list(folder, &names, err));
    for (size_t i = 0; i < names.n; i++) {
        char *path = NULL;
        if (step_of(names.name[i]) > step) {
            GAN_TRY_DONE(gan_path_join(folder, names.name[i], &path, err));
            if (unlink(path) != 0 && errno != ENOENT) {
                status = gan_fail(err, GAN_E_IO, "%s: cannot remove: %s", path, strerror(errno));
            }
            free(path);
            GAN_TRY_DONE(status);
        }
    }
done:
    free(folder);
    gan_path_names_free(&names);
    return status;
}

/* Paths of the sample grids, oldest first, thinned to what a GIF should hold: the last stays. */
static gan_status list_frames(const gan_run_folder *run, gan_path_names *frames, gan_error *err)
{
    char *folder = NULL;
    gan_path_names names = {0};
    void *array = NULL;
    gan_status status = GAN_OK;
    *frames = (gan_path_names){0};
    GAN_TRY_DONE(gan_run_folder_path(run, &folder, err, "samples"));
    GAN_TRY_DONE(gan_path_list(folder, &names, err));
    size_t every = (names.n + GIF_MAX_FRAMES - 1) / GIF_MAX_FRAMES;
    GAN_TRY_DONE(gan_grow(&array, names.n + 1, sizeof(char *), &frames->capacity, err));
    frames->name = array;
    for (size_t i = 0; i < names.n; i++) {
        if ((names.n - 1 - i) % every == 0 && step_of(names.name[i]) >= 0) {
            GAN_TRY_DONE(gan_path_join(folder, names.name[i], &frames->name[frames->n], err));
            frames->n++;
        }
    }
done:
    free(folder);
    gan_path_names_free(&names);
    if (status != GAN_OK) {
        gan_path_names_free(frames);
    }
    return status;
}

static gan_status add_frame(gan_gif *gif, const char *path, const gan_picture *shape, bool last,
                            gan_error *err)
{
    gan_picture picture = {0};
    gan_status status = gan_picture_read(path, &picture, err);
    if (status == GAN_E_DATA && !last) {
        return GAN_OK;
    }
    GAN_TRY(status);
    if (picture.height == shape->height && picture.width == shape->width &&
        picture.channels == shape->channels) {
        status =
            gan_gif_add_pixels(gif, picture.pixels, last ? last_frame_seconds : frame_seconds, err);
    }
    free(picture.pixels);
    return status;
}

static gan_status write_frames(const char *path, const gan_path_names *frames, gan_error *err)
{
    gan_picture shape = {0};
    gan_gif *gif = NULL;
    const gan_image_grid whole = {.rows = 1, .cols = 1, .gap = GAN_IMAGE_NO_GAP};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(gan_picture_read(frames->name[frames->n - 1], &shape, err));
    GAN_TRY_DONE(
        gan_gif_create(path, 1, shape.height, shape.width, shape.channels, &whole, &gif, err));
    for (size_t i = 0; i < frames->n; i++) {
        GAN_TRY_DONE(add_frame(gif, frames->name[i], &shape, i + 1 == frames->n, err));
    }
    GAN_TRY_DONE(gan_gif_finish(gif, err));
done:
    gan_gif_destroy(gif);
    free(shape.pixels);
    return status;
}

gan_status gan_pictures_write_gif(const gan_run_folder *run, gan_error *err)
{
    gan_path_names frames = {0};
    char *path = NULL;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(list_frames(run, &frames, err));
    if (frames.n > 0) {
        GAN_TRY_DONE(gan_run_folder_path(run, &path, err, "progress.gif"));
        GAN_TRY_DONE(write_frames(path, &frames, err));
    }
done:
    free(path);
    gan_path_names_free(&frames);
    return status;
}
