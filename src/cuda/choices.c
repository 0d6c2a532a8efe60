/* choices.c — what a device says of how it computes, as checkpoints keep it. */
#include <stdio.h>
#include <string.h>

#include "cuda/device.h"

void gan_cuda_append_choice(gan_device *device, const char *what, const char *how)
{
    const size_t used = strlen(device->choices);
    snprintf(device->choices + used, sizeof device->choices - used, "%s%s", what, how);
}
