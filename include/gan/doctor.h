/* doctor.h — what this machine has for gan.c, what is missing, and the one line that mends it. */
#ifndef GAN_DOCTOR_H
#define GAN_DOCTOR_H

#include <stdbool.h>

#include "gan/status.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

typedef enum gan_check_level {
    GAN_CHECK_OK,
    GAN_CHECK_WARNING, /* it works, slower or with less */
    GAN_CHECK_FAULT    /* training on a GPU does not work */
} gan_check_level;

/* One thing that was looked at. Texts live as long as the call. */
typedef struct gan_check {
    gan_check_level level;
    const char *subject; /* "driver", "device", "cuDNN", ... */
    const char *fact;    /* what was seen */
    const char *mend;    /* what to do, or NULL */
} gan_check;

/* gan_doctor() — looks at processor, memory, CUDA plugin, driver, devices, cuDNN and its engines,
 * and calls say(ctx, check) for each thing, in order. Changes nothing. Returns true if a network
 * can be trained on a GPU here; without one, the checks say why. The CPU always works. */
bool gan_doctor(void (*say)(void *ctx, const gan_check *check), void *ctx);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
