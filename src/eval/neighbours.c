/* neighbours.c — the nearest rows, kept in order as tiles come by. */
#include "eval/neighbours.h"

#include <math.h>

typedef struct nearest {
    double *squared;
    int64_t *index;
    int k;
    bool same;
} nearest;

/* Puts a distance where it belongs among the k of a row; what is farther moves on. */
static void insert(const nearest *n, int64_t row, double distance, int64_t from)
{
    double *squared = n->squared + row * n->k;
    int at = n->k - 1;
    for (; at > 0 && squared[at - 1] > distance; at--) {
        squared[at] = squared[at - 1];
        if (n->index) {
            n->index[row * n->k + at] = n->index[row * n->k + at - 1];
        }
    }
    squared[at] = distance;
    if (n->index) {
        n->index[row * n->k + at] = from;
    }
}

static void take(void *ctx, const gan_tile *tile)
{
    const nearest *n = ctx;
    for (int64_t i = 0; i < tile->rows; i++) {
        const int64_t row = tile->row + i;
        for (int64_t j = 0; j < tile->columns; j++) {
            const int64_t from = tile->column + j;
            const double distance = gan_tile_distance(tile, i, j);
            if (distance < n->squared[row * n->k + n->k - 1] && !(n->same && row == from)) {
                insert(n, row, distance, from);
            }
        }
    }
}

gan_status gan_neighbours(const gan_tools *tools, const gan_matrix *a, const gan_matrix *b, int k,
                          double *squared, int64_t *index, gan_error *err)
{
    nearest n = {.squared = squared, .index = index, .k = k, .same = a == b};
    if (b->n < k + n.same) {
        return gan_fail(err, GAN_E_DATA, "%d neighbours cannot be found among %lld features", k,
                        (long long)b->n);
    }
    for (int64_t i = 0; i < a->n * k; i++) {
        squared[i] = INFINITY;
    }
    return gan_tiles_run(tools, a, b, take, &n, err);
}
