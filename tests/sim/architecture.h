/* architecture.h — which GPU the simulated device is. */
#ifndef GAN_SIM_ARCHITECTURE_H
#define GAN_SIM_ARCHITECTURE_H

#include <stdlib.h>

enum { SIM_TF32_ARCHITECTURE = 80 }; /* the first with TF32 and bf16 */

/* Compute capability times ten: GAN_SIM_ARCH in the environment, 80 without it. */
static inline int sim_architecture(void)
{
    const char *asked = getenv("GAN_SIM_ARCH");
    return asked != NULL ? atoi(asked) : 80;
}

#endif
