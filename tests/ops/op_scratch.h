/* op_scratch.h — the scratch of a compiled program: its ops share it and find it in any state. */
#ifndef OPS_OP_SCRATCH_H
#define OPS_OP_SCRATCH_H

#include "program/backend.h"

/* Fills the scratch of the executable that was compiled last with what is NaN in fp32, bf16 and
 * fp16. Nothing for other backends than the CPU's; fails the test if it is not where it was. */
void op_scratch_poison(const gan_backend *backend, const gan_executable *executable);

#endif
