/* op_compare.c — numbers against what they should be. */
#include "ops/op_compare.h"

#include <math.h>

op_tolerance op_tolerance_of_sum(int64_t n)
{
    double walk = 6.0 * ldexp(1.0, -25) * sqrt((double)n);
    op_tolerance tolerance = {.spread = walk, .relative = walk, .absolute = 1e-6};
    return tolerance;
}

bool op_close(double got, double want, double bound)
{
    if (isnan(want)) {
        return isnan(got);
    }
    if (isinf(want)) {
        return got == want;
    }
    return fabs(got - want) <= bound;
}

/* Root mean square of the finite elements. */
static double rms_of(const double *values, int64_t n)
{
    double sum = 0.0, count = 0.0;
    for (int64_t i = 0; i < n; i++) {
        if (isfinite(values[i])) {
            sum += values[i] * values[i];
            count += 1.0;
        }
    }
    return count > 0.0 ? sqrt(sum / count) : 0.0;
}

int64_t op_compare(const double *got, const double *want, int64_t n, const op_tolerance *tolerance,
                   double *bound)
{
    double shared = tolerance->absolute + tolerance->spread * rms_of(want, n);
    for (int64_t i = 0; i < n; i++) {
        *bound = shared + tolerance->relative * fabs(want[i]);
        if (!op_close(got[i], want[i], *bound)) {
            return i;
        }
    }
    return -1;
}
