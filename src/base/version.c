/* version.c — which gan.c this is. */
#include "gan/version.h"

const char *gan_version(void)
{
    return GAN_VERSION;
}
