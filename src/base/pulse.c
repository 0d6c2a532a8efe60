/* pulse.c — whether a step moves on. */
#include "gan/pulse.h"

#include "base/clock.h"

static int64_t nanoseconds(void)
{
    return (int64_t)(gan_clock_seconds() * 1e9);
}

void gan_pulse_begin(gan_pulse *pulse)
{
    if (pulse) {
        __atomic_store_n(&pulse->began, nanoseconds(), __ATOMIC_RELEASE);
    }
}

void gan_pulse_end(gan_pulse *pulse)
{
    if (pulse) {
        int64_t taken = nanoseconds() - __atomic_load_n(&pulse->began, __ATOMIC_RELAXED);
        if (taken > __atomic_load_n(&pulse->longest, __ATOMIC_RELAXED)) {
            __atomic_store_n(&pulse->longest, taken, __ATOMIC_RELAXED);
        }
        __atomic_store_n(&pulse->began, 0, __ATOMIC_RELEASE);
    }
}

double gan_pulse_read(const gan_pulse *pulse, double *longest)
{
    int64_t began = __atomic_load_n(&pulse->began, __ATOMIC_ACQUIRE);
    *longest = 1e-9 * (double)__atomic_load_n(&pulse->longest, __ATOMIC_RELAXED);
    return 1e-9 * (double)began;
}
