/* stat_update.c — moving statistics. */
#include "cpu/step.h"

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const gan_stat_update_attr *a = &step->op->attr.stat_update;
    const float *batch = step->in[0];
    const int32_t *flag = step->in[1];
    float *running = step->out[0];
    for (int k = 0; k < a->n_segments && flag[0] == 0; k++) {
        const gan_stat_segment *s = &a->segments[k];
        float kept = s->momentum, taken = (float)((1.0 - (double)s->momentum) * (double)s->factor);
        for (int64_t i = s->offset; i < s->offset + s->count; i++) {
            running[i] = kept * running[i] + taken * batch[i];
        }
    }
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_stat_update = {.in = {[1] = GAN_I32}, .run = run};
