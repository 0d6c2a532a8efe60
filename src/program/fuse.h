/* fuse.h — merges neighbouring forward ops into one, and drops what nobody needs. */
#ifndef GAN_PROGRAM_FUSE_H
#define GAN_PROGRAM_FUSE_H

#include "program/program.h"

/* gan_program_fuse() — in ops [first_op, end), merges bias, LeakyReLU and dropout that follow each
 * other into one bias_leaky_dropout, and LeakyReLU into the batch norm before it. Exact: the merged
 * op computes the same numbers. Only where nothing else reads what lies between them, so call it
 * before differentiating: the backward rules of the merged ops then give merged backward ops. */
void gan_program_fuse(gan_program *program, int first_op);

/* gan_program_join_upsampling() — in ops [first_op, end), makes nearest upsampling by whole factors
 * and the convolution of stride 1 that alone reads it one transposed convolution with the widened
 * filter (widen_filter of ops.def): of R x S taps for each of the f g results of a pixel,
 * (R+f-1)(S+g-1) are left for all of them together, and the enlarged map is never in memory. Equal
 * but for rounding. Call it before differentiating. */
gan_status gan_program_join_upsampling(gan_program *program, int first_op, gan_error *err);

/* gan_program_drop_unread() — removes the ops of which nothing is read later, nor stored. */
void gan_program_drop_unread(gan_program *program);

#endif
