/* keep_words.c — the random words that decide what dropout keeps, many at a time.
 *
 * gan_philox() written for a vectorizer: the ten rounds stand one after another, because a loop
 * inside the loop over blocks keeps compilers from taking many blocks at once. tests/ops holds the
 * two against each other. */
#include "cpu/keep_words.h"

#include "cpu/parallel.h"

/* One round on the counter c0..c3 and the key k0, k1, all of them variables of the caller: a
 * function on a struct is not vectorized. */
#define PHILOX_ROUND                                                                               \
    do {                                                                                           \
        uint64_t p0_ = (uint64_t)0xD2511F53u * c0, p1_ = (uint64_t)0xCD9E8D57u * c2;               \
        c0 = (uint32_t)(p1_ >> 32) ^ c1 ^ k0;                                                      \
        c2 = (uint32_t)(p0_ >> 32) ^ c3 ^ k1;                                                      \
        c1 = (uint32_t)p1_;                                                                        \
        c3 = (uint32_t)p0_;                                                                        \
        k0 += 0x9E3779B9u;                                                                         \
        k1 += 0xBB67AE85u;                                                                         \
    } while (0)

GAN_CPU_CLONES static void fill(uint64_t seed, uint32_t stream, uint64_t step, uint32_t block,
                                int n_blocks, uint32_t *restrict words)
{
    for (int i = 0; i < n_blocks; i++) {
        uint32_t c0 = block + (uint32_t)i, c1 = stream, c2 = (uint32_t)step;
        uint32_t c3 = (uint32_t)(step >> 32), k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
        PHILOX_ROUND;
        PHILOX_ROUND;
        PHILOX_ROUND;
        PHILOX_ROUND;
        PHILOX_ROUND;
        PHILOX_ROUND;
        PHILOX_ROUND;
        PHILOX_ROUND;
        PHILOX_ROUND;
        PHILOX_ROUND;
        words[4 * i] = c0;
        words[4 * i + 1] = c1;
        words[4 * i + 2] = c2;
        words[4 * i + 3] = c3;
    }
}

const uint32_t *gan_keep_words(uint64_t seed, uint32_t stream, uint64_t step, int64_t first,
                               int64_t n, uint32_t *words)
{
    int64_t block = first / 4, end = (first + n + 3) / 4;
    fill(seed, stream, step, (uint32_t)block, (int)(end - block), words);
    return words + (first - block * 4);
}
