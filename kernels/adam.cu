/* adam.cu — Adam (Kingma and Ba 2015) for all parts of both networks in one launch, and the moving
 * statistics that change with them.
 *
 * Step, rates and loss scale are read from device memory, since a captured launch keeps its
 * arguments. The first thread of each block works out the bias corrections in double. */
#include "kernels/pack.h"
#include "kernels/stat.h"

typedef struct adam_args {
    gan_adam_part parts[GAN_ADAM_MAX_PARTS];
    const double *rates;
    const int64_t *counters;
    const int32_t *flag;
    int64_t ahead; /* of the counters: 1, or 0 if the update was counted before */
    int n_parts;
    gan_stat_task stats[GAN_ADAM_MAX_STATS];
} adam_args;

/* The numbers of one part at this step:
 * m += keep1 (g - m); v += keep2 (g^2 - v); p -= alpha m / (sqrt(v) root + epsilon) */
typedef struct adam_numbers {
    float alpha, keep1, keep2, root, epsilon, unscale;
} adam_numbers;

/* x^n by squaring; relative error about 2 log2(n) roundings. */
GAN_DEVICE double power(double x, int64_t n)
{
    double result = 1.0;
    for (; n > 0; n >>= 1) {
        if (n & 1) {
            result *= x;
        }
        x *= x;
    }
    return result;
}

GAN_DEVICE adam_numbers numbers_of(const adam_args *a, const gan_adam_part *part)
{
    const double *rates = a->rates + gan_rate_at(part->net, 0);
    const double lr = rates[GAN_RATE_LR], beta1 = rates[GAN_RATE_BETA1];
    const double beta2 = rates[GAN_RATE_BETA2];
    const int64_t t = a->counters[gan_counter_of(part->net)] + a->ahead;
    const double correct1 = 1.0 - power(beta1, t);
    const double correct2 = sqrt(1.0 - power(beta2, t));
    adam_numbers n;
    n.alpha = (float)(part->epsilon_inside ? lr / correct1 : lr * correct2 / correct1);
    n.root = (float)(part->epsilon_inside ? 1.0 / correct2 : 1.0);
    n.keep1 = (float)(1.0 - beta1);
    n.keep2 = (float)(1.0 - beta2);
    n.epsilon = (float)part->epsilon;
    n.unscale = part->scale != NULL ? 1.0f / *part->scale : 1.0f;
    return n;
}

enum { GROUP = 4 }; /* floats of one 128-bit access */

/* Four elements of an array of any type as floats, 0 beyond the end. */
GAN_DEVICE void read_group(const void *p, gan_dtype type, int64_t i, int64_t n, bool wide, float *v)
{
    if (type == GAN_F32) {
        gan_load_group<GROUP>((const float *)p, i, n, wide, v);
    } else if (type == GAN_BF16) {
        gan_load_group<GROUP>((const __nv_bfloat16 *)p, i, n, wide, v);
    } else {
        gan_load_group<GROUP>((const __half *)p, i, n, wide, v);
    }
}

GAN_DEVICE void write_half_group(void *p, gan_dtype type, int64_t i, int64_t n, bool wide,
                                 const float *v)
{
    if (type == GAN_BF16) {
        gan_store_group<GROUP>((__nv_bfloat16 *)p, i, n, wide, v);
    } else {
        gan_store_group<GROUP>((__half *)p, i, n, wide, v);
    }
}

/* True if a group of every array of a part may be accessed at once. */
GAN_DEVICE bool groups_aligned(const gan_adam_part *part)
{
    const uintptr_t floats = (uintptr_t)part->param | (uintptr_t)part->m | (uintptr_t)part->v;
    const uintptr_t g = (uintptr_t)part->g, halves = (uintptr_t)part->param16;
    return floats % 16 == 0 && g % (part->g_type == GAN_F32 ? 16 : 8) == 0 && halves % 8 == 0;
}

GAN_DEVICE void update(const gan_adam_part *part, const adam_numbers *n, int64_t i, bool wide)
{
    float g[GROUP], p[GROUP], m[GROUP], v[GROUP];
    read_group(part->g, part->g_type, i, part->count, wide, g);
    gan_load(part->param, i, part->count, wide, p);
    gan_load(part->m, i, part->count, wide, m);
    gan_load(part->v, i, part->count, wide, v);
    GAN_UNROLL
    for (int k = 0; k < GROUP; k++) {
        const float gradient = g[k] * n->unscale;
        m[k] += n->keep1 * (gradient - m[k]);
        v[k] += n->keep2 * (gradient * gradient - v[k]);
        p[k] -= n->alpha * m[k] / (sqrtf(v[k]) * n->root + n->epsilon);
    }
    gan_store(part->param, i, part->count, wide, p);
    gan_store(part->m, i, part->count, wide, m);
    gan_store(part->v, i, part->count, wide, v);
    if (part->param16 != NULL) {
        write_half_group(part->param16, part->param16_type, i, part->count, wide, p);
    }
}

/* blockIdx.y is the part, or, after those, the segment of statistics. */
GAN_KERNEL(GAN_THREADS) adam_kernel(adam_args a)
{
    GAN_SHARED(adam_numbers, shared, 1);
    if ((int)blockIdx.y >= a.n_parts) {
        if (a.flag[0] == 0) {
            gan_update_stat(&a.stats[(int)blockIdx.y - a.n_parts], gan_thread(), gan_threads());
        }
        return;
    }
    const gan_adam_part *part = &a.parts[blockIdx.y];
    if (a.flag[0] != 0 || (part->finite != NULL && *part->finite == 0)) {
        return;
    }
    if (threadIdx.x == 0) {
        shared[0] = numbers_of(&a, part);
    }
    __syncthreads();
    const adam_numbers n = shared[0];
    const bool wide = groups_aligned(part);
    for (int64_t i = gan_thread() * GROUP; i < part->count; i += gan_threads() * GROUP) {
        update(part, &n, i, wide);
    }
}

/* The segments of all parts in a row; false when they are too many. */
static bool add_stats(const gan_stat_part *stats, int n_stats, adam_args *a, int *n)
{
    for (int i = 0; i < n_stats; i++) {
        for (int k = 0; k < stats[i].n_segments; k++) {
            if (*n == GAN_ADAM_MAX_STATS) {
                return false;
            }
            a->stats[(*n)++] = {stats[i].batch, stats[i].running, stats[i].finite,
                                stats[i].segments[k]};
        }
    }
    return true;
}

extern "C" gan_status gan_adam_launch(cudaStream_t stream, const gan_adam_desc *d, gan_error *err)
{
    adam_args a = {};
    int n_segments = 0;
    if (d->n_parts < 1 || d->n_parts > GAN_ADAM_MAX_PARTS ||
        !add_stats(d->stats, d->n_stats, &a, &n_segments)) {
        return gan_fail(err, GAN_E_UNSUPPORTED,
                        "kernel adam: %d parts, not 1 to %d, or more than %d segments of "
                        "statistics",
                        d->n_parts, GAN_ADAM_MAX_PARTS, GAN_ADAM_MAX_STATS);
    }
    a.rates = d->rates;
    a.counters = d->counters;
    a.flag = d->flag;
    a.ahead = d->is_ahead;
    a.n_parts = d->n_parts;
    int64_t longest = 1;
    for (int i = 0; i < d->n_parts; i++) {
        a.parts[i] = d->parts[i];
        longest = d->parts[i].count > longest ? d->parts[i].count : longest;
    }
    const dim3 blocks(gan_blocks(longest, GAN_THREADS * GROUP), (unsigned)(a.n_parts + n_segments));
    GAN_LAUNCH(adam_kernel, blocks, GAN_THREADS, stream, a);
    return gan_launched("adam", err);
}
