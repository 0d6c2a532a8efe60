/* widen_filter.cu — the filter of an upsampling and a convolution in one: a thread adds the taps of
 * one element. Neighbouring threads take the input's last axis, which is the output's first. */
#include "kernels/pack.h"
#include "program/widen_terms.h"

typedef struct widen_args {
    const void *in;
    void *out;
    gan_dtype in_type, out_type;
    int64_t in_h, in_w; /* the input is (out_c, in_h, in_w, out_n) */
    int64_t out_n, out_h, out_w, out_c;
    int64_t taps_h, taps_w; /* of the filter that is not widened */
    int64_t factor_h, factor_w;
    bool transposed;
} widen_args;

GAN_KERNEL(GAN_THREADS) widen_filter_kernel(widen_args a)
{
    const int64_t count = a.out_n * a.out_h * a.out_w * a.out_c;
    for (int64_t i = gan_thread(); i < count; i += gan_threads()) {
        const int64_t n = i % a.out_n, c = i / a.out_n % a.out_c;
        const int64_t place = i / a.out_n / a.out_c, q = place % a.out_w, p = place / a.out_w;
        const gan_widen_taps h = gan_widen_at(a.transposed, a.taps_h, a.factor_h, p);
        const gan_widen_taps w = gan_widen_at(a.transposed, a.taps_w, a.factor_w, q);
        float sum = 0.0f;
        for (int64_t r = h.first; r < h.end; r++) {
            for (int64_t s = w.first; s < w.end; s++) {
                sum += gan_read(a.in, a.in_type, ((c * a.in_h + r) * a.in_w + s) * a.out_n + n);
            }
        }
        gan_write(a.out, a.out_type, ((n * a.out_h + p) * a.out_w + q) * a.out_c + c, sum);
    }
}

extern "C" gan_status gan_widen_filter_launch(cudaStream_t stream, const gan_widen_filter_desc *d,
                                              gan_error *err)
{
    const int64_t *in = d->in_dims, *out = d->out_dims;
    const bool back = d->attr->transposed;
    const widen_args a = {d->in,
                          d->out,
                          d->in_type,
                          d->out_type,
                          in[1],
                          in[2],
                          out[0],
                          out[1],
                          out[2],
                          out[3],
                          back ? out[1] : in[1],
                          back ? out[2] : in[2],
                          d->attr->factor_h,
                          d->attr->factor_w,
                          back};
    const int64_t count = out[0] * out[1] * out[2] * out[3];
    if (count > 0) {
        GAN_LAUNCH(widen_filter_kernel, gan_blocks(count, GAN_THREADS), GAN_THREADS, stream, a);
    }
    return gan_launched("widen_filter", err);
}
