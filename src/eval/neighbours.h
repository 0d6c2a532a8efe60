/* neighbours.h — the nearest rows of one set to each row of another. */
#ifndef GAN_EVAL_NEIGHBOURS_H
#define GAN_EVAL_NEIGHBOURS_H

#include "eval/matrix.h"

/* For each row of a its k nearest rows of b, the nearest first; of equals the one that comes first
 * in b. A row of a is not its own neighbour when a and b are the same pointer.
 *  squared  (a->n, k) squared distances, overwritten
 *  index    (a->n, k) rows of b; NULL: not wanted
 * GAN_E_DATA: b has fewer than k rows (k + 1 when it is a). */
gan_status gan_neighbours(const gan_tools *tools, const gan_matrix *a, const gan_matrix *b, int k,
                          double *squared, int64_t *index, gan_error *err);

#endif
