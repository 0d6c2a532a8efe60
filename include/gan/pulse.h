/* pulse.h — whether a step moves on: for a thread that watches the one that computes.
 *
 * A step may never end (a driver that hangs, a library that waits for a thread that is not there).
 * The one who computes marks where a step begins and ends; another one reads how long it takes. */
#ifndef GAN_PULSE_H
#define GAN_PULSE_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* All zero to begin with. Read and written through the functions below alone. */
typedef struct gan_pulse {
    int64_t began;   /* nanoseconds of a clock; 0: nothing is being computed */
    int64_t longest; /* nanoseconds of the longest step that has ended */
} gan_pulse;

/* Around whatever may hang, by one thread; pulse may be NULL. Not nested. */
void gan_pulse_begin(gan_pulse *pulse);
void gan_pulse_end(gan_pulse *pulse);

/* The time, as gan_clock_seconds() tells it, when the step at hand began; 0 when there is none.
 * *longest: seconds of the longest one before. For any thread. */
double gan_pulse_read(const gan_pulse *pulse, double *longest);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
