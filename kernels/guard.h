/* guard.h — the end of a step, by one thread: the sticky flag, and the metrics to the ring. */
#ifndef GAN_KERNELS_GUARD_H
#define GAN_KERNELS_GUARD_H

#include "kernels/device.h"

/* Raises the flag on a value that is not finite. */
GAN_DEVICE void gan_guard(const gan_guard_part *p)
{
    bool good = true;
    for (int i = 0; i < GAN_METRIC_NORM_G; i++) {
        good = good && isfinite(p->metrics[i]);
    }
    if (p->norm_g != NULL && (p->finite == NULL || p->finite[GAN_NET_G] != 0)) {
        good = good && isfinite(*p->norm_g);
    }
    if (p->norm_d != NULL && (p->finite == NULL || p->finite[GAN_NET_D] != 0)) {
        good = good && isfinite(*p->norm_d);
    }
    if (p->flag[0] == 0 && !good) {
        p->flag[0] = 1;
        p->flag[1] = (int32_t)(p->counters[GAN_COUNTER_STEP] & 0x7FFFFFFF);
    }
}

/* Writes the step's row and counts the step. */
GAN_DEVICE void gan_report(const gan_report_part *p)
{
    float *row = p->ring + p->counters[GAN_COUNTER_STEP] % p->rows * GAN_METRIC_COUNT;
    for (int i = 0; i < GAN_METRIC_NORM_G; i++) {
        row[i] = p->metrics[i];
    }
    row[GAN_METRIC_NORM_G] = p->norm_g != NULL ? *p->norm_g : 0.0f;
    row[GAN_METRIC_NORM_D] = p->norm_d != NULL ? *p->norm_d : 0.0f;
    if (p->flag[0] == 0) {
        p->counters[GAN_COUNTER_STEP] += 1;
    }
}

/* Counts the updates that Adam makes. */
GAN_DEVICE void gan_count(const gan_count_part *p)
{
    GAN_UNROLL /* or the part, a kernel's argument, is copied to be indexed */
        for (int i = 0; i < GAN_NET_COUNT; i++)
    {
        if (i < p->n_nets && p->flag[0] == 0) {
            const int net = p->nets[i];
            p->counters[gan_counter_of(net)] += p->finite == NULL || p->finite[net] != 0;
        }
    }
}

#endif
