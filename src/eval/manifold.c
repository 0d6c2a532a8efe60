/* manifold.c — precision and recall, density and coverage: one walk over the distances of all real
 * from all fake features, after one over each set's own. */
#include "eval/manifold.h"

#include <stdlib.h>

#include "base/memory.h"
#include "eval/neighbours.h"

enum { K_PR = GAN_PRECISION_NEIGHBOURS, K_DC = GAN_DENSITY_NEIGHBOURS };

typedef struct walk {
    const double *real, *fake; /* (n, K_DC) squared distances of a set's own neighbours */
    int64_t *balls;            /* of a fake: real balls of density that it lies in */
    uint8_t *precise;          /* a fake in a real ball */
    uint8_t *covered;          /* a real ball with a fake in it */
    uint8_t *recalled;         /* a real one in a fake ball */
} walk;

/* Rows are fakes, columns reals. A column is looked at from several rows' threads, which write
 * nothing but 1 there. */
static void take(void *ctx, const gan_tile *tile)
{
    const walk *w = ctx;
    for (int64_t i = 0; i < tile->rows; i++) {
        const int64_t f = tile->row + i;
        for (int64_t j = 0; j < tile->columns; j++) {
            const int64_t r = tile->column + j;
            const double distance = gan_tile_distance(tile, i, j);
            if (distance <= w->real[r * K_DC + K_PR - 1]) {
                w->precise[f] = 1;
            }
            if (distance <= w->fake[f * K_DC + K_PR - 1]) {
                __atomic_store_n(&w->recalled[r], 1, __ATOMIC_RELAXED);
            }
            if (distance < w->real[r * K_DC + K_DC - 1]) {
                w->balls[f]++;
                __atomic_store_n(&w->covered[r], 1, __ATOMIC_RELAXED);
            }
        }
    }
}

static double share_of(const uint8_t *marks, int64_t n)
{
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) {
        count += marks[i];
    }
    return (double)count / (double)n;
}

static void count(const walk *w, int64_t n_real, int64_t n_fake, gan_manifold *out)
{
    int64_t balls = 0;
    for (int64_t i = 0; i < n_fake; i++) {
        balls += w->balls[i];
    }
    out->precision = share_of(w->precise, n_fake);
    out->recall = share_of(w->recalled, n_real);
    out->density = (double)balls / (double)(K_DC * n_fake);
    out->coverage = share_of(w->covered, n_real);
}

gan_status gan_manifold_measure(const gan_tools *tools, const gan_matrix *real,
                                const gan_matrix *fake, gan_manifold *out, gan_error *err)
{
    void *squared = NULL, *balls = NULL, *marks = NULL;
    gan_status status = GAN_OK;
    *out = (gan_manifold){0};
    GAN_TRY(gan_matrix_pair_check(real, fake, err));
    GAN_TRY(gan_matrix_check(real, K_DC + 1, "real features", "density", err));
    GAN_TRY(gan_matrix_check(fake, K_DC + 1, "the samples' features", "density", err));
    GAN_TRY_DONE(gan_calloc((size_t)((real->n + fake->n) * K_DC), sizeof(double), &squared, err));
    GAN_TRY_DONE(gan_calloc((size_t)fake->n, sizeof(int64_t), &balls, err));
    GAN_TRY_DONE(gan_calloc((size_t)(fake->n + 2 * real->n), 1, &marks, err));
    double *const of_real = squared, *const of_fake = of_real + real->n * K_DC;
    walk w = {.real = of_real, .fake = of_fake, .balls = balls, .precise = marks};
    w.covered = w.precise + fake->n;
    w.recalled = w.covered + real->n;
    GAN_TRY_DONE(gan_neighbours(tools, real, real, K_DC, of_real, NULL, err));
    GAN_TRY_DONE(gan_neighbours(tools, fake, fake, K_DC, of_fake, NULL, err));
    GAN_TRY_DONE(gan_tiles_run(tools, fake, real, take, &w, err));
    count(&w, real->n, fake->n, out);
done:
    free(squared);
    free(balls);
    free(marks);
    return status;
}
