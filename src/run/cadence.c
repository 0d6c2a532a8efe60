/* cadence.c — when something that happens every so often is due. */
#include "run/cadence.h"

#include <math.h>

bool gan_clockwork_is_due(gan_clockwork *clockwork, int64_t step, int64_t n_images, int64_t batch,
                          double now)
{
    double value = clockwork->every.value;
    if (!(value > 0)) {
        return false;
    }
    switch (clockwork->every.unit) {
    case GAN_EVERY_STEPS:
        return step % (int64_t)value == 0;
    case GAN_EVERY_EPOCHS: {
        double period = value * (double)n_images;
        return floor((double)step * (double)batch / period) >
               floor((double)(step - 1) * (double)batch / period);
    }
    default:
        if (now - clockwork->last < value) {
            return false;
        }
        clockwork->last = now;
        return true;
    }
}
