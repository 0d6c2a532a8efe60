/* differentiate.h — reverse-mode differentiation: appends the ops that compute gradients.
 *
 * Each row of ops.def has a backward rule (rules.c) that emits ops of the same table, so the result
 * can be differentiated again, through convolutions, dense layers, bias, LeakyReLU and dropout:
 * that is what a gradient penalty needs. What cannot be (batch norm twice) is refused by name. */
#ifndef GAN_PROGRAM_DIFFERENTIATE_H
#define GAN_PROGRAM_DIFFERENTIATE_H

#include "program/program.h"

/* The gradient `dy` of a value `y` of the program, given from outside. */
typedef struct gan_gradient_seed {
    int y, dy; /* buffer ids; same dims (dy has the window's rows, see below) */
} gan_gradient_seed;

/* A gradient asked for. */
typedef struct gan_gradient_request {
    int of;   /* buffer id of the value */
    int into; /* buffer that receives it, or -1: one is made and its id put here; of a gradient that
                 is to be differentiated again: -1 */
    bool accumulate;           /* into holds an earlier part already: the new part is added to it */
    int64_t first_row, n_rows; /* only these rows of the value's N axis; n_rows 0 = all */
} gan_gradient_request;

/* gan_program_differentiate() — appends the backward pass of ops [first_op, end_op).
 *
 *  seeds, requests  as above; a requested value that no seed depends on is GAN_E_FAILED
 *  rows_first, rows the backward pass takes only these rows of every buffer of samples whose N is
 * that of the first seed's y; rows 0 = all. Seeds have that many rows.
 *
 * GAN_E_UNSUPPORTED names the op whose gradient does not exist. The program may then hold ops of a
 * half-made pass: destroy it. */
gan_status gan_program_differentiate(gan_program *program, int first_op, int end_op,
                                     const gan_gradient_seed *seeds, int n_seeds,
                                     gan_gradient_request *requests, int n_requests,
                                     int64_t rows_first, int64_t rows, gan_error *err);

#endif
