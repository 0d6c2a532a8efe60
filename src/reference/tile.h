/* tile.h — the inner product of every product and convolution: a small tile of sums.
 *
 * c[i][j] += sum over l of a[i][l] b[l][j], l = 0, 1, 2, ...: each sum is added in this order, one
 * product after the other, so its bits depend on nothing but its terms. Rows of a are anywhere, so
 * that taps outside of a map are left out rather than multiplied as zeros (0 * NaN is NaN). */
#ifndef GAN_REFERENCE_TILE_H
#define GAN_REFERENCE_TILE_H

#include <stdbool.h>
#include <stdint.h>

enum { GAN_TILE_ROWS = 4, GAN_TILE_COLS = 8 };

/* What is summed: element l of row i is a[i][l * a_step], row l of b is at b + l * b_step. */
typedef struct gan_tile_terms {
    const double *a[GAN_TILE_ROWS];
    int64_t a_step;
    const double *b;
    int64_t b_step;
    int64_t n;
    int rows, cols; /* of the tile that count: 1 to GAN_TILE_ROWS and GAN_TILE_COLS */
    bool sizes;     /* |a| |b| are summed instead */
} gan_tile_terms;

/* A row of a tile takes GAN_TILE_COLS doubles, of which terms->cols count. */
void gan_tile_add(const gan_tile_terms *terms, double c[GAN_TILE_ROWS][GAN_TILE_COLS]);

/* A matrix (n, cols), element (l, j) at w[l * l_step + j * j_step], as panels of GAN_TILE_COLS
 * columns, each of n rows, the last one filled up with zeros: panels has GAN_TILE_PACKED(n, cols)
 * doubles. */
#define GAN_TILE_PANELS(cols) (((cols) + GAN_TILE_COLS - 1) / GAN_TILE_COLS)
#define GAN_TILE_PACKED(n, cols) ((n)*GAN_TILE_PANELS(cols) * GAN_TILE_COLS)
void gan_tile_pack(const double *w, int64_t l_step, int64_t j_step, int64_t n, int64_t cols,
                   double *panels);

#endif
