/* clock.c — monotonic seconds, wall time, ISO 8601. */
#define _GNU_SOURCE /* clock_gettime, gmtime_r */
#include "base/clock.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

static const double year_0 = -62167219200.0, year_10000 = 253402300800.0; /* unix seconds */

static double read_clock(clockid_t id)
{
    struct timespec now = {0};
    (void)clock_gettime(id, &now); /* fails for an unknown clock only: these two are not */
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double gan_clock_seconds(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

double gan_clock_wall(void)
{
    return read_clock(CLOCK_REALTIME);
}

void gan_clock_iso(double wall, char out[GAN_CLOCK_ISO_SIZE])
{
    struct tm utc;
    int known = wall >= year_0 && wall < year_10000;
    const time_t seconds = known ? (time_t)floor(wall) : 0;
    if (!known || !gmtime_r(&seconds, &utc) ||
        strftime(out, GAN_CLOCK_ISO_SIZE, "%Y-%m-%dT%H:%M:%SZ", &utc) == 0) {
        snprintf(out, GAN_CLOCK_ISO_SIZE, "unknown");
    }
}
