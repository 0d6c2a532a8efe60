/* verify_compare.c — distances and what they may be.
 *
 * Two norms, since each is blind where the other sees: L2 sees an error that is spread over a
 * tensor and small in each element, the largest element one wrong number among millions. What
 * passes is stated (ratio <= factor), so that NaN fails. */
#include <float.h>
#include <math.h>

#include "verify/verify.h"

gan_verify_distance gan_verify_distance_of(const double *a, const double *b, int64_t n)
{
    gan_verify_distance d = {0};
    double sum = 0;
    for (int64_t i = 0; i < n; i++) {
        double e = fabs(a[i] - b[i]);
        if (!isfinite(a[i]) || !isfinite(b[i])) {
            return (gan_verify_distance){NAN, NAN, i};
        }
        sum += e * e;
        if (e > d.largest) {
            d.largest = e;
            d.worst = i;
        }
    }
    d.l2 = sqrt(sum);
    return d;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

void gan_verify_allow(gan_verify_allowance *a, const gan_verify_distance *moved)
{
    a->moved_l2 = larger(moved->l2, a->moved_l2); /* false for NaN: such a seed says nothing */
    a->moved_largest = larger(moved->largest, a->moved_largest);
}

static double ratio(double distance, double floor, double allowed)
{
    if (!(distance > floor)) {
        return distance <= floor ? 0 : NAN;
    }
    return allowed > 0 ? (distance - floor) / allowed : INFINITY;
}

double gan_verify_ratio(const gan_verify_distance *d, const gan_verify_allowance *a)
{
    double l2 = ratio(d->l2, a->floor_l2, a->factor * a->moved_l2);
    double largest = ratio(d->largest, a->floor_largest, a->factor * a->moved_largest);
    return isnan(l2) || isnan(largest) ? NAN : larger(l2, largest);
}

/* The relative error of Adam's step when 1 - beta^t is taken in fp32, beta itself a number of
 * fp32: beta^t then errs by half a unit for beta's share of each of t factors and one for its own
 * rounding, and 1 - beta^t is small. Keras does so; at beta2 = 0.999 its first step is off by 6e-6
 * of itself, of 3e-5 that this allows. */
static double adam_share(const gan_adam *adam, int64_t s)
{
    const double t = (double)s + 1, unit = 0x1p-25 * (1 + t);
    const double power1 = pow(adam->beta1, t), power2 = pow(adam->beta2, t);
    return unit * (power1 / (1 - power1) + power2 / (1 - power2) / 2);
}

/* How much of a statistic's change its momentum's rounding is: momentum x + (1 - momentum) b is
 * off by (x - b) times momentum's error, half a unit here and half a unit where it was recorded,
 * and x - b is the change over momentum - 1. Keras has 1 - momentum to the last place, which
 * is 9.5e-7 more than 1 - 0.99f. */
static double momentum_share(double momentum)
{
    return momentum < 1 ? 0x1p-24 / (1 - momentum) : 0;
}

/* A change is computed in some operations, each of which rounds it: two units for all. */
static const double change_share = 0x1p-22;

void gan_verify_set_floor(gan_verify_allowance *a, const gan_verify_tensor *t, const double *exact,
                          const double *before, int64_t s)
{
    const double share = change_share + (t->adam               ? adam_share(t->adam, s)
                                         : t->is_moved_by_adam ? 0
                                                               : momentum_share(t->momentum));
    double sum = 0, largest = 0;
    for (int64_t i = 0; i < t->n; i++) {
        double e = 0x1p-24 * fabs(exact[i]) + 4 * (double)FLT_MIN;
        if (before) {
            e += share * fabs(exact[i] - before[i]);
        }
        sum += e * e;
        largest = larger(e, largest);
    }
    a->floor_l2 = sqrt(sum);
    a->floor_largest = largest;
}
