/* retype.h — a program's activations and gradients in 16 bits. */
#ifndef GAN_PROGRAM_RETYPE_H
#define GAN_PROGRAM_RETYPE_H

#include "program/program.h"

/* gan_program_retype() — makes activations and gradients bf16 or fp16 and places the program again
 * (gan_program_place()). Mixed precision as in Micikevicius et al. 2018: parameters, moments,
 * running and batch statistics, losses, norms and what the host feeds or reads stay fp32, and so do
 * the per-sample numbers of scale_rows and row_dot, whose range is wide.
 *
 *  type   GAN_BF16 or GAN_F16; GAN_F32 gives the program back as it was built
 *  share  as in gan_program_place()
 *
 * fp16 gradients need a loss scale for each network, so a program with a shared loss is refused:
 * GAN_E_UNSUPPORTED; build it with separate_passes. GAN_E_MEMORY. */
gan_status gan_program_retype(gan_program *program, gan_dtype type, bool share, gan_error *err);

#endif
