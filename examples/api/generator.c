/* generator.c — what is done with a trained generator: samples by seed and by z, how good they are,
 * and its weights in the files of other programs.     generator CHECKPOINT|RUN */
#include "need.h"

#include <math.h>

#include "gan/gan.h"

static void line(void *ctx, const char *text)
{
    (void)ctx;
    puts(text);
}

static const gan_listener printer = {line, NULL};

/* A walk from one z to another. */
static void walk(gan_generator *generator, int64_t nz, float *images, gan_error *err)
{
    float *z = calloc((size_t)(3 * nz), sizeof *z);
    need(z ? GAN_OK : GAN_E_MEMORY, err);
    gan_latent_of_seed(1, nz, z);
    gan_latent_of_seed(2, nz, z + 2 * nz);
    gan_latent_slerp(z, z + 2 * nz, 0.5, nz, z + nz);
    need(gan_generator_decode(generator, z, 3, images, err), err);
    free(z);
}

static void judge(gan_generator *generator, const char *path, const float *images, gan_error *err)
{
    const gan_eval_options options = {.n = 32, .cache = "", .features = "pixels", .no_log = true};
    gan_likeness likeness;
    gan_eval_result result = {0};
    need(gan_generator_judge(generator, &likeness, err), err);
    printf("%.2f: %s\n", likeness.share, likeness.words);
    /* Distances need OpenBLAS, which may not be there. */
    const gan_status status = gan_eval(path, &options, &result, err);
    if (status != GAN_E_UNSUPPORTED) {
        need(status, err);
        for (int i = 0; i < result.n_measures; i++) {
            printf("%s: %g\n", result.measure[i].text, result.measure[i].value);
        }
        need(gan_generator_nearest(generator, images, 3, &options, "nearest.png", err), err);
    }
    gan_eval_result_free(&result);
}

static void exchange(const char *path, gan_error *err)
{
    gan_export_result result;
    for (int i = 0; gan_exchange_format_at(i); i++) {
        printf("%s: %s\n", gan_exchange_format_at(i)->name, gan_exchange_format_at(i)->content);
    }
    const gan_export_options plain = {.format = "safetensors"};
    need(gan_export(path, "weights.safetensors", &plain, &result, err), err);
    printf("%lld parameters of step %lld\n", (long long)result.parameters, (long long)result.step);
    const gan_import_options from = {.generator = "weights.safetensors", .table = &printer};
    need(gan_import(path, "imported.safetensors", &from, err), err);
}

int main(int argc, char **argv)
{
    static const uint64_t seeds[] = {7, 8, 9};
    gan_error err = {0};
    gan_generator *generator = NULL;
    const gan_generator_options options = {.device = "cpu", .listener = &printer};
    if (argc != 2) {
        fprintf(stderr, "usage: generator CHECKPOINT|RUN\n");
        return 2;
    }
    need(gan_generator_open(argv[1], &options, &generator, &err), &err);
    const gan_net_summary net = gan_net_summarize(gan_generator_net(generator));
    printf("%s: step %lld%s%s\n", gan_generator_path(generator),
           (long long)gan_generator_step(generator),
           gan_generator_is_averaged(generator) ? ", averaged weights" : "",
           gan_generator_is_precise(generator) ? ", statistics measured again" : "");
    float *images = calloc((size_t)(3 * net.height * net.width * net.channels), sizeof *images);
    need(images ? GAN_OK : GAN_E_MEMORY, &err);
    walk(generator, net.latent, images, &err);
    need(gan_generator_sample(generator, seeds, 3, images, &err), &err);
    const bool right = fabsf(images[0]) <= 1;
    judge(generator, argv[1], images, &err);
    exchange(argv[1], &err);
    free(images);
    gan_generator_close(generator);
    return right ? 0 : 1;
}
