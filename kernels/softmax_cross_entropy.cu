/* softmax_cross_entropy.cu — the cross-entropy of classes, its gradient, how many are right: a
 * block per sample, then the first block adds what all have left, in the order of the samples.
 *
 * With m the largest logit and S = sum of e^(x - m), -log p[k] = log S - (x[k] - m). At the label,
 * p - 1 is -(S - e^(x[label] - m)) / S, from a sum that leaves the label out. */
#include "kernels/pack.h"
#include "kernels/reduce.h"
#include "kernels/together.h"

enum { WARPS = GAN_THREADS / 32 };

typedef struct entropy_result {
    double loss, correct;
} entropy_result;

typedef struct entropy_args {
    gan_softmax_cross_entropy_buffers b;
    float smoothing;
    bool wide; /* every sample begins at 16 bytes */
    entropy_result *results;
} entropy_args;

/* v of thread 0, for every thread. room: one double of the block. */
GAN_DEVICE double share(double v, double *room)
{
    if (threadIdx.x == 0) {
        *room = v;
    }
    __syncthreads();
    const double all = *room;
    __syncthreads();
    return all;
}

/* The largest number of a sample; a NaN is left to the sums, which keep it. */
template <typename T>
GAN_DEVICE float largest_of(const T *x, int64_t n, bool wide, float *shared, double *room)
{
    float most = -INFINITY;
    for (int64_t i = (int64_t)threadIdx.x * GAN_PACK(T); i < n; i += GAN_THREADS * GAN_PACK(T)) {
        float v[GAN_PACK(T)];
        gan_load(x, i, n, wide, v);
        GAN_UNROLL
        for (int k = 0; k < GAN_PACK(T); k++) {
            most = i + k < n ? fmaxf(most, v[k]) : most;
        }
    }
    return (float)share((double)gan_block_max(most, shared), room);
}

/* This thread's share of a sample: sums of e^(x - largest) without the label's, and of x - largest;
 * whether none of its logits stands in the way of the label's being the answer. */
typedef struct entropy_share {
    double others, distance;
    bool fits;
} entropy_share;

template <typename T>
GAN_DEVICE entropy_share add_own(const T *x, int64_t n, bool wide, int64_t label, float largest)
{
    entropy_share s = {0.0, 0.0, true};
    const float own = gan_float(x[label]);
    for (int64_t i = (int64_t)threadIdx.x * GAN_PACK(T); i < n; i += GAN_THREADS * GAN_PACK(T)) {
        float v[GAN_PACK(T)];
        gan_load(x, i, n, wide, v);
        GAN_UNROLL
        for (int k = 0; k < GAN_PACK(T); k++) {
            if (i + k < n) {
                s.others += i + k == label ? 0.0 : (double)expf(v[k] - largest);
                s.distance += (double)v[k] - (double)largest;
                s.fits = s.fits && (i + k < label ? v[k] < own : v[k] <= own);
            }
        }
    }
    return s;
}

template <typename T>
GAN_DEVICE void write_gradient(const entropy_args *a, int64_t row, int64_t label, float largest,
                               double sum, double others)
{
    const int64_t n = a->b.classes;
    const T *x = (const T *)a->b.logits + row * n;
    const float carried = a->b.scale != NULL ? *a->b.scale : 1.0f;
    const double samples = (double)a->b.samples, q = (double)a->smoothing / (double)n;
    const float scale = (float)((double)carried / (sum * samples));
    const float less = (float)((double)carried * q / samples);
    const double at_label = (double)a->smoothing - others / sum - q;
    for (int64_t i = (int64_t)threadIdx.x * GAN_PACK(T); i < n; i += GAN_THREADS * GAN_PACK(T)) {
        float v[GAN_PACK(T)];
        gan_load(x, i, n, a->wide, v);
        GAN_UNROLL
        for (int k = 0; k < GAN_PACK(T); k++) {
            v[k] = i + k == label ? (float)((double)carried * at_label / samples)
                                  : expf(v[k] - largest) * scale - less;
        }
        gan_store((T *)a->b.gradient + row * n, i, n, a->wide, v);
    }
}

template <typename T> GAN_DEVICE void refuse(const entropy_args *a, int64_t row)
{
    for (int64_t i = threadIdx.x; i < a->b.classes && a->b.gradient != NULL; i += GAN_THREADS) {
        gan_round(NAN, &((T *)a->b.gradient)[row * a->b.classes + i]);
    }
    if (threadIdx.x == 0) {
        a->results[row].loss = NAN;
        a->results[row].correct = 0.0;
    }
}

/* shared: WARPS doubles and one more. */
template <typename T>
GAN_DEVICE void take_sample(const entropy_args *a, int64_t row, double *shared)
{
    const int64_t n = a->b.classes, label = a->b.labels[row];
    const T *x = (const T *)a->b.logits + row * n;
    double *room = shared + WARPS;
    if (label < 0 || label >= n) {
        refuse<T>(a, row);
        return;
    }
    const float largest = largest_of(x, n, a->wide, (float *)shared, room);
    const entropy_share own = add_own(x, n, a->wide, label, largest);
    const double others = share(gan_block_sum(own.others, shared), room);
    const double distance = share(gan_block_sum(own.distance, shared), room);
    const double unfit = share(gan_block_sum(own.fits ? 0.0 : 1.0, shared), room);
    const double mine = (double)gan_float(x[label]) - (double)largest;
    const double sum = others + (double)expf((float)mine);
    if (a->b.gradient != NULL) {
        write_gradient<T>(a, row, label, largest, sum, others);
    }
    if (threadIdx.x == 0) {
        const double smoothing = (double)a->smoothing;
        const double spread = smoothing > 0.0 ? smoothing / (double)n * distance : 0.0;
        a->results[row].loss = log(sum) - (1.0 - smoothing) * mine - spread;
        a->results[row].correct = unfit > 0.0 ? 0.0 : 1.0;
    }
}

template <typename T> GAN_KERNEL(GAN_THREADS) softmax_cross_entropy_kernel(entropy_args a)
{
    GAN_SHARED(double, shared, WARPS + 1);
    for (int64_t row = blockIdx.x; row < a.b.samples; row += gridDim.x) {
        take_sample<T>(&a, row, shared);
    }
    gan_grid_sync();
    if (blockIdx.x != 0) {
        return;
    }
    double loss = 0.0, correct = 0.0;
    for (int64_t i = threadIdx.x; i < a.b.samples; i += GAN_THREADS) {
        loss += a.results[i].loss;
        correct += a.results[i].correct;
    }
    loss = gan_block_sum(loss, shared);
    __syncthreads();
    correct = gan_block_sum(correct, shared);
    if (threadIdx.x == 0) {
        *a.b.loss = (float)(loss / (double)a.b.samples);
        *a.b.correct = (float)correct;
    }
}

extern "C" gan_status gan_softmax_cross_entropy_launch(
    cudaStream_t stream, const gan_softmax_cross_entropy_buffers *buffers,
    const gan_softmax_cross_entropy_attr *attr, void *scratch, gan_error *err)
{
    if (buffers->samples == 0) {
        return GAN_OK;
    }
    entropy_args a = {*buffers, attr->label_smoothing, false, (entropy_result *)scratch};
    GAN_FOR_TYPE(buffers->type, "softmax_cross_entropy", err, {
        unsigned blocks = 0;
        a.wide = buffers->classes % GAN_PACK(T) == 0 &&
                 gan_aligned(buffers->logits, buffers->gradient, NULL);
        GAN_TRY(gan_resident_blocks("softmax_cross_entropy",
                                    (const void *)softmax_cross_entropy_kernel<T>, GAN_THREADS,
                                    buffers->samples, &blocks, err));
        GAN_LAUNCH_TOGETHER(softmax_cross_entropy_kernel<T>, blocks, GAN_THREADS, stream, a);
    });
    return gan_launched("softmax_cross_entropy", err);
}

extern "C" int64_t gan_softmax_cross_entropy_scratch(int64_t samples)
{
    return samples * (int64_t)sizeof(entropy_result);
}
