/* extractor.c — features of pictures: looked at in one size, through a network or as they are. */
#include "eval/extractor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/sha256.h"
#include "data/fit.h"
#include "eval/network.h"

enum { PIXELS_SIDE = 16 };

struct gan_extractor {
    int64_t h, w, c; /* of the pictures that come */
    gan_extractor_info info;
    char hash[GAN_SHA256_TEXT];
    gan_feature_network *network; /* NULL: pixels */
    uint8_t *fitted;              /* one chunk in the size that is looked at */
    float *x;                     /* the same in [-1,1] */
};

static const char pixels_name[] = "pixels";

static void describe_pixels(gan_extractor *e)
{
    gan_sha256 hash;
    char text[96];
    e->info.name = pixels_name;
    e->info.height = e->h < PIXELS_SIDE ? e->h : PIXELS_SIDE;
    e->info.width = e->w < PIXELS_SIDE ? e->w : PIXELS_SIDE;
    e->info.channels = e->c == 1 ? 1 : 3;
    e->info.features = e->info.height * e->info.width * e->info.channels;
    snprintf(text, sizeof text, "pixels %lld x %lld x %lld", (long long)e->info.height,
             (long long)e->info.width, (long long)e->info.channels);
    gan_sha256_init(&hash);
    gan_sha256_update(&hash, text, strlen(text));
    gan_sha256_final_text(&hash, e->hash);
}

static gan_status describe_network(gan_extractor *e, const char *spec,
                                   const gan_extractor_options *options, gan_error *err)
{
    GAN_TRY(gan_feature_network_open(spec, options, &e->network, err));
    const gan_dims3 in = gan_feature_network_input(e->network);
    e->info.name = gan_feature_network_name(e->network);
    e->info.height = in.h;
    e->info.width = in.w;
    e->info.channels = in.c;
    e->info.features = gan_feature_network_features(e->network);
    e->info.classes = gan_feature_network_classes(e->network);
    memcpy(e->hash, gan_feature_network_hash(e->network), sizeof e->hash);
    return GAN_OK;
}

static gan_status make_room(gan_extractor *e, gan_error *err)
{
    const int64_t size = e->info.height * e->info.width * e->info.channels;
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)(GAN_FEATURE_CHUNK * size), 1, &memory, err));
    e->fitted = memory;
    GAN_TRY(gan_calloc((size_t)(GAN_FEATURE_CHUNK * size), sizeof(float), &memory, err));
    e->x = memory;
    return gan_fit_possible(e->c, e->info.channels, err);
}

gan_status gan_extractor_open(const char *spec, int64_t h, int64_t w, int64_t c,
                              const gan_extractor_options *options, gan_extractor **out,
                              gan_error *err)
{
    void *memory = NULL;
    gan_status status = GAN_OK;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof(gan_extractor), &memory, err));
    gan_extractor *e = memory;
    e->h = h;
    e->w = w;
    e->c = c;
    e->info.hash = e->hash;
    if (strcmp(spec, pixels_name) == 0) {
        describe_pixels(e);
    } else {
        GAN_TRY_DONE(describe_network(e, spec, options, err));
    }
    e->info.filter = e->info.height == h && e->info.width == w ? "none" : "triangle";
    GAN_TRY_DONE(make_room(e, err));
    *out = e;
    e = NULL;
done:
    gan_extractor_close(e);
    return status;
}

void gan_extractor_close(gan_extractor *extractor)
{
    if (!extractor) {
        return;
    }
    gan_feature_network_close(extractor->network);
    free(extractor->fitted);
    free(extractor->x);
    free(extractor);
}

gan_extractor_info gan_extractor_describe(const gan_extractor *extractor)
{
    return extractor->info;
}

/* Brings n pictures to the size that is looked at, as floats in [-1,1] as the networks have them.
 */
static gan_status fit(gan_extractor *e, const uint8_t *pictures, int64_t n, gan_error *err)
{
    const gan_extractor_info *to = &e->info;
    const int64_t from_size = e->h * e->w * e->c, size = to->height * to->width * to->channels;
    for (int64_t i = 0; i < n; i++) {
        const gan_picture picture = {(uint8_t *)(uintptr_t)(pictures + i * from_size), e->h, e->w,
                                     e->c};
        GAN_TRY(gan_picture_fit(&picture, GAN_FIT_STRETCH, GAN_FILTER_BILINEAR, to->height,
                                to->width, to->channels, e->fitted + i * size, err));
    }
    for (int64_t i = 0; i < n * size; i++) {
        e->x[i] = ((float)e->fitted[i] - 127.5f) / 127.5f;
    }
    return GAN_OK;
}

gan_status gan_extractor_run(gan_extractor *extractor, const uint8_t *pictures, int64_t n,
                             float *features, float *logits, gan_error *err)
{
    gan_extractor *e = extractor;
    const int64_t from_size = e->h * e->w * e->c, d = e->info.features, k = e->info.classes;
    for (int64_t done = 0; done < n; done += GAN_FEATURE_CHUNK) {
        const int64_t count = n - done < GAN_FEATURE_CHUNK ? n - done : GAN_FEATURE_CHUNK;
        float *to = features + done * d;
        GAN_TRY(fit(e, pictures + done * from_size, count, err));
        if (!e->network) {
            memcpy(to, e->x, (size_t)(count * d) * sizeof *to);
            continue;
        }
        GAN_TRY(gan_feature_network_run(e->network, e->x, count, to, k ? logits + done * k : NULL,
                                        err));
    }
    return GAN_OK;
}
