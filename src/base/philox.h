/* philox.h — random numbers as functions of (seed, stream, step, index).
 *
 * Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3", 2011),
 * the generator of cuRAND and TensorFlow. There is no state: whoever knows the four numbers knows
 * the draw, on any device, in any order. Kernels include this file too: they define GAN_INLINE to
 * what their compiler wants before they do. */
#ifndef GAN_BASE_PHILOX_H
#define GAN_BASE_PHILOX_H

#include <stdint.h>

#ifndef GAN_INLINE
#define GAN_INLINE static inline
#endif

typedef struct gan_philox4 {
    uint32_t v[4];
} gan_philox4;

/* Four independent uniform 32-bit words for counter block (stream, step, block). block is a draw's
 * index divided by four: draw i of a stream is word i % 4 of block i / 4. Block numbers above 2^32
 * wrap: one stream gives 2^34 draws in one step. */
GAN_INLINE gan_philox4 gan_philox(uint64_t seed, uint32_t stream, uint64_t step, uint32_t block)
{
    uint32_t c0 = block, c1 = stream, c2 = (uint32_t)step, c3 = (uint32_t)(step >> 32);
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
    for (int round = 0; round < 10; round++) {
        uint64_t p0 = (uint64_t)0xD2511F53u * c0;
        uint64_t p1 = (uint64_t)0xCD9E8D57u * c2;
        uint32_t n0 = (uint32_t)(p1 >> 32) ^ c1 ^ k0;
        uint32_t n2 = (uint32_t)(p0 >> 32) ^ c3 ^ k1;
        c1 = (uint32_t)p1;
        c3 = (uint32_t)p0;
        c0 = n0;
        c2 = n2;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
    gan_philox4 out = {{c0, c1, c2, c3}};
    return out;
}

/* A word as a float in (0, 1): the 23 high bits, centred in their cell, so never 0 and never 1
 * (with 24 bits the half would be rounded away at the upper end). */
GAN_INLINE float gan_unit_float(uint32_t word)
{
    return ((float)(word >> 9) + 0.5f) * (1.0f / 8388608.0f);
}

/* The word below which a draw keeps an element whose probability of being kept is keep, in
 * [0, 1]: P(word < threshold) = keep to 2^-32. 1 maps to the largest word, which drops one
 * element in four thousand million. */
GAN_INLINE uint32_t gan_keep_threshold(double keep)
{
    double scaled = keep * 4294967296.0;
    return scaled >= 4294967295.0 ? 0xFFFFFFFFu : (uint32_t)scaled;
}

#endif
