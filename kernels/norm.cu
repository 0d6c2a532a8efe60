/* norm.cu — Euclidean norms of one vector or two, and whether every element is finite; and what a
 * step does with them: the guard, the report. */
#include "kernels/guard.h"
#include "kernels/pack.h"
#include "kernels/reduce.h"
#include "kernels/together.h"

enum { SLICES = 512, MIN_SLICE = 2048 };

typedef struct norm_part {
    const void *g;
    const float *scale;
    float *r;
    int32_t *finite;
    double *partial; /* one per slice */
    int64_t n, slices, slice_length;
    bool wide;
} norm_part;

typedef struct norm_args {
    norm_part parts[GAN_NORM_MAX_PARTS];
    int n_parts;
    int64_t slices; /* of all parts */
    gan_guard_part guard;
    gan_count_part count;
    gan_report_part report;
    bool guards, counts, reports;
} norm_args;

/* At most 512 slices, whatever the GPU: how a sum is cut must not depend on the number of blocks,
 * or the bits would. A slice is one block's, its partial sum has its own place, and one block adds
 * them in order. */
static int64_t slice_length_of(int64_t n)
{
    const int64_t even = (n + SLICES - 1) / SLICES;
    const int64_t least = MIN_SLICE, length = even > least ? even : least;
    return (length + 7) / 8 * 8; /* slices begin at 16-byte addresses, whatever the type */
}

/* The block's share of one slice's sum of squares. */
template <typename T> GAN_DEVICE void sum_slice(const norm_part *p, int64_t slice, double *shared)
{
    const int V = GAN_PACK(T);
    const T *g = (const T *)p->g;
    const int64_t first = slice * p->slice_length;
    const int64_t end = first + p->slice_length < p->n ? first + p->slice_length : p->n;
    double sum = 0.0;
    for (int64_t i = first + (int64_t)threadIdx.x * V; i < end; i += GAN_THREADS * V) {
        float v[GAN_PACK(T)];
        gan_load(g, i, end, p->wide, v);
        GAN_UNROLL
        for (int k = 0; k < V; k++) {
            sum += (double)v[k] * (double)v[k];
        }
    }
    sum = gan_block_sum(sum, shared);
    if (threadIdx.x == 0) {
        p->partial[slice] = sum;
    }
    __syncthreads();
}

GAN_DEVICE void finish_part(const norm_part *p, double *shared)
{
    double total = 0.0;
    for (int64_t i = threadIdx.x; i < p->slices; i += GAN_THREADS) {
        total += p->partial[i];
    }
    total = gan_block_sum(total, shared);
    if (threadIdx.x == 0) {
        /* squares of floats do not overflow a double: the sum is finite if the elements are */
        const bool finite = isfinite(total);
        const double scale = p->scale != NULL ? (double)*p->scale : 1.0;
        *p->r = (float)(sqrt(total) / scale);
        if (p->finite != NULL && !finite) {
            *p->finite = 0;
        }
    }
    __syncthreads();
}

/* The slices of both vectors are one list, so that both networks' norms share the launch. */
template <typename T> GAN_KERNEL(GAN_THREADS) norm_kernel(norm_args a)
{
    GAN_SHARED(double, shared, GAN_THREADS / 32);
    for (int64_t slice = blockIdx.x; slice < a.slices; slice += gridDim.x) {
        const bool second = slice >= a.parts[0].slices;
        sum_slice<T>(&a.parts[second], second ? slice - a.parts[0].slices : slice, shared);
    }
    /* All partial sums are there from here on; the rest is the first block's. */
    gan_grid_sync();
    if (blockIdx.x != 0) {
        return;
    }
    for (int part = 0; part < a.n_parts; part++) {
        finish_part(&a.parts[part], shared);
    }
    if (threadIdx.x == 0 && a.guards) {
        gan_guard(&a.guard);
    }
    if (threadIdx.x == 0 && a.counts) {
        gan_count(&a.count);
    }
    if (threadIdx.x == 0 && a.reports) {
        gan_report(&a.report);
    }
}

static norm_part lay_out(const gan_norm_part *part, double *partial)
{
    norm_part p = {part->g,
                   part->scale,
                   part->r,
                   part->finite,
                   partial,
                   part->n,
                   0,
                   slice_length_of(part->n),
                   gan_aligned(part->g, NULL, NULL)};
    p.slices = (p.n + p.slice_length - 1) / p.slice_length;
    return p;
}

static void add_sequel(norm_args *a, const gan_norm_sequel *sequel)
{
    a->guards = sequel->guard != NULL;
    a->counts = sequel->count != NULL;
    a->reports = sequel->report != NULL;
    if (a->guards) {
        a->guard = *sequel->guard;
    }
    if (a->counts) {
        a->count = *sequel->count;
    }
    if (a->reports) {
        a->report = *sequel->report;
    }
}

extern "C" gan_status gan_norm_launch(cudaStream_t stream, const gan_norm_part *parts, int n_parts,
                                      gan_dtype type, const gan_norm_sequel *sequel, void *scratch,
                                      gan_error *err)
{
    norm_args a = {};
    add_sequel(&a, sequel);
    double *partial = (double *)scratch;
    for (int i = 0; i < n_parts; i++) {
        if (parts[i].n == 0) {
            continue;
        }
        norm_part *p = &a.parts[a.n_parts++];
        *p = lay_out(&parts[i], partial);
        partial += p->slices;
        a.slices += p->slices;
    }
    if (a.n_parts == 0 && !a.guards && !a.counts && !a.reports) {
        return GAN_OK;
    }
    GAN_FOR_TYPE(type, "norm", err, {
        unsigned blocks = 0;
        GAN_TRY(gan_resident_blocks("norm", (const void *)norm_kernel<T>, GAN_THREADS, a.slices,
                                    &blocks, err));
        GAN_LAUNCH_TOGETHER(norm_kernel<T>, blocks, GAN_THREADS, stream, a);
    });
    return gan_launched("norm", err);
}

extern "C" int64_t gan_norm_scratch(int64_t n)
{
    const int64_t length = slice_length_of(n);
    return (int64_t)sizeof(double) * ((n + length - 1) / length);
}
