/* loss_terms.h — the terms of each loss of losses.def: value and derivative at one logit x.
 *
 * real(x): D's term for a real sample; fake(x): D's for a generated one; gen(x): G's. A batch's
 * loss is the mean over logits. real_label: what a real sample is compared with, in losses that
 * have labels; 1, or less where it is smoothed. Kernels include this file: they define GAN_INLINE
 * first. */
#ifndef GAN_PROGRAM_LOSS_TERMS_H
#define GAN_PROGRAM_LOSS_TERMS_H

#include <math.h>

#ifndef GAN_INLINE
#define GAN_INLINE static inline
#endif

typedef struct gan_loss_term {
    float value, slope;
} gan_loss_term;

/* Order of the rows of losses.def. */
enum gan_loss_id {
#define GAN_LOSS(name, shared, labels, source) GAN_LOSS_##name,
#include "program/losses.def"
#undef GAN_LOSS
    GAN_LOSS_COUNT
};

enum gan_loss_role { GAN_ROLE_REAL, GAN_ROLE_FAKE, GAN_ROLE_GENERATOR };

/* 1 / (1 + e^-x) without overflow. */
GAN_INLINE float gan_logistic(float x)
{
    float e = expf(-fabsf(x));
    return x >= 0.0f ? 1.0f / (1.0f + e) : e / (1.0f + e);
}

/* Sigmoid cross-entropy in TensorFlow's stable form: max(x,0) - x y + log(1 + e^-|x|). */
GAN_INLINE gan_loss_term gan_sigmoid_cross_entropy(float x, float label)
{
    gan_loss_term t;
    t.value = fmaxf(x, 0.0f) - x * label + log1pf(expf(-fabsf(x)));
    t.slope = gan_logistic(x) - label;
    if (label == 1.0f) {
        t.slope = -gan_logistic(-x); /* sigmoid(x) - 1 loses all digits for large x */
    }
    return t;
}

GAN_INLINE gan_loss_term gan_hinge(float x, float sign)
{
    float margin = 1.0f - sign * x;
    gan_loss_term t = {margin > 0.0f ? margin : 0.0f * margin, margin > 0.0f ? -sign : 0.0f};
    return t;
}

GAN_INLINE gan_loss_term gan_squared(float x, float label)
{
    gan_loss_term t = {(x - label) * (x - label), 2.0f * (x - label)};
    return t;
}

GAN_INLINE gan_loss_term gan_linear(float x, float sign)
{
    gan_loss_term t = {sign * x, sign};
    return t;
}

GAN_INLINE gan_loss_term gan_loss_at(int loss, int role, float x, float real_label)
{
    switch (loss) {
    case GAN_LOSS_hinge:
        return role == GAN_ROLE_GENERATOR ? gan_linear(x, -1.0f)
                                          : gan_hinge(x, role == GAN_ROLE_REAL ? 1.0f : -1.0f);
    case GAN_LOSS_lsgan:
        return gan_squared(x, role == GAN_ROLE_REAL   ? real_label
                              : role == GAN_ROLE_FAKE ? 0.0f
                                                      : 1.0f);
    case GAN_LOSS_wasserstein:
        return gan_linear(x, role == GAN_ROLE_FAKE ? 1.0f : -1.0f);
    default:
        return gan_sigmoid_cross_entropy(x, role == GAN_ROLE_REAL   ? real_label
                                            : role == GAN_ROLE_FAKE ? 0.0f
                                                                    : 1.0f);
    }
}

/* The gradient that seeds a shared backward pass at a fake logit, where D's own is g: g itself,
 * kept away from 0 so that G's gradient can be recovered by a ratio. floor is 2^-40 / number of
 * logits. */
GAN_INLINE float gan_shared_seed(float g, float floor)
{
    float magnitude = fabsf(g);
    return copysignf(magnitude > floor ? magnitude : floor, g);
}

#endif
