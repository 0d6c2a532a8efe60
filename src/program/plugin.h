/* plugin.h — finding and loading the CUDA plugin, gan-cuda.so.
 *
 * The program and the library are never linked to CUDA: a binary built with it starts on a machine
 * that has no driver and no CUDA libraries, and costs the CPU path nothing. The plugin is loaded on
 * the first use of a CUDA device or of the planner. */
#ifndef GAN_PROGRAM_PLUGIN_H
#define GAN_PROGRAM_PLUGIN_H

#include "program/backend.h"
#include "program/planner.h"

/* What a plugin exports, by these names. GAN_PLUGIN_LAYOUT tells a plugin of another build. */
#define GAN_PLUGIN_BACKEND "gan_plugin_backend"  /* const gan_backend *(void) */
#define GAN_PLUGIN_PLANNER "gan_plugin_planner"  /* const gan_planner *(void) */
#define GAN_PLUGIN_LAYOUT_OF "gan_plugin_layout" /* uint64_t (void): its GAN_PLUGIN_LAYOUT */

/* Changes when a struct that both sides use does. */
#define GAN_PLUGIN_LAYOUT                                                                          \
    ((uint64_t)sizeof(gan_backend) | (uint64_t)sizeof(gan_planner) << 10 |                         \
     (uint64_t)sizeof(gan_op) << 20 | (uint64_t)sizeof(gan_device_options) << 34 |                 \
     (uint64_t)sizeof(gan_buffer) << 44 | (uint64_t)GAN_OP_COUNT << 56)

typedef struct gan_plugin {
    const gan_backend *backend;
    const gan_planner *planner;
    const char *mend; /* after a failure: the line that mends it, with which the error ends */
} gan_plugin;

/* gan_plugin_load() — loads the plugin; loading it again gives the same one. It is never unloaded:
 * CUDA's libraries do not survive that.
 *
 * It is looked for at $GAN_CUDA_PLUGIN, and, if that is not set, as gan-cuda.so in the folder of
 * the running program and in ../lib/gan from there. GAN_E_NO_DEVICE when there is none ("built
 * without CUDA") or it cannot be loaded, with the system's reason (a missing library by its name)
 * and the line that mends it; GAN_E_FAILED for a plugin of another build. */
gan_status gan_plugin_load(gan_plugin *out, gan_error *err);

#endif
