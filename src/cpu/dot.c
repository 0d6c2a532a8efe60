/* dot.c — an inner product in double precision. */
#include "cpu/dot.h"

#include "cpu/parallel.h"

enum { LANES = 16 };

/* LANES sums side by side, added in their order: vectors of any width give the same bits. */
GAN_CPU_CLONES static double dot(const float *a, const float *b, int64_t n)
{
    double sums[LANES] = {0.0};
    int64_t whole = n / LANES * LANES;
    for (int64_t i = 0; i < whole; i += LANES) {
        for (int k = 0; k < LANES; k++) {
            sums[k] += (double)a[i + k] * (double)b[i + k];
        }
    }
    for (int64_t i = whole; i < n; i++) {
        sums[i - whole] += (double)a[i] * (double)b[i];
    }
    double sum = 0.0;
    for (int k = 0; k < LANES; k++) {
        sum += sums[k];
    }
    return sum;
}

double gan_dot(const float *a, const float *b, int64_t n)
{
    return dot(a, b, n);
}
