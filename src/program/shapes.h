/* shapes.h — the shape rules of ops.def. */
#ifndef GAN_PROGRAM_SHAPES_H
#define GAN_PROGRAM_SHAPES_H

#include "program/program.h"

/* Checks an op's buffers and attributes against its row: which may be left out, their dims and
 * types. GAN_E_FAILED names the op, its label, the buffer and both shapes. */
gan_status gan_op_check(const gan_program *program, const gan_op *op, gan_error *err);

#endif
