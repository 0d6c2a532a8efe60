/* rates.cu — rates that move, at this step: a thread for each. */
#include "kernels/device.h"
#include "program/rate_curve.h"

enum { ROWS = 16 }; /* of a launch */

typedef struct rates_args {
    gan_rate_row rows[ROWS];
    const int64_t *counters;
    const double *factor;
    double *rates;
    int64_t batch;
    int n_rows;
} rates_args;

GAN_KERNEL(ROWS) rates_kernel(rates_args a)
{
    const int i = (int)threadIdx.x;
    if (i < a.n_rows) {
        const gan_rate_row *row = &a.rows[i];
        a.rates[row->rate] = gan_rate_at_step(row, a.factor, a.counters[GAN_COUNTER_STEP], a.batch);
    }
}

extern "C" gan_status gan_rates_launch(cudaStream_t stream, const int64_t *counters,
                                       const double *factor, double *rates,
                                       const gan_rates_attr *attr, gan_error *err)
{
    for (int first = 0; first < attr->n_rows; first += ROWS) {
        rates_args a = {};
        a.counters = counters;
        a.factor = factor;
        a.rates = rates;
        a.batch = attr->batch;
        a.n_rows = attr->n_rows - first < ROWS ? attr->n_rows - first : ROWS;
        for (int i = 0; i < a.n_rows; i++) {
            a.rows[i] = attr->rows[first + i];
        }
        GAN_LAUNCH(rates_kernel, 1, ROWS, stream, a);
    }
    return gan_launched("rates", err);
}
