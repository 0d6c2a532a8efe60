/* event_loop.c — a trainer inside a program that has an event loop of its own: one step between two
 * looks at what else is there. Lines on its input are commands:
 *
 *      status    the step, and the losses since the last one
 *      sample    a picture of 16 images to FILE.png
 *      quit      end; so does the end of the input
 *
 *      event_loop FILE.png [STEPS] */
#define _POSIX_C_SOURCE 200809L
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gan/gan.h"

typedef struct trainer {
    gan_net *net;
    gan_data *data;
    gan_options options;
    gan_session *session;
    int64_t told; /* the step at the last status */
    const char *picture;
} trainer;

static gan_status status_of(trainer *t, gan_error *err)
{
    gan_metrics mean;
    int64_t used = 0, step = gan_session_step(t->session);
    if (gan_session_metrics(t->session, step - t->told, &mean, &used, err) != GAN_OK) {
        return err->status;
    }
    t->told = step;
    printf("step %lld, Loss_D %.3f, Loss_G %.3f\n", (long long)step, mean.loss_d, mean.loss_g);
    return GAN_OK;
}

static gan_status sample(trainer *t, gan_error *err)
{
    static float images[16 * 28 * 28];
    uint64_t seeds[16];
    for (uint64_t i = 0; i < 16; i++) {
        seeds[i] = i;
    }
    const gan_image_batch batch = {images, 16, 28, 28, 1};
    if (gan_session_sample(t->session, seeds, 16, false, images, err) != GAN_OK) {
        return err->status;
    }
    return gan_image_write_png(t->picture, &batch, NULL, NULL, 0, err);
}

/* A command, if there is one within so many milliseconds. *over: the end. */
static gan_status listen(trainer *t, int milliseconds, bool *over, gan_error *err)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char line[64];
    if (poll(&input, 1, milliseconds) <= 0) {
        return GAN_OK;
    }
    const ssize_t n = read(STDIN_FILENO, line, sizeof line - 1);
    line[n > 0 ? n : 0] = '\0';
    *over = n <= 0 || strstr(line, "quit") != NULL;
    gan_status status = strstr(line, "status") ? status_of(t, err) : GAN_OK;
    if (status == GAN_OK && strstr(line, "sample")) {
        status = sample(t, err);
    }
    (void)fflush(stdout);
    return status;
}

static gan_status loop(trainer *t, int64_t steps, gan_error *err)
{
    bool over = false;
    gan_status status = GAN_OK;
    while (!over && status == GAN_OK) {
        const bool busy = gan_session_step(t->session) < steps;
        status = listen(t, busy ? 0 : -1, &over, err); /* with nothing left to train: wait */
        if (busy && !over && status == GAN_OK) {
            status = gan_session_run(t->session, 1, err);
        }
    }
    return status == GAN_OK ? gan_session_check(t->session, err) : status;
}

int main(int argc, char **argv)
{
    gan_error err = {0};
    trainer t = {.picture = argc > 1 ? argv[1] : "samples.png"};
    const gan_data_options few = {.limit = 1024};
    const bool ok =
        gan_options_init(&t.options, &err) == GAN_OK &&
        gan_net_load("tiny", &t.net, &err) == GAN_OK &&
        gan_data_open("digits", &few, &t.data, &err) == GAN_OK &&
        gan_session_create(t.net, t.data, &t.options, NULL, &t.session, &err) == GAN_OK &&
        loop(&t, argc > 2 ? atoi(argv[2]) : 200, &err) == GAN_OK;
    if (!ok) {
        fprintf(stderr, "event_loop: %s\n", err.text);
    }
    gan_session_destroy(t.session);
    gan_data_close(t.data);
    gan_net_destroy(t.net);
    gan_options_free(&t.options);
    return ok ? 0 : gan_status_exit_code(err.status);
}
