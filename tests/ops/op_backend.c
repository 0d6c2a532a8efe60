/* op_backend.c — the backend that the op tests run on. */
#include <stdlib.h>
#include <string.h>

#include "ops/op_case.h"

static const gan_backend *const backends[] = {&gan_cpu_backend};

const gan_backend *op_backend(void)
{
    const char *name = getenv("GAN_TEST_BACKEND");
    for (size_t i = 0; i < sizeof backends / sizeof *backends; i++) {
        if (!name || strcmp(name, backends[i]->name) == 0) {
            return backends[i];
        }
    }
    return NULL;
}
