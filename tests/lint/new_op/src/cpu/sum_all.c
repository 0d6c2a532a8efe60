/* sum_all.c — sum of any number of tensors. */
#include "cpu/floats.h"

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    for (int64_t i = 0; i < gan_cpu_out(step, 0)->count; i++) {
        float sum = 0.0f;
        for (int k = 0; k < step->op->n_in; k++) {
            sum += gan_floats_get(gan_floats_in(step, k), i);
        }
        gan_floats_set(gan_floats_out(step, 0), i, sum);
    }
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_sum_all = {.in_bf16 = 1, .out_bf16 = 1, .run = run};
