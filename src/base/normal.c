/* normal.c — normal draws from philox words (Box and Muller 1958). */
#include "base/normal.h"

#include <math.h>

#include "base/philox.h"

/* The pair of draws 2p and 2p+1 comes from words 2p%4 and 2p%4+1 of one block. */
static float normal_at(const gan_philox4 *words, int lane)
{
    int pair = lane & ~1;
    float radius = sqrtf(-2.0f * logf(gan_unit_float(words->v[pair])));
    float angle = 6.28318530717958648f * gan_unit_float(words->v[pair + 1]);
    return radius * (lane & 1 ? sinf(angle) : cosf(angle));
}

void gan_normal_fill(uint64_t seed, uint32_t stream, uint64_t step, int64_t first, int64_t n,
                     float *z)
{
    gan_philox4 words = {{0}};
    for (int64_t i = 0; i < n; i++) {
        int64_t draw = first + i;
        if (i == 0 || draw % 4 == 0) {
            words = gan_philox(seed, stream, step, (uint32_t)(draw / 4));
        }
        z[i] = normal_at(&words, (int)(draw % 4));
    }
}

void gan_uniform_fill(uint64_t seed, uint32_t stream, uint64_t step, int64_t first, int64_t n,
                      float lo, float hi, float *u)
{
    gan_philox4 words = {{0}};
    for (int64_t i = 0; i < n; i++) {
        int64_t draw = first + i;
        if (i == 0 || draw % 4 == 0) {
            words = gan_philox(seed, stream, step, (uint32_t)(draw / 4));
        }
        u[i] = lo + (hi - lo) * gan_unit_float(words.v[draw % 4]);
    }
}
