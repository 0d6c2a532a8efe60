/* manifold.h — how much of each set lies where the other one is, by balls around its members. */
#ifndef GAN_EVAL_MANIFOLD_H
#define GAN_EVAL_MANIFOLD_H

#include "eval/matrix.h"

typedef struct gan_manifold {
    /* Kynkaanniemi et al. 2019: a ball reaches to its centre's 3rd neighbour, the rim included.
     * precision: share of fakes inside a ball of a real one; recall: the other way round. */
    double precision, recall;
    /* Naeem et al. 2020, as their package prdc has it: to the 5th neighbour, without the rim.
     * density: real balls that a fake lies in, on average, over 5; may exceed 1. coverage: share of
     * real balls with a fake in them. */
    double density, coverage;
} gan_manifold;

enum { GAN_PRECISION_NEIGHBOURS = 3, GAN_DENSITY_NEIGHBOURS = 5 };

/* GAN_E_DATA: fewer than 6 rows in one of them, or rows of another length. */
gan_status gan_manifold_measure(const gan_tools *tools, const gan_matrix *real,
                                const gan_matrix *fake, gan_manifold *out, gan_error *err);

#endif
