/* loss.h — both losses, the gradients of the logits and the metrics in one pass of one block. */
#ifndef GAN_KERNELS_LOSS_H
#define GAN_KERNELS_LOSS_H

#include "kernels/pack.h"
#include "kernels/reduce.h"

#include "program/loss_terms.h"

enum { GAN_LOSS_DOUBLES = GAN_THREADS / 32 + 1 }; /* of shared memory: a sum's, and its result */

/* The sum of v over the block, for every thread. */
GAN_DEVICE double gan_loss_sum(double v, double *shared)
{
    const double sum = gan_block_sum(v, shared);
    if (threadIdx.x == 0) {
        shared[GAN_THREADS / 32] = sum;
    }
    __syncthreads();
    const double all = shared[GAN_THREADS / 32];
    __syncthreads();
    return all;
}

/* One side's logits in a sum of terms. */
template <typename T> struct gan_loss_side {
    const T *logits;
    int64_t n;
    int role;
    void *gradient; /* of the type below; NULL: not wanted */
    gan_dtype type;
    float scale; /* of the gradient */
};

template <typename T>
GAN_DEVICE gan_loss_term gan_loss_of(const gan_loss_side<T> *s, const gan_loss_attr *attr,
                                     int64_t i, float less)
{
    return gan_loss_at(attr->loss, s->role, gan_float(s->logits[i]) - less, attr->real_label);
}

/* With attr->shared, D's gradient at a fake logit is kept away from 0, and G's is its ratio to it:
 * both from the numbers before they are rounded. */
template <typename T>
GAN_DEVICE void gan_loss_write(const gan_loss_side<T> *s, const gan_loss_attr *attr, int64_t i,
                               float g, float g_of_d)
{
    const float floor = ldexpf(1.0f, -40) / (float)s->n;
    if (attr->shared && s->role == GAN_ROLE_GENERATOR) {
        g /= gan_shared_seed(g_of_d, floor);
    } else if (attr->shared && s->role == GAN_ROLE_FAKE) {
        g = gan_shared_seed(g, floor);
    }
    gan_write(s->gradient, s->type, i, g * s->scale);
}

/* weight times the mean of a side's terms, for every thread; writes the gradient. less: what x is
 * the logit less. other_slope: the mean slope of the other side's terms, 0 where they do not know
 * this side. */
template <typename T>
GAN_DEVICE double gan_loss_terms(const gan_loss_side<T> *s, const gan_loss_attr *attr, float less,
                                 float other_slope, float weight, double *shared)
{
    double value = 0.0;
    for (int64_t i = threadIdx.x; i < s->n; i += GAN_THREADS) {
        const gan_loss_term term = gan_loss_of(s, attr, i, less);
        value += (double)term.value;
        if (s->gradient != NULL) {
            float d = 0.0f;
            if (attr->shared && s->role == GAN_ROLE_GENERATOR) {
                const float x = gan_float(s->logits[i]);
                d = gan_loss_at(attr->loss, GAN_ROLE_FAKE, x, attr->real_label).slope / (float)s->n;
            }
            gan_loss_write(s, attr, i, weight * (term.slope - other_slope) / (float)s->n, d);
        }
    }
    return (double)weight * gan_loss_sum(value, shared) / (double)s->n;
}

/* One network's loss of the pairs real[i] - fake[i]: the gradient of the real logits, and its
 * negative of the fake ones. */
template <typename T>
GAN_DEVICE double gan_loss_pairs(const gan_loss_side<T> *real, const gan_loss_side<T> *fake,
                                 const gan_loss_attr *attr, double *shared)
{
    double value = 0.0;
    for (int64_t i = threadIdx.x; i < fake->n; i += GAN_THREADS) {
        const float x = gan_float(real->logits[i]) - gan_float(fake->logits[i]);
        const gan_loss_term term = gan_loss_at(attr->loss, real->role, x, attr->real_label);
        const float g = term.slope / (float)fake->n;
        value += (double)term.value;
        if (real->gradient != NULL) {
            gan_write(real->gradient, real->type, i, g * real->scale);
        }
        float d = 0.0f;
        if (attr->shared && fake->role == GAN_ROLE_GENERATOR) {
            d = -gan_loss_at(attr->loss, GAN_ROLE_REAL, x, attr->real_label).slope / (float)fake->n;
        }
        gan_loss_write(fake, attr, i, -g, d);
    }
    return gan_loss_sum(value, shared) / (double)fake->n;
}

template <typename T>
GAN_DEVICE double gan_loss_slope(const gan_loss_side<T> *s, const gan_loss_attr *attr, float less,
                                 double *shared)
{
    double slope = 0.0;
    for (int64_t i = threadIdx.x; i < s->n; i += GAN_THREADS) {
        slope += (double)gan_loss_of(s, attr, i, less).slope;
    }
    return gan_loss_sum(slope, shared) / (double)s->n;
}

template <typename T> GAN_DEVICE double gan_loss_mean(const T *x, int64_t n, double *shared)
{
    double sum = 0.0;
    for (int64_t i = threadIdx.x; i < n; i += GAN_THREADS) {
        sum += (double)gan_float(x[i]);
    }
    return gan_loss_sum(sum, shared) / (double)n;
}

template <typename T> GAN_DEVICE double gan_loss_probability(const T *x, int64_t n, double *shared)
{
    double sum = 0.0;
    for (int64_t i = threadIdx.x; i < n; i += GAN_THREADS) {
        sum += (double)gan_logistic(gan_float(x[i]));
    }
    return gan_loss_sum(sum, shared) / (double)n;
}

/* One network's loss, for every thread. Of G's, a coupled loss has terms at the real logits too,
 * which have no gradient. */
template <typename T>
GAN_DEVICE double gan_loss_of_network(const gan_loss_side<T> *real, const gan_loss_side<T> *fake,
                                      const gan_loss_attr *attr, bool is_d, double *shared)
{
    switch (gan_loss_coupling_of(attr->loss)) {
    case GAN_LOSS_SEPARATE: {
        const double r = is_d ? gan_loss_terms(real, attr, 0.0f, 0.0f, 1.0f, shared) : 0.0;
        return r + gan_loss_terms(fake, attr, 0.0f, 0.0f, 1.0f, shared);
    }
    case GAN_LOSS_PAIRED:
        return gan_loss_pairs(real, fake, attr, shared);
    case GAN_LOSS_AVERAGED: {
        const float mean_r = (float)gan_loss_mean(real->logits, real->n, shared);
        const float mean_f = (float)gan_loss_mean(fake->logits, fake->n, shared);
        const float slope_r = (float)gan_loss_slope(real, attr, mean_f, shared);
        const float slope_f = (float)gan_loss_slope(fake, attr, mean_r, shared);
        const double r = gan_loss_terms(real, attr, mean_f, slope_f, 0.5f, shared);
        return r + gan_loss_terms(fake, attr, mean_r, slope_r, 0.5f, shared);
    }
    }
    return 0.0;
}

/* All of it, by one block of GAN_THREADS. shared: GAN_LOSS_DOUBLES doubles. */
template <typename T>
GAN_DEVICE void gan_loss_block(const gan_loss_buffers *b, const gan_loss_attr *attr, double *shared)
{
    const bool paired = gan_loss_coupling_of(attr->loss) == GAN_LOSS_PAIRED;
    const float of_d = b->scales != NULL ? b->scales[GAN_NET_D] : 1.0f;
    const float of_g = b->scales != NULL && !attr->shared ? b->scales[GAN_NET_G] : 1.0f;
    gan_loss_side<T> real = {(const T *)b->real, b->n_real, GAN_ROLE_REAL, b->dreal, b->type, of_d};
    gan_loss_side<T> fake = {(const T *)b->fake, b->n_fake, GAN_ROLE_FAKE, b->dfake, b->type, of_d};
    if (attr->for_d) {
        const double loss = gan_loss_of_network(&real, &fake, attr, true, shared);
        const double p_real = gan_loss_probability(real.logits, real.n, shared);
        const double p_fake = gan_loss_probability(fake.logits, fake.n, shared);
        if (threadIdx.x == 0) {
            b->metrics[GAN_METRIC_LOSS_D] = (float)loss;
            b->metrics[GAN_METRIC_LOSS_G] = 0.0f;
            b->metrics[GAN_METRIC_D_REAL] = (float)p_real;
            b->metrics[GAN_METRIC_D_FAKE] = (float)p_fake;
        }
    }
    if (attr->for_g) {
        real.role = paired ? GAN_ROLE_GENERATOR : GAN_ROLE_GENERATOR_REAL;
        real.gradient = NULL;
        fake.role = GAN_ROLE_GENERATOR;
        fake.gradient = b->gfake;
        fake.type = b->gfake_type;
        fake.scale = of_g;
        const double loss = gan_loss_of_network(&real, &fake, attr, false, shared);
        if (threadIdx.x == 0) {
            b->metrics[GAN_METRIC_LOSS_G] = (float)loss;
        }
    }
}

#endif
