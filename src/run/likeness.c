/* likeness.c — sliced Wasserstein distances of patches, between noise and real images.
 *
 * A level of the pyramid is what an image has at one scale: the image less its half-sized copy
 * drawn large again; the last level is the small copy itself, so small that a patch sees most of
 * it. Along a direction, the distance of two sets of patches is the mean difference of their sorted
 * projections; over many random directions it is small only where the sets are distributed alike.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/normal.h"
#include "base/philox.h"
#include "run/likeness.h"

enum {
    SIDE = 7,       /* of a patch */
    PER_IMAGE = 16, /* patches of an image in a level */
    DIRECTIONS = 48,
    N_SETS = 5
};

/* Draws of their own, nothing to do with a run's. */
enum { STREAM_PLACE = 1, STREAM_DIRECTION, STREAM_NOISE };

enum { REALS, IMAGES, OTHERS, GREY, NOISE };

/* All images of a set at one scale, (n,h,w,c). */
typedef struct level {
    float *sets[N_SETS];
    int64_t n, h, w, c;
} level;

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static void level_free(level *l)
{
    for (int s = 0; s < N_SETS; s++) {
        free(l->sets[s]);
    }
    *l = (level){0};
}

static gan_status level_alloc(level *l, gan_error *err)
{
    for (int s = 0; s < N_SETS; s++) {
        void *memory = NULL;
        GAN_TRY(gan_calloc((size_t)(l->n * l->h * l->w * l->c), sizeof(float), &memory, err));
        l->sets[s] = memory;
    }
    return GAN_OK;
}

/* What is no picture, of the real ones' colours: their mean everywhere, and their pixels in
 * disorder. */
static void make_noise(const level *l)
{
    const int64_t pixels = l->n * l->h * l->w;
    for (int64_t k = 0; k < l->c; k++) {
        double sum = 0;
        for (int64_t i = 0; i < pixels; i++) {
            sum += (double)l->sets[REALS][i * l->c + k];
        }
        for (int64_t i = 0; i < pixels; i++) {
            l->sets[GREY][i * l->c + k] = (float)(sum / (double)pixels);
        }
    }
    for (int64_t i = 0; i < pixels; i++) {
        const gan_philox4 words = gan_philox(0, STREAM_NOISE, (uint64_t)(i >> 32), (uint32_t)i);
        const int64_t from =
            (int64_t)(((uint64_t)words.v[0] << 32 | words.v[1]) % (uint64_t)pixels);
        memcpy(l->sets[NOISE] + i * l->c, l->sets[REALS] + from * l->c,
               (size_t)l->c * sizeof(float));
    }
}

/* The five sets in full size. */
static gan_status first_level(const gan_likeness_sets *from, level *l, gan_error *err)
{
    const float *given[N_SETS] = {from->reals, from->images, from->others, NULL, NULL};
    *l = (level){.n = from->n, .h = from->height, .w = from->width, .c = from->channels};
    GAN_TRY(level_alloc(l, err));
    for (int s = REALS; s <= OTHERS; s++) {
        memcpy(l->sets[s], given[s], (size_t)(l->n * l->h * l->w * l->c) * sizeof(float));
    }
    make_noise(l);
    return GAN_OK;
}

/* small becomes the half-sized copy (each pixel the mean of four; a last odd row or column goes),
 * and big what is left of it without that copy. */
static void split_set(float *big, float *small, const level *l)
{
    const int64_t h = l->h / 2, w = l->w / 2, c = l->c;
    for (int64_t image = 0; image < l->n; image++) {
        float *from = big + image * l->h * l->w * c, *to = small + image * h * w * c;
        for (int64_t y = 0; y < h; y++) {
            for (int64_t i = 0; i < w * c; i++) {
                const float *a = from + (2 * y * l->w + 2 * (i / c)) * c + i % c, *b = a + l->w * c;
                to[y * w * c + i] = (a[0] + a[c] + b[0] + b[c]) / 4;
            }
        }
        for (int64_t y = 0; y < l->h; y++) {
            for (int64_t i = 0; i < l->w * c; i++) {
                const int64_t y_small = least(y / 2, h - 1), x_small = least(i / c / 2, w - 1);
                from[y * l->w * c + i] -= to[(y_small * w + x_small) * c + i % c];
            }
        }
    }
}

/* Patches of a set, (n * PER_IMAGE, side, side, c), at places that all sets share. */
static void cut(const level *l, const float *images, int64_t side_h, int64_t side_w, float *patches)
{
    const int64_t row = side_w * l->c;
    for (int64_t i = 0; i < l->n * PER_IMAGE; i++) {
        const float *image = images + i / PER_IMAGE * l->h * l->w * l->c;
        const gan_philox4 words = gan_philox(0, STREAM_PLACE, 0, (uint32_t)i);
        const int64_t y = words.v[0] % (l->h - side_h + 1), x = words.v[1] % (l->w - side_w + 1);
        for (int64_t k = 0; k < side_h; k++) {
            memcpy(patches + (i * side_h + k) * row, image + ((y + k) * l->w + x) * l->c,
                   (size_t)row * sizeof(float));
        }
    }
}

/* Mean and one over the deviation of each channel of n values; 0 for a channel that is constant. */
static void describe(const float *values, int64_t n, int64_t c, double *mean, double *scale)
{
    const int64_t of_channel = n / c;
    for (int64_t k = 0; k < c; k++) {
        double sum = 0, squares = 0;
        for (int64_t i = k; i < n; i += c) {
            sum += (double)values[i];
        }
        mean[k] = sum / (double)of_channel;
        for (int64_t i = k; i < n; i += c) {
            squares += ((double)values[i] - mean[k]) * ((double)values[i] - mean[k]);
        }
        const double deviation = sqrt(squares / (double)of_channel);
        scale[k] = deviation > 1e-6 ? 1 / deviation : 0;
    }
}

static int by_value(const void *a, const void *b)
{
    const float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

/* The patches' projections on one direction, sorted. */
static void project(const float *patches, int64_t n, int64_t size, const float *direction,
                    double shift, float *out)
{
    for (int64_t i = 0; i < n; i++) {
        double sum = -shift;
        for (int64_t k = 0; k < size; k++) {
            sum += (double)patches[i * size + k] * (double)direction[k];
        }
        out[i] = (float)sum;
    }
    qsort(out, (size_t)n, sizeof *out, by_value);
}

/* What one level is measured with. */
typedef struct bench {
    float *memory, *patches[N_SETS], *sorted[2], *direction;
    double *mean, *scale;  /* of a channel of the real ones' patches */
    int64_t n, h, w, size; /* patches of a set; one of them */
} bench;

static void bench_free(bench *b)
{
    free(b->memory);
    free(b->mean);
}

static gan_status bench_make(bench *b, const level *l, gan_error *err)
{
    void *memory = NULL, *facts = NULL;
    *b = (bench){.n = l->n * PER_IMAGE, .h = least(SIDE, l->h), .w = least(SIDE, l->w)};
    b->size = b->h * b->w * l->c;
    const int64_t floats = N_SETS * b->n * b->size + 2 * b->n + b->size;
    GAN_TRY(gan_calloc((size_t)floats, sizeof(float), &memory, err));
    b->memory = memory;
    GAN_TRY(gan_calloc((size_t)(2 * l->c), sizeof(double), &facts, err));
    b->mean = facts;
    b->scale = b->mean + l->c;
    for (int s = 0; s < N_SETS; s++) {
        b->patches[s] = b->memory + s * b->n * b->size;
        cut(l, l->sets[s], b->h, b->w, b->patches[s]);
    }
    b->sorted[0] = b->memory + N_SETS * b->n * b->size;
    b->sorted[1] = b->sorted[0] + b->n;
    b->direction = b->sorted[1] + b->n;
    describe(b->patches[REALS], b->n * b->size, l->c, b->mean, b->scale);
    return GAN_OK;
}

/* Random, of length 1 in the normalized patches; what it gives for a patch of means is the shift.
 */
static double draw_direction(bench *b, int64_t channels, uint32_t number)
{
    double length = 0, shift = 0;
    gan_normal_fill(0, STREAM_DIRECTION, number, 0, b->size, b->direction);
    for (int64_t k = 0; k < b->size; k++) {
        length += (double)b->direction[k] * (double)b->direction[k];
    }
    for (int64_t k = 0; k < b->size; k++) {
        const int64_t c = k % channels;
        b->direction[k] = (float)((double)b->direction[k] / sqrt(length) * b->scale[c]);
        shift += (double)b->direction[k] * b->mean[c];
    }
    return shift;
}

/* Distances of the sets from the real ones in one level. */
static gan_status measure_level(const level *l, double distance[N_SETS], gan_error *err)
{
    bench b = {0};
    gan_status status = GAN_OK;
    GAN_TRY_DONE(bench_make(&b, l, err));
    memset(distance, 0, N_SETS * sizeof *distance);
    for (uint32_t d = 0; d < DIRECTIONS; d++) {
        const double shift = draw_direction(&b, l->c, d);
        project(b.patches[REALS], b.n, b.size, b.direction, shift, b.sorted[0]);
        for (int s = IMAGES; s < N_SETS; s++) {
            double sum = 0;
            project(b.patches[s], b.n, b.size, b.direction, shift, b.sorted[1]);
            for (int64_t i = 0; i < b.n; i++) {
                sum += fabs((double)b.sorted[1][i] - (double)b.sorted[0][i]);
            }
            distance[s] += sum / (double)b.n / DIRECTIONS;
        }
    }
done:
    bench_free(&b);
    return status;
}

/* Between the nearer of grey and noise, and other real images; false where these are no nearer. */
static bool share_of(const double distance[N_SETS], double *share)
{
    const double noise = fmin(distance[GREY], distance[NOISE]);
    const double way = noise - distance[OTHERS];
    *share = fmax(0, fmin(1, (noise - distance[IMAGES]) / way));
    return way > 1e-3;
}

gan_status gan_likeness_measure(const gan_likeness_sets *sets, double *share, gan_error *err)
{
    level now = {0}, half = {0};
    double sum = 0, one = 0, distance[N_SETS];
    int n = 0;
    bool last = false;
    gan_status status = GAN_OK;
    GAN_TRY_DONE(first_level(sets, &now, err));
    while (!last) {
        last = least(now.h, now.w) / 2 < SIDE;
        if (!last) {
            half = (level){.n = now.n, .h = now.h / 2, .w = now.w / 2, .c = now.c};
            GAN_TRY_DONE(level_alloc(&half, err));
            for (int s = 0; s < N_SETS; s++) {
                split_set(now.sets[s], half.sets[s], &now);
            }
        }
        GAN_TRY_DONE(measure_level(&now, distance, err));
        if (share_of(distance, &one)) {
            sum += one;
            n++;
        }
        level_free(&now);
        now = half;
        half = (level){0};
    }
    *share = sum / (double)n;
    if (n == 0) {
        status = gan_fail(err, GAN_E_DATA,
                          "the real images are all grey or noise: nothing to compare with");
    }
done:
    level_free(&now);
    level_free(&half);
    return status;
}
