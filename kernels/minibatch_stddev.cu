/* minibatch_stddev.cu — a sample's map with how much its group of samples differs, and its
 * gradient: a block per group, which sums what it then writes. */
#include "kernels/pack.h"
#include "kernels/reduce.h"

typedef struct stddev_args {
    const void *x, *dy;
    void *y; /* dx of the backward pass */
    int64_t members, n_groups, positions, channels, features;
    float epsilon;
} stddev_args;

/* Where channel c at position p of member g of group m lies in a tensor of so many channels. */
GAN_DEVICE int64_t place_of(const stddev_args *a, int64_t m, int64_t g, int64_t p, int64_t channels,
                            int64_t c)
{
    return ((g * a->n_groups + m) * a->positions + p) * channels + c;
}

/* A mean, in two floats: where samples are nearly alike, rounding it to one would move all their
 * distances from it the same way, and a sum of their gradients with them. */
typedef struct stddev_middle {
    float mean, rest;
} stddev_middle;

GAN_DEVICE float from_middle(float x, stddev_middle of)
{
    return (x - of.mean) - of.rest;
}

/* Mean and deviation across a group of one element of its samples. */
template <typename T>
GAN_DEVICE float deviation_of(const stddev_args *a, int64_t m, int64_t p, int64_t c,
                              stddev_middle *of)
{
    const T *x = (const T *)a->x;
    float sum = 0.0f, rest = 0.0f, square = 0.0f;
    for (int64_t g = 0; g < a->members; g++) {
        sum += gan_float(x[place_of(a, m, g, p, a->channels, c)]);
    }
    of->mean = sum / (float)a->members;
    for (int64_t g = 0; g < a->members; g++) {
        rest += gan_float(x[place_of(a, m, g, p, a->channels, c)]) - of->mean;
    }
    of->rest = rest / (float)a->members;
    for (int64_t g = 0; g < a->members; g++) {
        const float d = from_middle(gan_float(x[place_of(a, m, g, p, a->channels, c)]), *of);
        square += d * d;
    }
    return sqrtf(square / (float)a->members + a->epsilon);
}

/* The block's sum of v, in every thread. */
GAN_DEVICE double sum_for_all(float v, double *shared, double *total)
{
    const double sum = gan_block_sum((double)v, shared);
    if (threadIdx.x == 0) {
        *total = sum;
    }
    __syncthreads();
    const double all = *total;
    __syncthreads(); /* both may be used again */
    return all;
}

template <typename T> GAN_KERNEL(GAN_THREADS) minibatch_stddev_kernel(stddev_args a)
{
    GAN_SHARED(double, shared, GAN_THREADS / 32);
    GAN_SHARED(double, total, 1);
    const int64_t m = blockIdx.x, width = a.channels / a.features, all = a.channels + a.features;
    const int64_t n = a.positions * width;
    for (int64_t f = 0; f < a.features; f++) {
        float own = 0.0f;
        stddev_middle unused;
        for (int64_t i = threadIdx.x; i < n; i += GAN_THREADS) {
            own += deviation_of<T>(&a, m, i / width, f * width + i % width, &unused);
        }
        const float value = (float)(sum_for_all(own, shared, total) / (double)n);
        for (int64_t i = threadIdx.x; i < a.members * a.positions; i += GAN_THREADS) {
            gan_round(value, (T *)a.y + place_of(&a, m, i / a.positions, i % a.positions, all,
                                                 a.channels + f));
        }
    }
    const int64_t length = a.positions * a.channels;
    for (int64_t i = threadIdx.x; i < a.members * length; i += GAN_THREADS) {
        const int64_t g = i / length, p = i % length / a.channels, c = i % a.channels;
        ((T *)a.y)[place_of(&a, m, g, p, all, c)] =
            ((const T *)a.x)[place_of(&a, m, g, p, a.channels, c)];
    }
}

template <typename T> GAN_KERNEL(GAN_THREADS) minibatch_stddev_bwd_kernel(stddev_args a)
{
    GAN_SHARED(double, shared, GAN_THREADS / 32);
    GAN_SHARED(double, total, 1);
    const int64_t m = blockIdx.x, width = a.channels / a.features, all = a.channels + a.features;
    const int64_t n = a.positions * width;
    const T *x = (const T *)a.x, *dy = (const T *)a.dy;
    for (int64_t f = 0; f < a.features; f++) {
        float own = 0.0f;
        for (int64_t i = threadIdx.x; i < a.members * a.positions; i += GAN_THREADS) {
            own += gan_float(
                dy[place_of(&a, m, i / a.positions, i % a.positions, all, a.channels + f)]);
        }
        const float share = (float)(sum_for_all(own, shared, total) / (double)(n * a.members));
        for (int64_t i = threadIdx.x; i < n; i += GAN_THREADS) {
            const int64_t p = i / width, c = f * width + i % width;
            stddev_middle of;
            const float s = deviation_of<T>(&a, m, p, c, &of);
            for (int64_t g = 0; g < a.members; g++) {
                const int64_t at = place_of(&a, m, g, p, a.channels, c);
                const float of_x = gan_float(dy[place_of(&a, m, g, p, all, c)]);
                gan_round(of_x + share * from_middle(gan_float(x[at]), of) / s, (T *)a.y + at);
            }
        }
    }
}

extern "C" gan_status gan_minibatch_stddev_launch(cudaStream_t stream, const void *x,
                                                  const void *dy, void *y,
                                                  const gan_minibatch_stddev_attr *attr,
                                                  gan_dtype type, const int64_t dims[4],
                                                  gan_error *err)
{
    const stddev_args a = {x,
                           dy,
                           y,
                           attr->group,
                           dims[0] / attr->group,
                           dims[1] * dims[2],
                           dims[3],
                           attr->features,
                           attr->epsilon};
    GAN_FOR_TYPE(type, "minibatch_stddev", err, {
        void (*kernel)(stddev_args) =
            dy != NULL ? minibatch_stddev_bwd_kernel<T> : minibatch_stddev_kernel<T>;
        GAN_LAUNCH(kernel, (unsigned)a.n_groups, GAN_THREADS, stream, a);
    });
    return gan_launched("minibatch_stddev", err);
}
