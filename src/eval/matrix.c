/* matrix.c — features as a matrix. */
#include "eval/matrix.h"

#include <math.h>

#include "base/number.h"

void gan_matrix_rows(const gan_matrix *m, int64_t first, int64_t n, double *to)
{
    const int64_t count = n * m->d;
    if (m->doubles) {
        const double *from = (const double *)m->x + first * m->d;
        for (int64_t i = 0; i < count; i++) {
            to[i] = from[i];
        }
        return;
    }
    const float *from = (const float *)m->x + first * m->d;
    for (int64_t i = 0; i < count; i++) {
        to[i] = (double)from[i];
    }
}

static bool is_finite_at(const gan_matrix *m, int64_t i)
{
    return m->doubles ? isfinite(((const double *)m->x)[i]) : isfinite(((const float *)m->x)[i]);
}

gan_status gan_matrix_check(const gan_matrix *m, int64_t least, const char *label, const char *why,
                            gan_error *err)
{
    if (m->n < least) {
        return gan_fail(err, GAN_E_DATA, "%s: %lld picture%s, and %s needs at least %lld", label,
                        (long long)m->n, gan_plural(m->n), why, (long long)least);
    }
    for (int64_t i = 0; i < m->n * m->d; i++) {
        if (!is_finite_at(m, i)) {
            return gan_fail(err, GAN_E_DATA, "%s: number %lld of row %lld is not finite", label,
                            (long long)(i % m->d), (long long)(i / m->d));
        }
    }
    return GAN_OK;
}

gan_status gan_matrix_pair_check(const gan_matrix *a, const gan_matrix *b, gan_error *err)
{
    return a->d == b->d ? GAN_OK
                        : gan_fail(err, GAN_E_DATA,
                                   "features of %lld and of %lld numbers cannot be compared",
                                   (long long)a->d, (long long)b->d);
}

gan_status gan_tools_poll(const gan_tools *tools, gan_error *err)
{
    return tools->cancel && *tools->cancel ? gan_fail(err, GAN_E_INTERRUPTED, "stopped") : GAN_OK;
}
