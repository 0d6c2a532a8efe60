/* divide.h — whole numbers divided to the next whole one up. */
#ifndef GAN_BASE_DIVIDE_H
#define GAN_BASE_DIVIDE_H

#include <stdint.h>

/* How many parts of `by` hold n; n >= 0, by > 0, and their sum fits. */
static inline int64_t gan_divide_up(int64_t n, int64_t by)
{
    return (n + by - 1) / by;
}

/* The next multiple of unit, n itself included. */
static inline int64_t gan_round_up(int64_t n, int64_t unit)
{
    return gan_divide_up(n, unit) * unit;
}

#endif
