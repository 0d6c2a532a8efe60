/* cost.h — what each op of a program costs, counted from its shapes. */
#ifndef GAN_PROGRAM_COST_H
#define GAN_PROGRAM_COST_H

#include "program/program.h"

gan_cost gan_op_cost(const gan_program *program, const gan_op *op);

/* The sum over a program's ops. */
gan_cost gan_program_cost(const gan_program *program);

/* Bytes by class of what the program's buffers need, windows not counted again; the arena counts as
 * GAN_ACTIVATION as a whole (gradients and scratch lie in it). bytes has GAN_BUFFER_CLASS_COUNT
 * entries. Needs a placed program. */
void gan_program_memory(const gan_program *program, int64_t *bytes);

/* Number of ops: a library call or a kernel each. */
int gan_program_launches(const gan_program *program);

#endif
