/* architecture.h — which GPU the simulated device is. */
#ifndef GAN_SIM_ARCHITECTURE_H
#define GAN_SIM_ARCHITECTURE_H

#include <stdlib.h>

enum {
    SIM_TF32_ARCHITECTURE = 80, /* the first with TF32 and bf16 */
    SIM_MAX_THREADS = 1024      /* of a block */
};

/* Compute capability times ten: GAN_SIM_ARCH in the environment, 80 without it. */
static inline int sim_architecture(void)
{
    const char *asked = getenv("GAN_SIM_ARCH");
    return asked != NULL ? atoi(asked) : 80;
}

/* GAN_SIM_PROCESSORS in the environment, without it few, so that a grid whose blocks meet is small:
 * two blocks for ThreadSanitizer, whose time goes with the number of threads, squared. */
static inline int sim_processors(void)
{
#ifdef GAN_SIM_TSAN
    const int usual = 1;
#else
    const int usual = 4;
#endif
    const char *asked = getenv("GAN_SIM_PROCESSORS");
    return asked != NULL ? atoi(asked) : usual;
}

#endif
