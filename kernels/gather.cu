/* gather.cu — a batch of images from bytes to [-1,1], in the epoch's order: a block per image, and
 * more blocks for the noise that a step begins with, too. */
#include "kernels/noise.h"

typedef struct gather_args {
    const uint8_t *images;
    const int64_t *counters;
    int64_t batch, of_step;
    int32_t h, w, c;
    gan_gather_attr attr;
    bool in_order;
    bool wide;       /* every image, of bytes and of T, is whole packs at aligned addresses */
    unsigned blocks; /* of the grid's; those after them draw the noise */
    bool noise_wide;
} gather_args;

/* Which image sample s of the stream of epochs is. */
GAN_DEVICE int64_t image_of(const gan_gather_attr *attr, int64_t s)
{
    const uint64_t n = (uint64_t)attr->n_images, epoch = (uint64_t)s / n;
    return (int64_t)gan_permute((uint64_t)s % n, n, attr->seed, attr->order_stream, epoch);
}

GAN_DEVICE bool flipped(const gan_gather_attr *attr, int64_t s)
{
    if (!attr->flip) {
        return false;
    }
    const gan_philox4 block = gan_philox(attr->seed, attr->flip_stream, 0, (uint32_t)(s / 4));
    const int lane = (int)(s % 4);
    const uint32_t low = lane & 1 ? block.v[1] : block.v[0];
    const uint32_t high = lane & 1 ? block.v[3] : block.v[2];
    return ((lane & 2 ? high : low) >> 31) != 0;
}

GAN_DEVICE float to_unit(uint8_t byte)
{
    return ((float)byte - 127.5f) / 127.5f;
}

/* Element e of an image that is mirrored left to right. */
GAN_DEVICE uint8_t mirrored(const gather_args *a, const uint8_t *image, int32_t e)
{
    const int32_t pixel = e / a->c, column = pixel % a->w;
    return image[e + (a->w - 1 - 2 * column) * a->c];
}

/* Elements [e, e + N) of an image; those beyond its end are 0. */
template <int N>
GAN_DEVICE void load_bytes(const gather_args *a, const uint8_t *image, int64_t e, bool flip,
                           float *out)
{
    if (a->wide && !flip) {
        const gan_group<uint8_t, N> bytes = gan_load_word<N>(image + e);
        GAN_UNROLL
        for (int k = 0; k < N; k++) {
            out[k] = to_unit(bytes.v[k]);
        }
        return;
    }
    const int32_t size = a->h * a->w * a->c;
    GAN_UNROLL
    for (int k = 0; k < N; k++) {
        const bool exists = e + k < size;
        out[k] = exists ? to_unit(flip ? mirrored(a, image, (int32_t)e + k) : image[e + k]) : 0.0f;
    }
}

template <typename T>
GAN_KERNEL(GAN_THREADS)
gather_kernel(gather_args a, T *x, gan_noise_part noise)
{
    const int V = GAN_PACK(T);
    GAN_SHARED(int64_t, which, 2); /* image, flip */
    if (blockIdx.x >= a.blocks) {
        gan_draw_noise<T>(&noise, a.noise_wide,
                          (int64_t)(blockIdx.x - a.blocks) * GAN_THREADS + threadIdx.x,
                          (int64_t)(gridDim.x - a.blocks) * GAN_THREADS);
        return;
    }
    const int32_t size = a.h * a.w * a.c;
    for (int64_t i = blockIdx.x; i < a.batch; i += a.blocks) {
        if (threadIdx.x == 0) {
            const int64_t s = a.counters[GAN_COUNTER_STEP] * a.of_step + a.attr.first + i;
            which[0] = a.in_order ? i : image_of(&a.attr, s);
            which[1] = flipped(&a.attr, s);
        }
        __syncthreads();
        const uint8_t *image = a.images + which[0] * size;
        const bool flip = which[1] != 0;
        /* 64 bits: an index that may wrap keeps the compiler from joining a pack's stores */
        for (int64_t e = (int64_t)threadIdx.x * V; e < size; e += GAN_THREADS * V) {
            float v[GAN_PACK(T)];
            load_bytes<GAN_PACK(T)>(&a, image, e, flip, v);
            gan_store(x + i * size, e, size, a.wide, v);
        }
        __syncthreads(); /* which is written again */
    }
}

/* Refuses images of more bytes than 32 bits count. */
static gan_status check_size(const gan_gather_desc *d, gan_error *err)
{
    const int64_t limit = INT32_MAX / 2;
    if (d->h > limit || d->w > limit || d->c > limit || d->h * d->w > limit ||
        d->h * d->w * d->c > limit) {
        return gan_fail(err, GAN_E_UNSUPPORTED,
                        "kernel gather: images of %lld x %lld x %lld are too large",
                        (long long)d->h, (long long)d->w, (long long)d->c);
    }
    return GAN_OK;
}

extern "C" gan_status gan_gather_launch(cudaStream_t stream, const gan_gather_desc *d,
                                        gan_error *err)
{
    GAN_TRY(check_size(d, err));
    const int64_t size = d->h * d->w * d->c;
    const bool empty = d->batch == 0 || size == 0;
    const gan_noise_part noise = d->noise != NULL ? *d->noise : gan_noise_part();
    if (empty && noise.n == 0) {
        return GAN_OK;
    }
    gather_args a = {};
    a.images = d->images;
    a.counters = d->counters;
    a.batch = d->batch;
    a.of_step = d->attr->batch > 0 ? d->attr->batch : d->batch;
    a.h = (int32_t)d->h;
    a.w = (int32_t)d->w;
    a.c = (int32_t)d->c;
    a.attr = *d->attr;
    a.in_order = d->in_order;
    a.blocks = empty ? 0 : gan_blocks(d->batch, 1);
    a.noise_wide = gan_aligned(noise.z, NULL, NULL);
    GAN_FOR_TYPE(d->type, "gather", err, {
        a.wide = size % GAN_PACK(T) == 0 && (uintptr_t)d->images % GAN_PACK(T) == 0 &&
                 gan_aligned(d->x, NULL, NULL);
        const unsigned more = noise.n > 0 ? gan_blocks(noise.n, GAN_THREADS * GAN_PACK(T)) : 0;
        GAN_LAUNCH(gather_kernel<T>, a.blocks + more, GAN_THREADS, stream, a, (T *)d->x, noise);
    });
    return gan_launched("gather", err);
}
