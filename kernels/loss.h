/* loss.h — both losses, the gradients of the logits and the metrics in one pass of one block. */
#ifndef GAN_KERNELS_LOSS_H
#define GAN_KERNELS_LOSS_H

#include "kernels/pack.h"
#include "kernels/reduce.h"

#include "program/loss_terms.h"

enum { GAN_LOSS_SHARED = 5 * (GAN_THREADS / 32) };

/* Loss and slope of D at one side's logits: writes the gradient, returns this thread's sums. */
template <typename T>
GAN_DEVICE void gan_loss_side(const gan_loss_buffers *b, const gan_loss_attr *attr, int role,
                              double *loss, double *probability)
{
    const bool real = role == GAN_ROLE_REAL;
    const T *logits = (const T *)(real ? b->real : b->fake);
    T *gradient = (T *)(real ? b->dreal : b->dfake);
    const int64_t n = real ? b->n_real : b->n_fake;
    const float scale = b->scales != NULL ? b->scales[GAN_NET_D] : 1.0f;
    const float floor = ldexpf(1.0f, -40) / (float)n;
    for (int64_t i = threadIdx.x; i < n; i += GAN_THREADS) {
        const float x = gan_float(logits[i]);
        const gan_loss_term term = gan_loss_at(attr->loss, role, x, attr->real_label);
        *loss += (double)term.value;
        *probability += (double)gan_logistic(x);
        if (gradient != NULL) {
            const float g = term.slope / (float)n;
            gan_round((attr->shared && !real ? gan_shared_seed(g, floor) : g) * scale,
                      &gradient[i]);
        }
    }
}

/* G's loss at the fake logits, and its gradient or the ratio to D's. */
template <typename T>
GAN_DEVICE void gan_loss_generator(const gan_loss_buffers *b, const gan_loss_attr *attr,
                                   double *loss)
{
    const T *logits = (const T *)b->fake;
    const int64_t n = b->n_fake;
    const float scale = b->scales != NULL && !attr->shared ? b->scales[GAN_NET_G] : 1.0f;
    const float floor = ldexpf(1.0f, -40) / (float)n;
    for (int64_t i = threadIdx.x; i < n; i += GAN_THREADS) {
        const float x = gan_float(logits[i]);
        const gan_loss_term term = gan_loss_at(attr->loss, GAN_ROLE_GENERATOR, x, attr->real_label);
        *loss += (double)term.value;
        if (b->gfake == NULL) {
            continue;
        }
        float g = term.slope / (float)n;
        if (attr->shared) {
            const gan_loss_term d = gan_loss_at(attr->loss, GAN_ROLE_FAKE, x, attr->real_label);
            g /= gan_shared_seed(d.slope / (float)n, floor);
        }
        gan_write(b->gfake, b->gfake_type, i, g * scale);
    }
}

/* All of it, by one block of GAN_THREADS. shared: GAN_LOSS_SHARED doubles. */
template <typename T>
GAN_DEVICE void gan_loss_block(const gan_loss_buffers *b, const gan_loss_attr *attr, double *shared)
{
    double real = 0.0, fake = 0.0, p_real = 0.0, p_fake = 0.0, gen = 0.0;
    if (attr->for_d) {
        gan_loss_side<T>(b, attr, GAN_ROLE_REAL, &real, &p_real);
        gan_loss_side<T>(b, attr, GAN_ROLE_FAKE, &fake, &p_fake);
    }
    if (attr->for_g) {
        gan_loss_generator<T>(b, attr, &gen);
    }
    const int warps = GAN_THREADS / 32;
    real = gan_block_sum(real, shared);
    fake = gan_block_sum(fake, shared + warps);
    p_real = gan_block_sum(p_real, shared + 2 * warps);
    p_fake = gan_block_sum(p_fake, shared + 3 * warps);
    gen = gan_block_sum(gen, shared + 4 * warps);
    if (threadIdx.x != 0) {
        return;
    }
    const double n_real = b->n_real > 0 ? (double)b->n_real : 1.0;
    const double n_fake = b->n_fake > 0 ? (double)b->n_fake : 1.0;
    if (attr->for_d) {
        b->metrics[GAN_METRIC_LOSS_D] = (float)(real / n_real + fake / n_fake);
        b->metrics[GAN_METRIC_D_REAL] = (float)(p_real / n_real);
        b->metrics[GAN_METRIC_D_FAKE] = (float)(p_fake / n_fake);
    }
    if (attr->for_g) {
        b->metrics[GAN_METRIC_LOSS_G] = (float)(gen / n_fake);
    }
}

#endif
