/* train.c — gan.c as a library: trains a small network on digits that the program draws and writes
 * a picture of 32 that the network makes.     build/release/examples/train [PICTURE [ROUNDS]] */
#include <stdio.h>
#include <stdlib.h>

#include "gan/gan.h"

enum { ROUND_STEPS = 50, N = 32 };

static gan_status train(gan_session *session, int rounds, gan_error *err)
{
    for (int i = 0; i < rounds; i++) {
        gan_metrics mean;
        int64_t used;
        if (gan_session_run(session, ROUND_STEPS, err) != GAN_OK ||
            gan_session_metrics(session, ROUND_STEPS, &mean, &used, err) != GAN_OK) {
            return err->status;
        }
        printf("Loss_D %.3f, Loss_G %.3f\n", mean.loss_d, mean.loss_g);
    }
    return gan_session_check(session, err);
}

static gan_status write_picture(gan_session *session, const char *path, gan_error *err)
{
    const gan_net_summary net = gan_net_summarize(gan_session_net(session));
    float *images = calloc((size_t)(N * net.height * net.width * net.channels), sizeof *images);
    const gan_image_batch batch = {images, N, net.height, net.width, net.channels};
    uint64_t seeds[N];
    for (int i = 0; i < N; i++) {
        seeds[i] = (uint64_t)i;
    }
    err->status = images ? gan_session_sample(session, seeds, N, false, images, err) : GAN_E_MEMORY;
    if (err->status == GAN_OK) {
        err->status = gan_image_write_png(path, &batch, NULL, NULL, 0, err);
    }
    free(images);
    return err->status;
}

int main(int argc, char **argv)
{
    gan_error err = {0};
    gan_net *net = NULL;
    gan_data *data = NULL;
    gan_session *session = NULL;
    gan_options options = {0};
    bool ok = gan_options_init(&options, &err) == GAN_OK &&
              gan_net_load("tiny", &net, &err) == GAN_OK &&
              gan_data_open("digits", &(gan_data_options){.limit = 2000}, &data, &err) == GAN_OK &&
              gan_session_create(net, data, &options, NULL, &session, &err) == GAN_OK &&
              train(session, argc > 2 ? atoi(argv[2]) : 6, &err) == GAN_OK &&
              write_picture(session, argc > 1 ? argv[1] : "digits.png", &err) == GAN_OK;
    fprintf(stderr, "%s%s", err.text, ok ? "" : "\n");
    gan_session_destroy(session);
    gan_data_close(data);
    gan_net_destroy(net);
    gan_options_free(&options);
    return gan_status_exit_code(err.status);
}
