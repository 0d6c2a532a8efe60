/* plugin.c — what gan-cuda.so exports. */
#include "cuda/plugin.h"

#include "program/plugin.h"

const gan_backend *gan_plugin_backend(void)
{
    return &gan_cuda_backend;
}

const gan_planner *gan_plugin_planner(void)
{
    return &gan_cuda_planner;
}

uint64_t gan_plugin_layout(void)
{
    return GAN_PLUGIN_LAYOUT;
}
