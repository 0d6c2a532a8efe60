/* normalize.cu — normalization of each sample over a set of axes, its backward pass and that one's:
 * a block per set, which reads it three times: for the mean, for all sums around it, to write. */
#include "kernels/pack.h"
#include "kernels/reduce.h"

typedef struct normalize_args {
    const void *x, *a, *g;
    void *y;
    gan_normalize_attr attr;
    int64_t sets, positions, channels, width; /* width: channels of a set */
} normalize_args;

/* Element e of the set that begins at `first`. */
GAN_DEVICE int64_t element_at(const normalize_args *p, int64_t first, int e)
{
    const int width = (int)p->width, position = e / width;
    return first + (int64_t)position * p->channels + (e - position * width);
}

/* Sums over a set of (x-mean)^2, a, (x-mean) a, g, (x-mean) g, a g, and x-mean: mean is nearly the
 * mean, and what it lacks is corrected afterwards. */
template <typename T>
GAN_DEVICE void own_sums(const normalize_args *p, int64_t first, int n, float mean, float *sum)
{
    const T *x = (const T *)p->x, *a = (const T *)p->a, *g = (const T *)p->g;
    for (int e = (int)threadIdx.x; e < n; e += GAN_THREADS) {
        const int64_t i = element_at(p, first, e);
        const float d = gan_float(x[i]) - mean, va = a != NULL ? gan_float(a[i]) : 0.0f;
        const float vg = g != NULL ? gan_float(g[i]) : 0.0f;
        sum[0] += d * d;
        sum[1] += va;
        sum[2] += d * va;
        sum[3] += vg;
        sum[4] += d * vg;
        sum[5] += va * vg;
        sum[6] += d;
    }
}

/* What thread 0 makes of the sums: 1/deviation, the means of a, y a, g, y g, k of ops.def, and what
 * is still to be taken from x-mean. */
GAN_DEVICE void make_factors(const normalize_args *p, const double *sum, int n, float *f)
{
    const double lack = p->attr.centred ? sum[6] / n : 0.0;
    const double r = 1.0 / sqrt(sum[0] / n - lack * lack + (double)p->attr.epsilon);
    const double a = p->attr.centred ? sum[1] / n : 0.0, g = p->attr.centred ? sum[3] / n : 0.0;
    const double ya = r * (sum[2] - lack * sum[1]) / n, yg = r * (sum[4] - lack * sum[3]) / n;
    f[0] = (float)r;
    f[1] = (float)a;
    f[2] = (float)ya;
    f[3] = (float)g;
    f[4] = (float)yg;
    f[5] = (float)(sum[5] / n - a * g - ya * yg);
    f[6] = (float)lack;
}

template <typename T>
GAN_DEVICE void write_set(const normalize_args *p, int64_t first, int n, float mean, const float *f)
{
    const T *x = (const T *)p->x, *a = (const T *)p->a, *g = (const T *)p->g;
    for (int e = (int)threadIdx.x; e < n; e += GAN_THREADS) {
        const int64_t i = element_at(p, first, e);
        const float y = (gan_float(x[i]) - mean - f[6]) * f[0];
        float out = y;
        if (a != NULL) {
            const float of_a = gan_float(a[i]) - f[1] - y * f[2];
            out = f[0] * of_a;
            if (g != NULL) {
                const float of_g = gan_float(g[i]) - f[3] - y * f[4];
                out = -f[0] * f[0] * (f[5] * y + f[2] * of_g + f[4] * of_a);
            }
        }
        gan_round(out, (T *)p->y + i);
    }
}

template <typename T> GAN_KERNEL(GAN_THREADS) normalize_kernel(normalize_args p)
{
    GAN_SHARED(double, shared, GAN_THREADS / 32);
    GAN_SHARED(float, s, 8);
    const int n = (int)(p.positions * p.width);
    const int64_t groups = p.channels / p.width;
    for (int64_t set = blockIdx.x; set < p.sets; set += gridDim.x) {
        const int64_t first = set / groups * p.positions * p.channels + set % groups * p.width;
        float own = 0.0f, sum[7] = {0.0f};
        for (int e = (int)threadIdx.x; p.attr.centred && e < n; e += GAN_THREADS) {
            own += gan_float(((const T *)p.x)[element_at(&p, first, e)]);
        }
        const double total = gan_block_sum((double)own, shared);
        if (threadIdx.x == 0) {
            s[7] = (float)(total / n);
        }
        __syncthreads();
        const float mean = s[7];
        own_sums<T>(&p, first, n, mean, sum);
        double totals[7];
        for (int k = 0; k < 7; k++) {
            totals[k] = gan_block_sum((double)sum[k], shared);
            __syncthreads(); /* shared may be used again */
        }
        if (threadIdx.x == 0) {
            make_factors(&p, totals, n, s);
        }
        __syncthreads();
        write_set<T>(&p, first, n, mean, s);
        __syncthreads(); /* s may be used again */
    }
}

extern "C" gan_status gan_normalize_launch(cudaStream_t stream, const gan_normalize_desc *d,
                                           gan_error *err)
{
    const int64_t *dims = d->dims, groups = d->attr->groups;
    const int64_t positions = d->attr->per_position ? 1 : dims[1] * dims[2];
    const int64_t rows = dims[0] * dims[1] * dims[2] / positions;
    const normalize_args p = {
        d->x, d->a, d->g, d->y, *d->attr, rows * groups, positions, dims[3], dims[3] / groups};
    GAN_FOR_TYPE(d->type, "normalize", err,
                 GAN_LAUNCH(normalize_kernel<T>, gan_blocks(p.sets, 1), GAN_THREADS, stream, p));
    return gan_launched("normalize", err);
}
