/* gather_labels.c — the classes of the images that gather draws in the same step. */
#include "base/permute.h"
#include "cpu/step.h"

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const gan_gather_attr *a = &step->op->attr.gather;
    const gan_buffer *y = gan_cpu_out(step, 0);
    const int32_t *labels = step->in[0];
    const int64_t *counters = step->in[1];
    int32_t *to = step->out[0];
    const uint64_t n = (uint64_t)a->n_images;
    const uint64_t first = gan_gather_start(a, counters[GAN_COUNTER_STEP], y->count);
    for (int64_t i = 0; i < y->count; i++) {
        const uint64_t s = first + (uint64_t)i;
        to[i] = labels[gan_permute(s % n, n, a->seed, a->order_stream, s / n)];
    }
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_gather_labels = {
    .in = {GAN_I32, GAN_I64}, .out = {GAN_I32}, .run = run};
