/* loss_terms.h — the terms of each loss of losses.def: value and derivative at one number x.
 *
 * What x is, the coupling says. With r and f the real and the fake logits, n of each kind:
 *   SEPARATE  loss_d = mean REAL(r_i) + mean FAKE(f_j);   loss_g = mean GENERATOR(f_j)
 *   PAIRED    loss_d = mean REAL(r_i - f_i);              loss_g = mean GENERATOR(r_i - f_i)
 *   AVERAGED  loss_d = (mean REAL(r_i - mean f) + mean FAKE(f_j - mean r)) / 2
 *             loss_g = (mean GENERATOR(f_j - mean r) + mean GENERATOR_REAL(r_i - mean f)) / 2
 * A term that a coupling does not name is not asked for. real_label: what a real sample is compared
 * with, in losses that have labels; 1, or less where it is smoothed. Kernels include this file:
 * they define GAN_INLINE first. */
#ifndef GAN_PROGRAM_LOSS_TERMS_H
#define GAN_PROGRAM_LOSS_TERMS_H

#include <math.h>
#include <stdbool.h>

#ifndef GAN_INLINE
#define GAN_INLINE static inline
#endif

typedef struct gan_loss_term {
    float value, slope;
} gan_loss_term;

/* Order of the rows of losses.def. */
enum gan_loss_id {
#define GAN_LOSS(name, coupling, shared, labels, source) GAN_LOSS_##name,
#include "program/losses.def"
#undef GAN_LOSS
    GAN_LOSS_COUNT
};

enum gan_loss_role { GAN_ROLE_REAL, GAN_ROLE_FAKE, GAN_ROLE_GENERATOR, GAN_ROLE_GENERATOR_REAL };

enum gan_loss_coupling { GAN_LOSS_SEPARATE, GAN_LOSS_PAIRED, GAN_LOSS_AVERAGED };

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

GAN_INLINE gan_loss_term gan_loss_bce(int role, float x, float real_label)
{
    return gan_sigmoid_cross_entropy(x, role == GAN_ROLE_REAL   ? real_label
                                        : role == GAN_ROLE_FAKE ? 0.0f
                                                                : 1.0f);
}

/* G minimizes log(1 - sigmoid(f)): the negative of D's term of a fake. */
GAN_INLINE gan_loss_term gan_loss_bce_saturating(int role, float x, float real_label)
{
    const gan_loss_term t = gan_sigmoid_cross_entropy(x, role == GAN_ROLE_REAL ? real_label : 0.0f);
    const gan_loss_term negative = {-t.value, -t.slope};
    return role == GAN_ROLE_GENERATOR ? negative : t;
}

GAN_INLINE gan_loss_term gan_loss_hinge(int role, float x, float real_label)
{
    (void)real_label;
    return role == GAN_ROLE_GENERATOR ? gan_linear(x, -1.0f)
                                      : gan_hinge(x, role == GAN_ROLE_REAL ? 1.0f : -1.0f);
}

GAN_INLINE gan_loss_term gan_loss_lsgan(int role, float x, float real_label)
{
    return gan_squared(x, role == GAN_ROLE_REAL ? real_label : role == GAN_ROLE_FAKE ? 0.0f : 1.0f);
}

GAN_INLINE gan_loss_term gan_loss_wasserstein(int role, float x, float real_label)
{
    (void)real_label;
    return gan_linear(x, role == GAN_ROLE_FAKE ? 1.0f : -1.0f);
}

/* D wants r - f large, G small. */
GAN_INLINE gan_loss_term gan_loss_relativistic(int role, float x, float real_label)
{
    (void)real_label;
    return gan_sigmoid_cross_entropy(x, role == GAN_ROLE_REAL ? 1.0f : 0.0f);
}

/* D lifts real logits above the fakes' mean and pushes fake ones below the reals'; G the reverse.
 */
GAN_INLINE bool gan_loss_lifts(int role)
{
    return role == GAN_ROLE_REAL || role == GAN_ROLE_GENERATOR;
}

GAN_INLINE gan_loss_term gan_loss_relativistic_average(int role, float x, float real_label)
{
    (void)real_label;
    return gan_sigmoid_cross_entropy(x, gan_loss_lifts(role) ? 1.0f : 0.0f);
}

GAN_INLINE gan_loss_term gan_loss_relativistic_lsgan(int role, float x, float real_label)
{
    (void)real_label;
    return gan_squared(x, role == GAN_ROLE_REAL ? 1.0f : -1.0f);
}

GAN_INLINE gan_loss_term gan_loss_relativistic_hinge(int role, float x, float real_label)
{
    (void)real_label;
    return gan_hinge(x, role == GAN_ROLE_REAL ? 1.0f : -1.0f);
}

GAN_INLINE gan_loss_term gan_loss_relativistic_average_lsgan(int role, float x, float real_label)
{
    (void)real_label;
    return gan_squared(x, gan_loss_lifts(role) ? 1.0f : -1.0f);
}

GAN_INLINE gan_loss_term gan_loss_relativistic_average_hinge(int role, float x, float real_label)
{
    (void)real_label;
    return gan_hinge(x, gan_loss_lifts(role) ? 1.0f : -1.0f);
}

/* The term of a row of losses.def. */
GAN_INLINE gan_loss_term gan_loss_at(int loss, int role, float x, float real_label)
{
    switch ((enum gan_loss_id)loss) {
#define GAN_LOSS(name, coupling, shared, labels, source)                                           \
    case GAN_LOSS_##name:                                                                          \
        return gan_loss_##name(role, x, real_label);
#include "program/losses.def"
#undef GAN_LOSS
    case GAN_LOSS_COUNT:
        break;
    }
    const gan_loss_term none = {0.0f, 0.0f};
    return none;
}

GAN_INLINE enum gan_loss_coupling gan_loss_coupling_of(int loss)
{
    switch ((enum gan_loss_id)loss) {
#define GAN_LOSS(name, coupling, shared, labels, source)                                           \
    case GAN_LOSS_##name:                                                                          \
        return GAN_LOSS_##coupling;
#include "program/losses.def"
#undef GAN_LOSS
    case GAN_LOSS_COUNT:
        break;
    }
    return GAN_LOSS_SEPARATE;
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
