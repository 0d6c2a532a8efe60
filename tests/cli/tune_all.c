/* tune_all.c — writes a tune in which every operation of a training step on the CPU is computed in
 * its k-th way, as far as it has one: tune_all NET BATCH PRECISION K THREADS FILE */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "session/session.h"
#include "session/tune_file.h"

static gan_status set(gan_options *options, gan_option_id id, const char *text, gan_error *err)
{
    return gan_options_set(options, id, text, GAN_FROM_FLAG, err);
}

static gan_status fill(const gan_session *s, int k, gan_tune *tune, gan_error *err)
{
    for (int i = 0; i < s->program->n_ops; i++) {
        gan_way ways[GAN_WAYS_MAX];
        char *name = NULL;
        if (s->backend->ways(s->device, s->program, i, ways) <= k) {
            continue;
        }
        GAN_TRY(gan_tune_name(s->program, i, &name, err));
        gan_status status = gan_tune_set(tune, name, ways[k].name, err);
        free(name);
        GAN_TRY(status);
    }
    return GAN_OK;
}

int main(int argc, char **argv)
{
    gan_error err = {0};
    gan_net *net = NULL;
    gan_options options = {0};
    gan_session s = {0};
    gan_tune *tune = NULL;
    gan_status status = GAN_OK;
    if (argc != 7) {
        fprintf(stderr, "usage: tune_all NET BATCH PRECISION K THREADS FILE\n");
        return 2;
    }
    GAN_TRY_DONE(gan_net_load(argv[1], &net, &err));
    GAN_TRY_DONE(gan_options_init(&options, &err));
    GAN_TRY_DONE(set(&options, GAN_OPTION_ID_device, "cpu", &err));
    GAN_TRY_DONE(set(&options, GAN_OPTION_ID_batch_size, argv[2], &err));
    GAN_TRY_DONE(set(&options, GAN_OPTION_ID_precision, argv[3], &err));
    GAN_TRY_DONE(set(&options, GAN_OPTION_ID_threads, argv[5], &err));
    s.net = net;
    GAN_TRY_DONE(gan_session_resolve(net, &options, &s.options, &err));
    GAN_TRY_DONE(gan_session_prepare(&s, 96, NULL, &err));
    GAN_TRY_DONE(gan_tune_create(s.backend->choices(s.device), &tune, &err));
    GAN_TRY_DONE(fill(&s, atoi(argv[4]), tune, &err));
    GAN_TRY_DONE(gan_tune_file_write(tune, argv[6], &err));
    printf("%zu\n", gan_tune_size(tune));
done:
    if (status != GAN_OK) {
        fprintf(stderr, "%s\n", err.text);
    }
    gan_tune_destroy(tune);
    gan_session_release(&s);
    gan_options_free(&options);
    gan_net_destroy(net);
    return status == GAN_OK ? 0 : 1;
}
