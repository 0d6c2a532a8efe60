/* dot.c — an inner product in double precision. */
#include "cpu/dot.h"

#include "cpu/parallel.h"

enum { LANES = 16 }; /* divides a block */

/* LANES sums side by side, added in their order: vectors of any width give the same bits. */
GAN_CPU_CLONES static void dot(const float *a, const float *b, int64_t n, double *lanes)
{
    double sums[LANES];
    int64_t whole = n / LANES * LANES;
    for (int k = 0; k < LANES; k++) {
        sums[k] = lanes[k];
    }
    for (int64_t i = 0; i < whole; i += LANES) {
        for (int k = 0; k < LANES; k++) {
            sums[k] += (double)a[i + k] * (double)b[i + k];
        }
    }
    for (int64_t i = whole; i < n; i++) {
        sums[i - whole] += (double)a[i] * (double)b[i];
    }
    for (int k = 0; k < LANES; k++) {
        lanes[k] = sums[k];
    }
}

double gan_dot(gan_floats a, gan_floats b, int64_t start, int64_t n)
{
    float room_a[GAN_FLOATS_BLOCK], room_b[GAN_FLOATS_BLOCK];
    double lanes[LANES] = {0.0}, sum = 0.0;
    for (int64_t i = 0; i < n; i += GAN_FLOATS_BLOCK) {
        int64_t block = gan_floats_block(i, n);
        dot(gan_floats_read(a, start + i, block, room_a),
            gan_floats_read(b, start + i, block, room_b), block, lanes);
    }
    for (int k = 0; k < LANES; k++) {
        sum += lanes[k];
    }
    return sum;
}
