/* image.c — pictures and arrays in files: PNG, GIF, NumPy's .npy, out and in. */
#include "need.h"

#include "gan/gan.h"

enum { N = 6, H = 16, W = 16 };

/* A ramp that moves: images as a generator makes them, in [-1,1]. */
static void draw(float *x, int shift)
{
    for (int i = 0; i < N * H * W; i++) {
        x[i] = (float)((i + shift + i / (H * W) * 5) % W) / (W / 2.0f) - 1;
    }
}

static void animate(const char *path, float *x, gan_error *err)
{
    gan_gif *gif = NULL;
    int64_t height = 0, width = 0;
    need(gan_gif_create(path, N, H, W, 1, NULL, &gif, err), err);
    gan_gif_size(gif, &height, &width);
    for (int frame = 0; frame < 8; frame++) {
        draw(x, 2 * frame);
        need(gan_gif_add(gif, x, 0.1, err), err);
    }
    uint8_t *white = malloc((size_t)(height * width));
    for (int64_t i = 0; white && i < height * width; i++) {
        white[i] = 255;
    }
    need(white ? gan_gif_add_pixels(gif, white, 1, err) : GAN_E_MEMORY, err);
    need(gan_gif_finish(gif, err), err);
    gan_gif_destroy(gif);
    free(white);
}

static void film(const char *path, float *x, gan_error *err)
{
    gan_video *video = NULL;
    need(gan_video_create(path, H, W, 1, 20, &video, err), err);
    for (int frame = 0; frame < 8; frame++) {
        draw(x, 2 * frame);
        need(gan_video_add(video, x, err), err);
    }
    need(gan_video_finish(video, err), err);
    printf("%s\n", gan_video_path(video));
    gan_video_destroy(video);
}

int main(void)
{
    static float x[N * H * W], rgba[4 * 4] = {1, 0, 0, -1};
    static const int64_t dims[] = {N, H, W}, z_dims[] = {2, 3};
    static const float z[] = {0, 1, 2, 3, 4, 5};
    gan_error err = {0};
    draw(x, 0);
    const gan_image_batch batch = {x, N, H, W, 1};
    const gan_image_grid row = {.rows = 1, .gap = GAN_IMAGE_NO_GAP};
    const gan_image_text text[] = {{"Title", "ramps"}};
    need(gan_image_grid_check(&row, N, H, W, 1, &err), &err);
    need(gan_image_write_png("ramps.png", &batch, &row, text, 1, &err), &err);
    animate("ramps.gif", x, &err);
    film("film.png", x, &err);
    const int64_t shown = gan_image_show(rgba, 4, 4); /* of four channels, three */

    need(gan_npy_write_f32("ramps.npy", x, dims, 3, &err), &err);
    need(gan_npy_write_u8("bytes.npy", (const uint8_t *)"abcdef", z_dims, 2, &err), &err);
    gan_array array = {0};
    need(gan_array_read("ramps.npy", &array, &err), &err);
    printf("%d dims of %s: %lld first\n", array.n_dims, array.doubles ? "doubles" : "floats",
           (long long)array.dims[0]);
    const bool right = shown == 3 && array.dims[2] == W && !gan_array_is_real("bytes.npy");
    gan_array_free(&array);

    /* Latent vectors that another program chose. */
    float *latents = NULL;
    int64_t n = 0;
    need(gan_npy_write_f32("z.npy", z, z_dims, 2, &err), &err);
    need(gan_latents_read("z.npy", 3, &latents, &n, &err), &err);
    const bool same = n == 2 && latents[5] >= 5 && latents[5] <= 5;
    free(latents);
    return right && same ? 0 : 1;
}
