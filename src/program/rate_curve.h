/* rate_curve.h — a rate (a learning rate, a beta, a decay) at a step, by its row of a schedule.
 *
 * x images were shown to D before the step. The curve is at `from` up to `begin` and at `to` from
 * `end` on, exactly; between, with s = (x - begin) / (end - begin):
 *   linear   from + (to - from) s
 *   cosine   to + (from - to) (1 + cos(pi s)) / 2      (Loshchilov and Hutter 2017, one period)
 * Of a half-life h in images the rate is the decay of an average (Karras et al. 2020,
 * StyleGAN2-ADA's training loop, with its ramp: h is at most a share of the images so far, so the
 * first average is a copy), 0.5^(n / min(h, ramp x))     n: images between two updates of the
 * average; 0 where h is 0 A warm-up multiplies it by (x + batch) / warm_up while that is below 1:
 * the first step has a part of the rate and not 0. All in double, as the powers of the betas that
 * are made of it. Kernels include this file: they define GAN_INLINE and GAN_COS_PI first. */
#ifndef GAN_PROGRAM_RATE_CURVE_H
#define GAN_PROGRAM_RATE_CURVE_H

#include <math.h>

#include "program/program.h"

#ifndef GAN_INLINE
#define GAN_INLINE static inline
#endif
#ifndef GAN_COS_PI
#define GAN_COS_PI(x) cos(3.14159265358979323846 * (x))
#endif

GAN_INLINE double gan_curve_at(const gan_rate_row *row, double x)
{
    if (row->curve == GAN_CURVE_CONSTANT || x <= (double)row->begin) {
        return row->from;
    }
    if (x >= (double)row->end) {
        return row->to;
    }
    const double s = (x - (double)row->begin) / (double)(row->end - row->begin);
    return row->curve == GAN_CURVE_LINEAR
               ? row->from + (row->to - row->from) * s
               : row->to + (row->from - row->to) * 0.5 * (1.0 + GAN_COS_PI(s));
}

/* factor: NULL, or of the rows that have one. */
GAN_INLINE double gan_rate_at_step(const gan_rate_row *row, const double *factor, int64_t step,
                                   int64_t batch)
{
    const double x = (double)step * (double)batch, shown = x + (double)batch;
    double rate = gan_curve_at(row, x);
    rate = shown < (double)row->warm_up ? rate * (shown / (double)row->warm_up) : rate;
    if (row->halved_per > 0) {
        const double most = row->ramp * x;
        rate = row->ramp > 0 && most < rate ? most : rate;
        rate = rate > 0 ? exp2(-(double)row->halved_per / rate) : 0.0;
    }
    return row->has_factor && factor ? rate * *factor : rate;
}

#endif
