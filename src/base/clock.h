/* clock.h — how long something took, and what time it is. */
#ifndef GAN_BASE_CLOCK_H
#define GAN_BASE_CLOCK_H

#ifdef __cplusplus
extern "C" {
#endif

enum { GAN_CLOCK_ISO_SIZE = 32 }; /* chars of a formatted time, its final zero included */

/* Seconds of a clock that never goes back and is not set by anybody. Its zero is arbitrary: only
 * differences mean something. Safe in a signal handler. */
double gan_clock_seconds(void);

/* Seconds since 1970-01-01 00:00 UTC, for stamps in logs. It can jump. */
double gan_clock_wall(void);

/* wall, as gan_clock_wall gives it, as "2025-01-31T12:34:56Z" (ISO 8601, UTC, whole seconds, cut).
 * A time outside the years 0 to 9999, or NaN, gives "unknown". */
void gan_clock_iso(double wall, char out[GAN_CLOCK_ISO_SIZE]);

#ifdef __cplusplus
}
#endif
#endif
