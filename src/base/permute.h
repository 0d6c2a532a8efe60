/* permute.h — a keyed permutation of 0..n-1, computed by index.
 *
 * A balanced Feistel network over the next even power of two, walked along its cycle until the
 * value falls below n (Black and Rogaway, "Ciphers with arbitrary finite domains", 2002). It is
 * the order of images in an epoch: nothing is shuffled and nothing is stored. Kernels include it.
 */
#ifndef GAN_BASE_PERMUTE_H
#define GAN_BASE_PERMUTE_H

#include "base/philox.h"

enum { GAN_PERMUTE_ROUNDS = 4 };

GAN_INLINE uint64_t gan_permute_once(uint64_t x, int half_bits, uint64_t seed, uint32_t stream,
                                     uint64_t epoch)
{
    uint64_t mask = ((uint64_t)1 << half_bits) - 1;
    uint64_t left = x >> half_bits, right = x & mask;
    for (uint32_t round = 0; round < GAN_PERMUTE_ROUNDS; round++) {
        gan_philox4 f = gan_philox(seed, stream + round, epoch, (uint32_t)right);
        uint64_t next = left ^ (f.v[0] & mask);
        left = right;
        right = next;
    }
    return left << half_bits | right;
}

/* Where index i of epoch goes; 0 <= i < n, 1 <= n <= 2^62. A bijection of 0..n-1 for each (seed,
 * stream, epoch). Uses streams stream .. stream+3. Two passes on average at worst four. */
GAN_INLINE uint64_t gan_permute(uint64_t i, uint64_t n, uint64_t seed, uint32_t stream,
                                uint64_t epoch)
{
    int half_bits = 1;
    while (((uint64_t)1 << 2 * half_bits) < n) {
        half_bits++;
    }
    do {
        i = gan_permute_once(i, half_bits, seed, stream, epoch);
    } while (i >= n);
    return i;
}

#endif
