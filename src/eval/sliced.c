/* sliced.c — sliced Wasserstein distance.
 *
 * One level after the other: of each picture the pyramid is made again down to that level, and only
 * its patches are kept. So memory is that of one level's patches. */
#include "eval/sliced.h"

#include <math.h>
#include <stdlib.h>

#include "base/clones.h"
#include "base/memory.h"
#include "base/normal.h"
#include "base/philox.h"
#include "eval/draws.h"
#include "eval/pyramid.h"
#include "eval/sort.h"

enum { SIDE = GAN_SLICED_PATCH, PER_PICTURE = GAN_SLICED_PATCHES, LANES = 8 };

typedef struct level {
    int number;
    bool last; /* keeps the small picture itself; the others what is left without the next one */
    int64_t h, w;
} level;

/* Takes the patches of one picture at one level. */
static void cut(const double *picture, const level *l, int64_t c, int64_t number, uint64_t seed,
                float *patches)
{
    for (int64_t p = 0; p < PER_PICTURE; p++) {
        const gan_philox4 words = gan_philox(seed, GAN_DRAW_PATCH, (uint64_t)l->number,
                                             (uint32_t)(number * PER_PICTURE + p));
        const int64_t y = words.v[0] % (l->h - SIDE + 1), x = words.v[1] % (l->w - SIDE + 1);
        for (int64_t row = 0; row < SIDE; row++) {
            for (int64_t i = 0; i < SIDE * c; i++) {
                *patches++ = (float)picture[((y + row) * l->w + x) * c + i];
            }
        }
    }
}

/* The picture at level l, in the first of three blocks of its full size. */
static void make_level(const gan_pictures *set, int64_t number, const level *l, double *now,
                       double *small, double *scratch)
{
    const int64_t size = set->h * set->w * set->c;
    int64_t h = set->h, w = set->w;
    for (int64_t i = 0; i < size; i++) {
        now[i] = (double)set->x[number * size + i];
    }
    for (int k = 0; k < l->number; k++) {
        gan_pyramid_down(now, h, w, set->c, small, scratch);
        h = (h + 1) / 2;
        w = (w + 1) / 2;
        for (int64_t i = 0; i < h * w * set->c; i++) {
            now[i] = small[i];
        }
    }
    if (!l->last) {
        gan_pyramid_down(now, h, w, set->c, small, scratch);
        gan_pyramid_subtract(now, h, w, set->c, small, scratch);
    }
}

static gan_status cut_all(const gan_tools *tools, const gan_pictures *set, const level *l,
                          uint64_t seed, float *patches, gan_error *err)
{
    const int64_t size = set->h * set->w * set->c;
    int failed = 0;
#pragma omp parallel num_threads(tools->threads) reduction(| : failed)
    {
        void *memory = NULL;
        failed |= gan_calloc((size_t)(4 * size), sizeof(double), &memory, NULL) != GAN_OK;
        double *now = memory;
#pragma omp for schedule(static)
        for (int64_t i = 0; i < set->n; i++) {
            if (!failed && gan_tools_poll(tools, NULL) == GAN_OK) {
                make_level(set, i, l, now, now + size, now + 2 * size);
                cut(now, l, set->c, i, seed, patches + i * PER_PICTURE * SIDE * SIDE * set->c);
            }
        }
        free(memory);
    }
    return failed ? gan_fail(err, GAN_E_MEMORY, "no memory for a picture's pyramid")
                  : gan_tools_poll(tools, err);
}

/* Each channel of n values to mean 0 and deviation 1; a constant one to 0. */
static void normalize(float *values, int64_t n, int64_t c)
{
    const double of_channel = (double)n / (double)c;
    for (int64_t k = 0; k < c; k++) {
        double sum = 0, squares = 0;
        for (int64_t i = k; i < n; i += c) {
            sum += (double)values[i];
        }
        const double mean = sum / of_channel;
        for (int64_t i = k; i < n; i += c) {
            squares += ((double)values[i] - mean) * ((double)values[i] - mean);
        }
        const double deviation = sqrt(squares / of_channel);
        for (int64_t i = k; i < n; i += c) {
            values[i] = deviation > 0 ? (float)(((double)values[i] - mean) / deviation) : 0;
        }
    }
}

/* Projections of every patch on LANES directions at once, (LANES,n). to: (size,LANES). */
GAN_CPU_CLONES static void project(const float *patches, int64_t n, int64_t size, const double *to,
                                   float *out)
{
    for (int64_t i = 0; i < n; i++) {
        double sum[LANES] = {0};
        for (int64_t k = 0; k < size; k++) {
            const double x = (double)patches[i * size + k];
            for (int lane = 0; lane < LANES; lane++) {
                sum[lane] += x * to[k * LANES + lane];
            }
        }
        for (int lane = 0; lane < LANES; lane++) {
            out[lane * n + i] = (float)sum[lane];
        }
    }
}

/* Of length 1, into one lane of to. draws: scratch of size floats. */
static void draw_direction(uint64_t seed, int number, int64_t direction, int64_t size, float *draws,
                           double *to)
{
    double length = 0;
    gan_normal_fill(seed, GAN_DRAW_DIRECTION, (uint64_t)number, direction * size, size, draws);
    for (int64_t k = 0; k < size; k++) {
        length += (double)draws[k] * (double)draws[k];
    }
    for (int64_t k = 0; k < size; k++) {
        to[k * LANES + direction % LANES] = (double)draws[k] / sqrt(length);
    }
}

/* Two sets of n patches of `size` numbers. */
typedef struct patch_sets {
    const float *a, *b;
    int64_t n, size;
} patch_sets;

/* What one thread works with. */
typedef struct bench {
    double *to;                 /* (size,LANES) */
    float *draws, *of_a, *of_b; /* size; (LANES,n) twice */
    uint32_t *spare;            /* 2 n */
} bench;

static void bench_free(bench *b)
{
    free(b->to);
    free(b->draws);
    free(b->spare);
}

static gan_status bench_make(bench *b, const patch_sets *p)
{
    void *to = NULL, *floats = NULL, *spare = NULL;
    GAN_TRY(gan_calloc((size_t)(p->size * LANES), sizeof(double), &to, NULL));
    b->to = to;
    GAN_TRY(gan_calloc((size_t)(p->size + 2 * LANES * p->n), sizeof(float), &floats, NULL));
    b->draws = floats;
    b->of_a = b->draws + p->size;
    b->of_b = b->of_a + LANES * p->n;
    GAN_TRY(gan_calloc((size_t)(2 * p->n), sizeof(uint32_t), &spare, NULL));
    b->spare = spare;
    return GAN_OK;
}

/* The distances along LANES directions, the first of them `first`. */
static void along(const patch_sets *p, uint64_t seed, int number, int64_t first, bench *b,
                  double *distances)
{
    for (int64_t lane = 0; lane < LANES; lane++) {
        draw_direction(seed, number, first + lane, p->size, b->draws, b->to);
    }
    project(p->a, p->n, p->size, b->to, b->of_a);
    project(p->b, p->n, p->size, b->to, b->of_b);
    for (int64_t lane = 0; lane < LANES; lane++) {
        const float *x = b->of_a + lane * p->n, *y = b->of_b + lane * p->n;
        double sum = 0;
        gan_sort_floats(b->of_a + lane * p->n, p->n, b->spare);
        gan_sort_floats(b->of_b + lane * p->n, p->n, b->spare);
        for (int64_t i = 0; i < p->n; i++) {
            sum += fabs((double)x[i] - (double)y[i]);
        }
        distances[lane] = sum / (double)p->n;
    }
}

static gan_status compare(const gan_tools *tools, const patch_sets *p, uint64_t seed, int number,
                          double *distance, gan_error *err)
{
    double of_direction[GAN_SLICED_DIRECTIONS] = {0};
    int failed = 0;
#pragma omp parallel num_threads(tools->threads) reduction(| : failed)
    {
        bench b = {0};
        failed |= bench_make(&b, p) != GAN_OK;
#pragma omp for schedule(dynamic)
        for (int64_t d = 0; d < GAN_SLICED_DIRECTIONS; d += LANES) {
            if (!failed && gan_tools_poll(tools, NULL) == GAN_OK) {
                along(p, seed, number, d, &b, of_direction + d);
            }
        }
        bench_free(&b);
    }
    *distance = 0;
    for (int d = 0; d < GAN_SLICED_DIRECTIONS; d++) {
        *distance += 1000 * of_direction[d] / GAN_SLICED_DIRECTIONS;
    }
    return failed ? gan_fail(err, GAN_E_MEMORY, "no memory for the patches' projections")
                  : gan_tools_poll(tools, err);
}

static gan_status check(const gan_pictures *a, const gan_pictures *b, gan_error *err)
{
    if (a->n < 1 || a->n != b->n || a->h != b->h || a->w != b->w || a->c != b->c) {
        return gan_fail(err, GAN_E_DATA,
                        "the sliced Wasserstein distance is of two sets of as many pictures of one "
                        "size: here are %lld of %lld x %lld x %lld and %lld of %lld x %lld x %lld",
                        (long long)a->n, (long long)a->h, (long long)a->w, (long long)a->c,
                        (long long)b->n, (long long)b->h, (long long)b->w, (long long)b->c);
    }
    if (a->h < SIDE || a->w < SIDE) {
        return gan_fail(err, GAN_E_DATA,
                        "the sliced Wasserstein distance is of patches of 7 x 7 pixels, and these "
                        "pictures are %lld x %lld",
                        (long long)a->h, (long long)a->w);
    }
    return GAN_OK;
}

static int64_t lesser(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Level `number` of pictures of (h,w): halved so often. */
static level level_of(const gan_pictures *set, int number)
{
    level l = {.number = number, .h = set->h, .w = set->w};
    for (int k = 0; k < number; k++) {
        l.h = (l.h + 1) / 2;
        l.w = (l.w + 1) / 2;
    }
    l.last = lesser(l.h, l.w) / 2 < GAN_SLICED_SMALLEST || number + 1 == GAN_SLICED_LEVELS;
    return l;
}

gan_status gan_sliced_measure(const gan_tools *tools, const gan_pictures *a, const gan_pictures *b,
                              uint64_t seed, gan_sliced *out, gan_error *err)
{
    void *memory = NULL;
    gan_status status = GAN_OK;
    *out = (gan_sliced){0};
    GAN_TRY(check(a, b, err));
    const int64_t n = a->n * PER_PICTURE, size = SIDE * SIDE * a->c;
    GAN_TRY(gan_calloc((size_t)(2 * n * size), sizeof(float), &memory, err));
    float *const patches = memory;
    for (bool last = false; !last; out->levels++) {
        const level l = level_of(a, out->levels);
        GAN_TRY_DONE(cut_all(tools, a, &l, seed, patches, err));
        GAN_TRY_DONE(cut_all(tools, b, &l, seed, patches + n * size, err));
        normalize(patches, n * size, a->c);
        normalize(patches + n * size, n * size, a->c);
        const patch_sets sets = {patches, patches + n * size, n, size};
        GAN_TRY_DONE(compare(tools, &sets, seed, l.number, &out->distances[out->levels], err));
        out->sides[out->levels] = lesser(l.h, l.w);
        out->mean += out->distances[out->levels];
        last = l.last;
    }
    out->mean /= out->levels;
done:
    free(memory);
    return status;
}
