/* features_of.c — what a network that `gan eval` takes for features makes of images, for the
 * scripts beside it:
 *
 *   features_of NET.yaml:WEIGHTS [DEVICE] < images > features
 *
 * images: fp32 (n,H,W,C) in [-1,1] of the network's size; features: fp32 (n,F). */
#include <stdio.h>
#include <stdlib.h>

#include "eval/network.h"

static gan_status run(gan_feature_network *network, gan_error *err)
{
    const gan_dims3 in = gan_feature_network_input(network);
    const size_t pixels = (size_t)(in.h * in.w * in.c);
    const size_t features = (size_t)gan_feature_network_features(network);
    const size_t classes = (size_t)gan_feature_network_classes(network);
    float *x = calloc(GAN_FEATURE_CHUNK * pixels, sizeof *x);
    float *y = calloc(GAN_FEATURE_CHUNK * features, sizeof *y);
    float *logits = calloc(GAN_FEATURE_CHUNK * classes + 1, sizeof *logits);
    gan_status status = x && y && logits ? GAN_OK : gan_fail(err, GAN_E_MEMORY, "no memory");
    size_t n = 0;
    while (status == GAN_OK && (n = fread(x, pixels * sizeof *x, GAN_FEATURE_CHUNK, stdin)) > 0) {
        status = gan_feature_network_run(network, x, (int64_t)n, y, logits, err);
        if (status == GAN_OK && fwrite(y, features * sizeof *y, n, stdout) != n) {
            status = gan_fail(err, GAN_E_IO, "standard output cannot be written");
        }
    }
    free(x);
    free(y);
    free(logits);
    return status;
}

int main(int argc, char **argv)
{
    const gan_extractor_options options = {.device = argc == 3 ? argv[2] : "cpu"};
    gan_feature_network *network = NULL;
    gan_error err = {0};
    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: features_of NET.yaml:WEIGHTS [DEVICE] < images > features\n");
        return 2;
    }
    gan_status status = gan_feature_network_open(argv[1], &options, &network, &err);
    if (status == GAN_OK) {
        status = run(network, &err);
    }
    gan_feature_network_close(network);
    if (status != GAN_OK) {
        fprintf(stderr, "features_of: %s\n", err.text);
    }
    return status != GAN_OK;
}
