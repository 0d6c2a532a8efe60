/* tile.c — the inner product of every product and convolution: a small tile of sums. */
#include "reference/tile.h"

#include <math.h>

#include "base/clones.h"

typedef double lanes
    __attribute__((vector_size(32), aligned(8), may_alias)); /* half a tile's row */

/* The whole tile, its sums in registers. */
GAN_CPU_CLONES static void add_whole(const gan_tile_terms *t, double c[][GAN_TILE_COLS])
{
    const double *a0 = t->a[0], *a1 = t->a[1], *a2 = t->a[2], *a3 = t->a[3], *b = t->b;
    const int64_t a_step = t->a_step, b_step = t->b_step, n = t->n;
    lanes *row0 = (lanes *)c[0], *row1 = (lanes *)c[1], *row2 = (lanes *)c[2];
    lanes *row3 = (lanes *)c[3];
    lanes c00 = row0[0], c01 = row0[1], c10 = row1[0], c11 = row1[1];
    lanes c20 = row2[0], c21 = row2[1], c30 = row3[0], c31 = row3[1];
    for (int64_t l = 0; l < n; l++) {
        const lanes *from = (const lanes *)b;
        const lanes left = from[0], right = from[1];
        c00 += *a0 * left;
        c01 += *a0 * right;
        c10 += *a1 * left;
        c11 += *a1 * right;
        c20 += *a2 * left;
        c21 += *a2 * right;
        c30 += *a3 * left;
        c31 += *a3 * right;
        a0 += a_step;
        a1 += a_step;
        a2 += a_step;
        a3 += a_step;
        b += b_step;
    }
    row0[0] = c00;
    row0[1] = c01;
    row1[0] = c10;
    row1[1] = c11;
    row2[0] = c20;
    row2[1] = c21;
    row3[0] = c30;
    row3[1] = c31;
}

/* A part of the tile, or sizes. */
static void add_part(const gan_tile_terms *t, double c[][GAN_TILE_COLS])
{
    for (int i = 0; i < t->rows; i++) {
        for (int64_t l = 0; l < t->n; l++) {
            const double a = t->a[i][l * t->a_step];
            const double *b = t->b + l * t->b_step;
            for (int j = 0; j < t->cols; j++) {
                c[i][j] += t->sizes ? fabs(a * b[j]) : a * b[j];
            }
        }
    }
}

void gan_tile_add(const gan_tile_terms *terms, double c[GAN_TILE_ROWS][GAN_TILE_COLS])
{
    if (terms->rows == GAN_TILE_ROWS && terms->cols == GAN_TILE_COLS && !terms->sizes) {
        add_whole(terms, c);
    } else {
        add_part(terms, c);
    }
}

void gan_tile_pack(const double *w, int64_t l_step, int64_t j_step, int64_t n, int64_t cols,
                   double *panels)
{
    for (int64_t p = 0; p < GAN_TILE_PANELS(cols); p++) {
        for (int64_t l = 0; l < n; l++) {
            for (int64_t k = 0; k < GAN_TILE_COLS; k++) {
                const int64_t j = p * GAN_TILE_COLS + k;
                *panels++ = j < cols ? w[l * l_step + j * j_step] : 0.0;
            }
        }
    }
}
