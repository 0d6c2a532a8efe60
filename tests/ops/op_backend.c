/* op_backend.c — the backend that the op tests run on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "ops/op_case.h"
#include "program/plugin.h"

/* GAN_TEST_BACKEND=cuda is the plugin's: of a GPU, or, with GAN_CUDA_PLUGIN, of the simulated one.
 * With "reference" it is the oracle itself: what is seen then is how programs are bound and run. */
const gan_backend *op_backend(void)
{
    const char *name = getenv("GAN_TEST_BACKEND");
    if (!name || strcmp(name, gan_cpu_backend.name) == 0) {
        return &gan_cpu_backend;
    }
    if (strcmp(name, gan_reference_backend.name) == 0) {
        return &gan_reference_backend;
    }
    gan_plugin plugin = {0};
    gan_error err = {0};
    if (gan_plugin_load(&plugin, &err) != GAN_OK || strcmp(name, plugin.backend->name) != 0) {
        print_error("GAN_TEST_BACKEND=%s: %s\n", name, err.text);
        return NULL;
    }
    return plugin.backend;
}
