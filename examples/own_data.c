/* own_data.c — a whole training run, with its folder, on images that this program makes: discs of
 * any size and place. A data base or a camera is another image().
 *      own_data [FOLDER [STEPS [NETWORK]]], of which `auto` is the one
 *      that suits the images */
#include <stdio.h>
#include <stdlib.h>

#include "gan/gan.h"

enum { SIDE = 28, N = 1024 };

/* Image i, and whether its disc is a large one. */
static gan_status disc(void *ctx, int64_t i, uint8_t *pixels, int32_t *label, gan_error *err)
{
    (void)ctx;
    (void)err;
    const int radius = 3 + (int)(i % 8), x0 = 10 + (int)(i / 8 % 8), y0 = 10 + (int)(i / 64 % 8);
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            const int d = (x - x0) * (x - x0) + (y - y0) * (y - y0);
            pixels[y * SIDE + x] = d <= radius * radius ? 255 : 0;
        }
    }
    *label = radius > 6;
    return GAN_OK;
}

static void tell(void *ctx, const gan_event *event)
{
    (void)ctx;
    if (event->kind == GAN_EVENT_LOG) {
        printf("step %lld of %lld: Loss_D %.3f, Loss_G %.3f\n", (long long)event->step,
               (long long)event->total_steps, event->metrics.loss_d, event->metrics.loss_g);
    } else if (event->kind == GAN_EVENT_NOTE) {
        printf("%s\n", event->text);
    }
}

static gan_status set(gan_options *options, const char *key, const char *value, gan_error *err)
{
    return gan_options_set(options, gan_option_find(key), value, GAN_FROM_FLAG, err);
}

int main(int argc, char **argv)
{
    const gan_data_source source = {.name = "discs",
                                    .n = N,
                                    .height = SIDE,
                                    .width = SIDE,
                                    .channels = 1,
                                    .n_classes = 2,
                                    .image = disc};
    gan_error err = {0};
    gan_options options = {0};
    gan_data *data = NULL;
    static gan_train_result result;
    bool ok = gan_options_init(&options, &err) == GAN_OK &&
              gan_data_make(&source, NULL, &data, &err) == GAN_OK &&
              set(&options, "net", argc > 3 ? argv[3] : "tiny", &err) == GAN_OK &&
              set(&options, "outdir", argc > 1 ? argv[1] : "runs", &err) == GAN_OK &&
              set(&options, "steps", argc > 2 ? argv[2] : "100", &err) == GAN_OK;
    if (ok) {
        const gan_train_callbacks callbacks = {.event = tell, .data = data};
        ok = gan_train(&options, &callbacks, &result, &err) == GAN_OK;
    }
    if (ok) {
        printf("%s\n", result.checkpoint);
    } else {
        fprintf(stderr, "own_data: %s\n", err.text);
    }
    gan_data_close(data);
    gan_options_free(&options);
    return ok ? 0 : gan_status_exit_code(err.status);
}
