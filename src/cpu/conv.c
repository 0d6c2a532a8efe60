/* conv.c — convolution. */
#include "cpu/conv_engine.h"

static gan_status prepare(gan_cpu_step *step, gan_error *err)
{
    return gan_conv_engine_prepare(step, GAN_CONV_FWD, err);
}

const gan_cpu_op gan_cpu_op_conv = {.in_bf16 = 3, .out_bf16 = 1, .prepare = prepare};
