/* device_name.h — the words that name a device: auto, cpu, cuda, cuda:N, reference. */
#ifndef GAN_OPTIONS_DEVICE_NAME_H
#define GAN_OPTIONS_DEVICE_NAME_H

#include <stdint.h>

#include "base/error.h"

/* "auto", "cpu" and "reference" give -1, "cuda" 0, "cuda:1" 1 in *index, which may be NULL.
 * GAN_E_USAGE for another word. */
gan_status gan_device_name_parse(const char *name, int64_t *index, gan_error *err);

#endif
