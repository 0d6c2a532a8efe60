/* absent.c — planning where there is no driver. */
#define _GNU_SOURCE /* dladdr, RTLD_NODELETE */
#include "cuda/absent.h"

#include <dlfcn.h>
#include <stdlib.h>

#include "base/memory.h"
#include "base/path.h"

static const char here; /* an address of this plugin */

void gan_cuda_stand_in_for_driver(void)
{
    Dl_info plugin;
    char *folder = NULL, *path = NULL;
    void *driver = dlopen("libcuda.so.1", RTLD_LAZY | RTLD_LOCAL);
    if (driver) {
        (void)dlclose(driver);
        return;
    }
    if (dladdr(&here, &plugin) && plugin.dli_fname &&
        gan_path_folder(plugin.dli_fname, &folder, NULL) == GAN_OK &&
        gan_path_join(folder, "gan-cuda-absent.so", &path, NULL) == GAN_OK) {
        /* found by its own name from now on, which is libcuda.so.1; it stays */
        (void)dlopen(path, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    }
    free(folder);
    free(path);
}
