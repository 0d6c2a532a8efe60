/* sum_all.c — sum of any number of tensors. */
#include "reference/call.h"

static void run(const gan_reference_call *call)
{
    for (int64_t i = 0; i < call->out[0].count; i++) {
        double sum = 0.0;
        for (int k = 0; k < call->n_in; k++) {
            sum += call->in[k].v[i];
        }
        call->out[0].v[i] = sum;
    }
}

const gan_reference_row gan_reference_sum_all = {.run = run};
