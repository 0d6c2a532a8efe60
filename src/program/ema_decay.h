/* ema_decay.h — how much of the averaged generator is kept at its t-th update, t = 1, 2, ...
 *
 * A decay d averages over the last 1 / (1 - d) steps, and before there were so many, over the first
 * values too, which are noise. So it begins small and follows TensorFlow's num_updates
 * (tf.train.ExponentialMovingAverage), min(d, (1 + t) / (10 + t)): the last ninth of the steps so
 * far, until that is as much as d asks for. It is written with what is taken, 9 / (10 + t), which
 * keeps its digits where t is large. Kernels include this file: they define GAN_INLINE first. */
#ifndef GAN_PROGRAM_EMA_DECAY_H
#define GAN_PROGRAM_EMA_DECAY_H

#include <stdint.h>

#ifndef GAN_INLINE
#define GAN_INLINE static inline
#endif

GAN_INLINE float gan_ema_decay(float decay, int64_t t)
{
    const float ramp = 1.0f - 9.0f / (10.0f + (float)t);
    return ramp < decay ? ramp : decay;
}

#endif
