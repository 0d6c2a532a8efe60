/* activation.cu — the activations of activations.def and their derivatives, times a factor.
 *
 * Which one is told in each launch, and every thread of it takes the same way: memory is what a
 * launch waits for. */
#include "kernels/pack.h"

#define GAN_TERM_EXP_NEG(x) expf(x)
#define GAN_TERM_EXPM1_NEG(x) expm1f(x)
#define GAN_TERM_LOG1P(x) log1pf(x)
#define GAN_TERM_ERFC(x) erfcf(x)
#include "program/activation_terms.h"

template <typename T>
GAN_KERNEL(GAN_THREADS)
activation_kernel(const T *x, const T *g, T *y, gan_activation_attr a, int64_t n, bool wide)
{
    const int V = GAN_PACK(T);
    for (int64_t i = gan_thread() * V; i < n; i += gan_threads() * V) {
        float v[GAN_PACK(T)], w[GAN_PACK(T)];
        gan_load(x, i, n, wide, v);
        if (g != NULL) {
            gan_load(g, i, n, wide, w);
        }
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            v[k] = gan_activation_term(a.function, a.order, v[k], a.alpha);
            v[k] = g != NULL ? v[k] * w[k] : v[k];
        }
        gan_store(y, i, n, wide, v);
    }
}

extern "C" gan_status gan_activation_launch(cudaStream_t stream, const void *x, const void *g,
                                            void *y, const gan_activation_attr *attr,
                                            gan_dtype type, int64_t n, gan_error *err)
{
    if (n == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(type, "activation", err,
                 GAN_LAUNCH(activation_kernel<T>, gan_blocks(n, GAN_THREADS * GAN_PACK(T)),
                            GAN_THREADS, stream, (const T *)x, (const T *)g, (T *)y, *attr, n,
                            gan_aligned(x, g ? g : x, y)));
    return gan_launched("activation", err);
}
