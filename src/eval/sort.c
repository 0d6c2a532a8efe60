/* sort.c — floats by radix.
 *
 * A float's bits, the sign bit flipped where it is 0 and all of them where it is 1, are in the
 * order of the floats. Three stable passes over 11, 11 and 10 bits, the lowest first. */
#include "eval/sort.h"

#include <string.h>

enum { PASSES = 3, BITS = 11, BUCKETS = 1 << BITS };

static uint32_t to_key(float x)
{
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits ^ (bits >> 31 ? 0xFFFFFFFFu : 0x80000000u);
}

static float from_key(uint32_t key)
{
    const uint32_t bits = key ^ (key >> 31 ? 0x80000000u : 0xFFFFFFFFu);
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void pass(const uint32_t *from, int64_t n, int shift, uint32_t *to)
{
    int64_t place[BUCKETS] = {0}, sum = 0;
    for (int64_t i = 0; i < n; i++) {
        place[from[i] >> shift & (BUCKETS - 1)]++;
    }
    for (int b = 0; b < BUCKETS; b++) {
        const int64_t count = place[b];
        place[b] = sum;
        sum += count;
    }
    for (int64_t i = 0; i < n; i++) {
        to[place[from[i] >> shift & (BUCKETS - 1)]++] = from[i];
    }
}

void gan_sort_floats(float *x, int64_t n, uint32_t *spare)
{
    uint32_t *keys = spare, *other = spare + n;
    for (int64_t i = 0; i < n; i++) {
        keys[i] = to_key(x[i]);
    }
    pass(keys, n, 0, other);
    pass(other, n, BITS, keys);
    pass(keys, n, 2 * BITS, other);
    for (int64_t i = 0; i < n; i++) {
        x[i] = from_key(other[i]);
    }
}
