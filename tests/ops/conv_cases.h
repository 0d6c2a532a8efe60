/* conv_cases.h — the shapes that all three convolutions are tested with. */
#ifndef OPS_CONV_CASES_H
#define OPS_CONV_CASES_H

#include "ops/op_case.h"

typedef enum conv_kind { CONV_FWD, CONV_DX, CONV_DW } conv_kind;

/* Checks the op over kernels 1..7, strides 1..3, one-sided and wide padding, maps that are not
 * square, channels 1, 3, 5 and 64, batches of 1. */
void conv_check_shapes(conv_kind kind);

/* In groups, depthwise too; then with what is not finite. */
void conv_check_groups(conv_kind kind);

/* The convolutions of the tutorial network and of the paper's 64 x 64 one, at a small batch. */
void conv_check_networks(conv_kind kind);

/* bf16 on the CPU by each engine, on thin maps too, and with operands of mixed types. */
void conv_check_bf16(conv_kind kind);

/* bf16 on the CPU with fp32 weights that bf16 cannot hold (conv, conv_dx). */
void conv_check_bf16_weights(conv_kind kind);

/* A NaN and an infinity in an operand reach what they are summed into and nothing else. */
void conv_check_nan(conv_kind kind);

#endif
