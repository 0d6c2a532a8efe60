/* stat.h — moving statistics, segment by segment. */
#ifndef GAN_KERNELS_STAT_H
#define GAN_KERNELS_STAT_H

#include "kernels/device.h"

/* One layer's mean or variance. */
typedef struct gan_stat_task {
    const float *batch;
    float *running;
    const int32_t *finite; /* may be NULL */
    gan_stat_segment segment;
} gan_stat_task;

/* Elements first, first + stride, ... of the segment. */
GAN_DEVICE void gan_update_stat(const gan_stat_task *task, int64_t first, int64_t stride)
{
    const gan_stat_segment s = task->segment;
    if (task->finite != NULL && *task->finite == 0) {
        return;
    }
    const float taken = (float)((1.0 - (double)s.momentum) * (double)s.factor);
    for (int64_t i = s.offset + first; i < s.offset + s.count; i += stride) {
        task->running[i] = s.momentum * task->running[i] + taken * task->batch[i];
    }
}

#endif
