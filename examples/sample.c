/* sample.c — samples of a trained generator into memory, and what is done with them there: here
 * each is printed as characters.     sample CHECKPOINT|RUN [HOW MANY] */
#include <stdio.h>
#include <stdlib.h>

#include "gan/gan.h"

/* The first channel, two rows a line: characters are twice as high as wide. */
static void print(const float *image, const gan_net_summary *net)
{
    static const char shades[] = " .:-=+*#%@";
    for (int64_t y = 0; y < net->height; y += 2) {
        for (int64_t x = 0; x < net->width; x++) {
            const float value = image[(y * net->width + x) * net->channels]; /* -1 to 1 */
            putchar(shades[(int)((value + 1) / 2 * 9.99f)]);
        }
        putchar('\n');
    }
}

int main(int argc, char **argv)
{
    gan_error err = {0};
    gan_generator *generator = NULL;
    const int64_t n = argc > 2 ? atoi(argv[2]) : 2;
    if (argc < 2 || n < 1) {
        fprintf(stderr, "usage: sample CHECKPOINT|RUN [HOW MANY]\n");
        return 2;
    }
    if (gan_generator_open(argv[1], NULL, &generator, &err) != GAN_OK) {
        fprintf(stderr, "sample: %s\n", err.text);
        return gan_status_exit_code(err.status);
    }
    const gan_net_summary net = gan_net_summarize(gan_generator_net(generator));
    const int64_t size = net.height * net.width * net.channels;
    float *images = calloc((size_t)(n * size), sizeof *images);
    uint64_t *seeds = calloc((size_t)n, sizeof *seeds);
    gan_status status = images && seeds ? GAN_OK : GAN_E_MEMORY;
    for (int64_t i = 0; status == GAN_OK && i < n; i++) {
        seeds[i] = (uint64_t)i; /* image i is a function of its seed and the weights alone */
    }
    if (status == GAN_OK) {
        status = gan_generator_sample(generator, seeds, n, images, &err);
    }
    for (int64_t i = 0; status == GAN_OK && i < n; i++) {
        print(images + i * size, &net);
    }
    if (status != GAN_OK) {
        fprintf(stderr, "sample: %s\n", err.text[0] ? err.text : gan_status_text(status));
    }
    free(images);
    free(seeds);
    gan_generator_close(generator);
    return gan_status_exit_code(status);
}
