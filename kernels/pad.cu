/* pad.cu — a map laid into a larger one with zeros around it, and cut out again.
 *
 * Strict fp32 wants it: cuDNN's classic engines take symmetric padding only, and a zero row and
 * column more turn padding (1,2) into (1,1). */
#include "kernels/pack.h"

/* One element of the larger map a pack: threads run over the larger map's pixels and channels. */
template <typename T>
GAN_KERNEL(GAN_THREADS)
pad_kernel(const T *x, T *y, gan_frame f, int64_t packs, bool wide)
{
    const int V = GAN_PACK(T);
    const int64_t items = f.n * f.out_h * f.out_w * packs;
    for (int64_t item = gan_thread(); item < items; item += gan_threads()) {
        const int64_t pixel = item / packs, channel = (item - pixel * packs) * V;
        const int64_t line = pixel / f.out_w, j = pixel - line * f.out_w - f.left;
        const int64_t image = line / f.out_h, i = line - image * f.out_h - f.top;
        float v[GAN_PACK(T)] = {0.0f};
        if (i >= 0 && i < f.h && j >= 0 && j < f.w) {
            gan_load(x + ((image * f.h + i) * f.w + j) * f.c, channel, f.c, wide, v);
        }
        gan_store(y + pixel * f.c, channel, f.c, wide, v);
    }
}

/* Threads run over the smaller map. */
template <typename T>
GAN_KERNEL(GAN_THREADS)
crop_kernel(const T *x, T *y, gan_frame f, int64_t packs, bool wide)
{
    const int V = GAN_PACK(T);
    const int64_t items = f.n * f.h * f.w * packs;
    for (int64_t item = gan_thread(); item < items; item += gan_threads()) {
        const int64_t pixel = item / packs, channel = (item - pixel * packs) * V;
        const int64_t line = pixel / f.w, j = pixel - line * f.w + f.left;
        const int64_t image = line / f.h, i = line - image * f.h + f.top;
        float v[GAN_PACK(T)];
        gan_load(x + ((image * f.out_h + i) * f.out_w + j) * f.c, channel, f.c, wide, v);
        gan_store(y + pixel * f.c, channel, f.c, wide, v);
    }
}

static gan_status check_frame(const char *op, const gan_frame *f, gan_error *err)
{
    if (f->top < 0 || f->left < 0 || f->top + f->h > f->out_h || f->left + f->w > f->out_w) {
        return gan_fail(err, GAN_E_UNSUPPORTED,
                        "kernel %s: a map of %lld x %lld at (%lld, %lld) leaves one of %lld x %lld",
                        op, (long long)f->h, (long long)f->w, (long long)f->top, (long long)f->left,
                        (long long)f->out_h, (long long)f->out_w);
    }
    return GAN_OK;
}

extern "C" gan_status gan_pad_launch(cudaStream_t stream, const void *x, void *y, gan_dtype type,
                                     const gan_frame *f, gan_error *err)
{
    GAN_TRY(check_frame("pad", f, err));
    const int64_t pixels = f->n * f->out_h * f->out_w;
    if (pixels * f->c == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(type, "pad", err, {
        const int64_t packs = (f->c + GAN_PACK(T) - 1) / GAN_PACK(T);
        GAN_LAUNCH(pad_kernel<T>, gan_blocks(pixels * packs, GAN_THREADS), GAN_THREADS, stream,
                   (const T *)x, (T *)y, *f, packs,
                   f->c % GAN_PACK(T) == 0 && gan_aligned(x, y, NULL));
    });
    return gan_launched("pad", err);
}

extern "C" gan_status gan_crop_launch(cudaStream_t stream, const void *x, void *y, gan_dtype type,
                                      const gan_frame *f, gan_error *err)
{
    GAN_TRY(check_frame("crop", f, err));
    const int64_t pixels = f->n * f->h * f->w;
    if (pixels * f->c == 0) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(type, "crop", err, {
        const int64_t packs = (f->c + GAN_PACK(T) - 1) / GAN_PACK(T);
        GAN_LAUNCH(crop_kernel<T>, gan_blocks(pixels * packs, GAN_THREADS), GAN_THREADS, stream,
                   (const T *)x, (T *)y, *f, packs,
                   f->c % GAN_PACK(T) == 0 && gan_aligned(x, y, NULL));
    });
    return gan_launched("crop", err);
}
