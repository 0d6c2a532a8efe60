/* extractor.c — features of pictures: looked at in one size, through a network or as they are. */
#include "eval/extractor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/sha256.h"
#include "data/fit.h"
#include "data/registry.h"
#include "eval/network.h"

enum { PIXELS_SIDE = 16 };

struct gan_extractor {
    int64_t h, w, c; /* of the pictures that come */
    gan_extractor_info info;
    char hash[GAN_SHA256_TEXT];
    gan_feature_network *network; /* NULL: pixels */
    char *name;                   /* of planes' features; else NULL */
    int64_t of_plane, logits_of_plane;
    uint8_t *fitted;        /* one chunk in the size that is looked at */
    float *x;               /* the same in [-1,1] */
    float *plane, *results; /* of planes: one of them, and what the network makes of it */
};

static const char pixels_name[] = "pixels", planes_prefix[] = "planes:";

const char *gan_extractor_default(const char *source)
{
    const gan_dataset *set = source ? gan_dataset_find(source) : NULL;
    return set && set->features ? set->features : "random-conv";
}

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

/* The network's hash, and that it looks at planes. */
static gan_status describe_planes(gan_extractor *e, gan_error *err)
{
    gan_sha256 hash;
    if (e->info.channels != 1) {
        return gan_fail(err, GAN_E_USAGE,
                        "%s takes pictures of %lld channels, and planes are looked at by a network "
                        "of one",
                        e->info.name, (long long)e->info.channels);
    }
    e->info.planes = (int)(e->c < 3 ? e->c : 3);
    e->info.channels = e->info.planes;
    GAN_TRY(gan_format(&e->name, err, "%s%s", planes_prefix, e->info.name));
    e->info.name = e->name;
    e->info.features *= e->info.planes;
    e->info.logits *= e->info.planes;
    gan_sha256_init(&hash);
    gan_sha256_update(&hash, planes_prefix, sizeof planes_prefix);
    gan_sha256_update(&hash, e->hash, sizeof e->hash);
    gan_sha256_final_text(&hash, e->hash);
    return GAN_OK;
}

static gan_status describe_network(gan_extractor *e, const char *spec, bool planes,
                                   const gan_extractor_options *options, gan_error *err)
{
    GAN_TRY(gan_feature_network_open(spec, options, &e->network, err));
    const gan_dims3 in = gan_feature_network_input(e->network);
    e->info.name = gan_feature_network_name(e->network);
    e->info.height = in.h;
    e->info.width = in.w;
    e->info.channels = in.c;
    e->info.features = e->of_plane = gan_feature_network_features(e->network);
    e->info.logits = e->logits_of_plane = gan_feature_network_classes(e->network);
    memcpy(e->hash, gan_feature_network_hash(e->network), sizeof e->hash);
    return planes ? describe_planes(e, err) : GAN_OK;
}

static gan_status take_floats(int64_t n, float **out, gan_error *err)
{
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)n, sizeof(float), &memory, err));
    *out = memory;
    return GAN_OK;
}

static gan_status make_room(gan_extractor *e, gan_error *err)
{
    const int64_t pixels = GAN_FEATURE_CHUNK * e->info.height * e->info.width;
    void *memory = NULL;
    GAN_TRY(gan_calloc((size_t)(pixels * e->info.channels), 1, &memory, err));
    e->fitted = memory;
    GAN_TRY(take_floats(pixels * e->info.channels, &e->x, err));
    if (e->info.planes > 1) {
        GAN_TRY(take_floats(pixels, &e->plane, err));
        GAN_TRY(
            take_floats(GAN_FEATURE_CHUNK * (e->of_plane + e->logits_of_plane), &e->results, err));
    }
    return gan_fit_possible(e->c, e->info.channels, err);
}

gan_status gan_extractor_open(const char *spec, int64_t h, int64_t w, int64_t c,
                              const gan_extractor_options *options, gan_extractor **out,
                              gan_error *err)
{
    const size_t prefix = sizeof planes_prefix - 1;
    const bool planes = strncmp(spec, planes_prefix, prefix) == 0;
    void *memory = NULL;
    gan_status status = GAN_OK;
    *out = NULL;
    GAN_TRY(gan_calloc(1, sizeof(gan_extractor), &memory, err));
    gan_extractor *e = memory;
    e->h = h;
    e->w = w;
    e->c = c;
    e->info.hash = e->hash;
    e->info.planes = 1;
    if (strcmp(spec, pixels_name) == 0) {
        describe_pixels(e);
    } else {
        GAN_TRY_DONE(describe_network(e, planes ? spec + prefix : spec, planes, options, err));
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
    free(extractor->plane);
    free(extractor->results);
    free(extractor->name);
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

/* Rows of one plane into their places in rows of all. */
static void spread_rows(const float *from, int64_t n, int64_t width, int plane, int planes,
                        float *to)
{
    for (int64_t i = 0; i < n; i++) {
        memcpy(to + (i * planes + plane) * width, from + i * width, (size_t)width * sizeof *to);
    }
}

/* The network on each plane of the n pictures in e->x. */
static gan_status run_planes(gan_extractor *e, int64_t n, float *features, float *logits,
                             gan_error *err)
{
    const int64_t pixels = n * e->info.height * e->info.width;
    float *of_logits = e->results + GAN_FEATURE_CHUNK * e->of_plane;
    for (int p = 0; p < e->info.planes; p++) {
        for (int64_t i = 0; i < pixels; i++) {
            e->plane[i] = e->x[i * e->info.planes + p];
        }
        GAN_TRY(gan_feature_network_run(e->network, e->plane, n, e->results, of_logits, err));
        spread_rows(e->results, n, e->of_plane, p, e->info.planes, features);
        if (logits) {
            spread_rows(of_logits, n, e->logits_of_plane, p, e->info.planes, logits);
        }
    }
    return GAN_OK;
}

static gan_status run_chunk(gan_extractor *e, int64_t n, float *features, float *logits,
                            gan_error *err)
{
    if (!e->network) {
        memcpy(features, e->x, (size_t)(n * e->info.features) * sizeof *features);
        return GAN_OK;
    }
    return e->info.planes > 1 ? run_planes(e, n, features, logits, err)
                              : gan_feature_network_run(e->network, e->x, n, features, logits, err);
}

gan_status gan_extractor_run(gan_extractor *extractor, const uint8_t *pictures, int64_t n,
                             float *features, float *logits, gan_error *err)
{
    gan_extractor *e = extractor;
    const int64_t from_size = e->h * e->w * e->c, d = e->info.features, k = e->info.logits;
    for (int64_t done = 0; done < n; done += GAN_FEATURE_CHUNK) {
        const int64_t count = n - done < GAN_FEATURE_CHUNK ? n - done : GAN_FEATURE_CHUNK;
        GAN_TRY(fit(e, pictures + done * from_size, count, err));
        GAN_TRY(run_chunk(e, count, features + done * d, k ? logits + done * k : NULL, err));
    }
    return GAN_OK;
}
