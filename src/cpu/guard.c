/* guard.c — raises the sticky flag on a value that is not finite. */
#include <math.h>

#include "cpu/step.h"

static bool all_finite(const float *values, int64_t n)
{
    bool finite = true;
    for (int64_t i = 0; i < n; i++) {
        finite = finite && isfinite(values[i]);
    }
    return finite;
}

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const float *norm_g = step->in[1], *norm_d = step->in[2];
    const int64_t *counters = step->in[3];
    int32_t *flag = step->out[0];
    bool finite = all_finite(step->in[0], gan_cpu_in(step, 0)->count) &&
                  (!norm_g || all_finite(norm_g, 1)) && (!norm_d || all_finite(norm_d, 1));
    if (flag[0] == 0 && !finite) {
        flag[0] = 1;
        flag[1] = (int32_t)((uint64_t)counters[GAN_COUNTER_STEP] & INT32_MAX);
    }
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_guard = {.in = {[3] = GAN_I64}, .out = {GAN_I32}, .run = run};
