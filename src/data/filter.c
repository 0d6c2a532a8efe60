/* filter.c — box, bicubic and Lanczos as Pillow's resize() has them (libImaging/Resample.c says
 * which samples count: those whose centres are within the filter's reach).
 *
 * Output sample i looks at centre (i + 1/2) n_in / n_out; where the axis is reduced, the filter is
 * as many times wider. Only +, -, * and / of doubles are used, whose results IEEE 754 fixes, the
 * sine of Lanczos too: so the weights, and a data set's fingerprint, are the same on every machine.
 */
#include "data/filter.h"

#include "base/memory.h"

typedef struct filter {
    double reach; /* in source pixels, where nothing is reduced */
    double (*weight)(double x);
} filter;

static double absolute(double x)
{
    return x < 0 ? -x : x;
}

static double box(double x)
{
    return x > -0.5 && x <= 0.5 ? 1 : 0;
}

/* Keys 1981 with a = -1/2. */
static double bicubic(double x)
{
    const double a = -0.5, d = absolute(x);
    if (d < 1) {
        return ((a + 2) * d - (a + 3)) * d * d + 1;
    }
    return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
}

/* sin(pi x) / (pi x) for |x| <= 3, by Taylor's series of the sine at the nearest whole number. */
static double sinc(double x)
{
    const double pi = 3.14159265358979323846, d = absolute(x);
    const int nearest = (int)(d + 0.5);
    const double y = pi * (d - nearest), square = y * y;
    double term = y, sum = y;
    for (int k = 2; k < 26; k += 2) {
        term = -term * square / (k * (k + 1));
        sum += term;
    }
    if (d == 0) {
        return 1;
    }
    return (nearest % 2 ? -sum : sum) / (pi * d);
}

static double lanczos(double x)
{
    return absolute(x) < 3 ? sinc(x) * sinc(x / 3) : 0;
}

static filter find(gan_filter kind)
{
    switch (kind) {
    case GAN_FILTER_BOX:
        return (filter){0.5, box};
    case GAN_FILTER_BICUBIC:
        return (filter){2, bicubic};
    case GAN_FILTER_BILINEAR: /* scale.c makes it in integers: this one is never asked for it */
    case GAN_FILTER_LANCZOS:
        break;
    }
    return (filter){3, lanczos};
}

/* Weights are rounded by their running sum, so that they sum to 2^15 exactly. */
static void fill_one(const filter *f, gan_taps *t, int64_t i, int64_t n_in)
{
    const double scale = (double)n_in / (double)t->n_out, wide = scale > 1 ? scale : 1;
    const double centre = ((double)i + 0.5) * scale, reach = f->reach * wide;
    const double first = centre - reach + 0.5, end = centre + reach + 0.5;
    const int64_t low = first > 0 ? (int64_t)first : 0;
    const int64_t high = end < (double)n_in ? (int64_t)end : n_in;
    double sum = 0, passed = 0;
    int64_t given = 0;
    for (int64_t j = low; j < high; j++) {
        sum += f->weight(((double)j - centre + 0.5) / wide);
    }
    t->first[i] = low;
    t->count[i] = high - low;
    for (int64_t j = low; j < high; j++) {
        passed += f->weight(((double)j - centre + 0.5) / wide);
        const double share = passed / sum * (1 << GAN_WEIGHT_BITS);
        const int64_t due = (int64_t)(share < 0 ? share - 0.5 : share + 0.5);
        t->weights[i * t->most + j - low] = (int32_t)(due - given);
        given = due;
    }
}

gan_status gan_filter_taps(gan_filter kind, gan_taps *t, int64_t n_in, int64_t n_out,
                           gan_error *err)
{
    const filter f = find(kind);
    const int64_t wide = n_in / n_out + 1;
    *t = (gan_taps){.n_out = n_out, .most = (int64_t)(2 * f.reach) * wide + 2};
    GAN_TRY(gan_calloc((size_t)n_out, sizeof *t->first, (void **)&t->first, err));
    GAN_TRY(gan_calloc((size_t)n_out, sizeof *t->count, (void **)&t->count, err));
    GAN_TRY(gan_calloc((size_t)(n_out * t->most), sizeof *t->weights, (void **)&t->weights, err));
    for (int64_t i = 0; i < n_out; i++) {
        fill_one(&f, t, i, n_in);
    }
    return GAN_OK;
}
