/* matrix.h — features as a matrix: one row a picture; and what the measures work with. */
#ifndef GAN_EVAL_MATRIX_H
#define GAN_EVAL_MATRIX_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "eval/blas.h"

/* (n,d), row by row, of floats or doubles; borrowed. What is computed of it is in double. */
typedef struct gan_matrix {
    const void *x;
    bool doubles;
    int64_t n, d;
} gan_matrix;

/* Rows first .. first+n-1 as doubles, (n,d). */
void gan_matrix_rows(const gan_matrix *m, int64_t first, int64_t n, double *to);

/* GAN_OK if there are at least `least` rows and every number is finite; else GAN_E_DATA, of
 * `label`: "the samples' features". why: "a covariance" */
gan_status gan_matrix_check(const gan_matrix *m, int64_t least, const char *label, const char *why,
                            gan_error *err);

/* GAN_OK if both have rows of one length; else GAN_E_DATA. */
gan_status gan_matrix_pair_check(const gan_matrix *a, const gan_matrix *b, gan_error *err);

typedef struct gan_tools {
    gan_blas *blas;
    int threads;                         /* >= 1; no result depends on it */
    const volatile sig_atomic_t *cancel; /* NULL = never */
} gan_tools;

/* GAN_E_INTERRUPTED once the flag is set. */
gan_status gan_tools_poll(const gan_tools *tools, gan_error *err);

/* --- products of all rows of a with all rows of b, in tiles --- */

enum { GAN_TILE = 256 };

/* Rows row .. row+rows-1 of a beside rows column .. column+columns-1 of b. */
typedef struct gan_tile {
    int64_t row, rows, column, columns, d;
    const double *dots;    /* (rows, columns): a_i . b_j */
    const double *x, *y;   /* the rows themselves, (rows,d) and (columns,d) */
    const double *xx, *yy; /* their squared lengths */
} gan_tile;

/* The squared distance of row i of the tile from its column j. From the products, but where those
 * cancel (nearly equal rows) from the differences: equal rows are at distance 0 exactly. */
double gan_tile_distance(const gan_tile *tile, int64_t i, int64_t j);

/* Calls take for every tile. All tiles of one row come from one thread, in the order of the
 * columns: what is kept per row of a needs no lock. GAN_E_MEMORY, GAN_E_INTERRUPTED. */
gan_status gan_tiles_run(const gan_tools *tools, const gan_matrix *a, const gan_matrix *b,
                         void (*take)(void *ctx, const gan_tile *tile), void *ctx, gan_error *err);

#endif
