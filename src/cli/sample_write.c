/* sample_write.c — the images of gan sample as files: a grid, an array, one file each, a GIF, a
 * video. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/path.h"
#include "cli/sample.h"
#include "gan/array.h"

enum { FRAMES_PER_SECOND = 20 };

static gan_status write_each(cli_sample_job *j)
{
    int64_t pixels = j->net.height * j->net.width * j->net.channels;
    const char *what = j->z_file ? "z" : "seed";
    if (mkdir(j->each, 0777) != 0 && errno != EEXIST) {
        char message[512];
        snprintf(message, sizeof message, "cannot make the folder %.400s: %s", j->each,
                 strerror(errno));
        return cli_sample_fail(j, GAN_E_CREATE, "%s", message);
    }
    for (int64_t i = 0; i < j->n_images; i++) {
        char path[4096], seed[32];
        snprintf(seed, sizeof seed, "%llu", (unsigned long long)j->seeds[i]);
        snprintf(path, sizeof path, "%s/%s-%s.png", j->each, what, seed);
        const gan_image_batch one = {j->images + i * pixels, 1, j->net.height, j->net.width,
                                     j->net.channels};
        const gan_image_grid alone = {.rows = 1, .cols = 1, .gap = GAN_IMAGE_NO_GAP};
        const gan_image_text text = {what, seed};
        gan_status status = gan_image_write_png(path, &one, &alone, &text, 1, j->err);
        if (status != GAN_OK) {
            return status;
        }
    }
    return GAN_OK;
}

static gan_status write_gif(cli_sample_job *j)
{
    const gan_image_grid alone = {.rows = 1, .cols = 1, .gap = GAN_IMAGE_NO_GAP};
    int64_t pixels = j->net.height * j->net.width * j->net.channels;
    gan_gif *gif = NULL;
    gan_status status = gan_gif_create(j->output, 1, j->net.height, j->net.width, j->net.channels,
                                       &alone, &gif, j->err);
    for (int64_t i = 0; i < j->n_images && status == GAN_OK; i++) {
        status = gan_gif_add(gif, j->images + i * pixels, 1.0 / FRAMES_PER_SECOND, j->err);
    }
    if (status == GAN_OK) {
        status = gan_gif_finish(gif, j->err);
    }
    gan_gif_destroy(gif);
    return status;
}

static gan_status write_video(cli_sample_job *j)
{
    const int64_t pixels = j->net.height * j->net.width * j->net.channels;
    gan_video *video = NULL;
    gan_status status = gan_video_create(j->output, j->net.height, j->net.width, j->net.channels,
                                         FRAMES_PER_SECOND, &video, j->err);
    for (int64_t i = 0; i < j->n_images && status == GAN_OK; i++) {
        status = gan_video_add(video, j->images + i * pixels, j->err);
    }
    if (status == GAN_OK) {
        status = gan_video_finish(video, j->err);
    }
    if (status == GAN_OK) {
        status = gan_strdup(gan_video_path(video), &j->filmed, j->err);
    }
    if (status == GAN_OK && strcmp(j->filmed, j->output) != 0 && j->listener) {
        cli_print_note("there is no ffmpeg here: the video is an animated PNG");
    }
    gan_video_destroy(video);
    return status;
}

gan_status cli_sample_write(cli_sample_job *j)
{
    if (!j->each && !j->video && gan_path_ends(j->output, ".npy")) {
        const int64_t dims[] = {j->n_images, j->net.height, j->net.width, j->net.channels};
        return gan_npy_write_f32(j->output, j->images, dims, 4, j->err);
    }
    j->net.channels =
        gan_image_show(j->images, j->n_images * j->net.height * j->net.width, j->net.channels);
    if (j->each) {
        return write_each(j);
    }
    if (j->video) {
        return write_video(j);
    }
    if (gan_path_ends(j->output, ".gif")) {
        return write_gif(j);
    }
    const gan_image_batch batch = {j->images, j->n_images, j->net.height, j->net.width,
                                   j->net.channels};
    return gan_image_write_png(j->output, &batch, &j->grid, NULL, 0, j->err);
}
