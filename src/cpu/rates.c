/* rates.c — rates that move, at this step. */
#include "program/rate_curve.h"

#include "cpu/step.h"

static gan_status run(const gan_cpu_step *step, gan_error *err)
{
    (void)err;
    const gan_rates_attr *a = &step->op->attr.rates;
    const int64_t *counters = step->in[0];
    const double *factor = step->in[1];
    double *rates = step->out[0];
    for (int i = 0; i < a->n_rows; i++) {
        rates[a->rows[i].rate] =
            gan_rate_at_step(&a->rows[i], factor, counters[GAN_COUNTER_STEP], a->batch);
    }
    return GAN_OK;
}

const gan_cpu_op gan_cpu_op_rates = {.in = {GAN_I64, GAN_F64}, .out = {GAN_F64}, .run = run};
