/* registry.c — which backends there are, and the CUDA plugin. */
#define _GNU_SOURCE /* readlink */
#include "train/registry.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"
#include "gan/number.h"

static const char plugin_name[] = "gan-cuda.so";

/* folder of the running program + "/" + below, if that file is there; NULL otherwise. */
static char *beside_program(const char *below)
{
    char program[4096];
    ssize_t n = readlink("/proc/self/exe", program, sizeof program - 1);
    char *folder = NULL, *path = NULL;
    if (n <= 0) {
        return NULL;
    }
    program[n] = 0;
    if (gan_path_folder(program, &folder, NULL) == GAN_OK &&
        gan_path_join(folder, below, &path, NULL) == GAN_OK && !gan_path_is_file(path)) {
        free(path);
        path = NULL;
    }
    free(folder);
    return path;
}

static char *find_plugin(void)
{
    const char *given = getenv("GAN_CUDA_PLUGIN");
    if (given && *given) {
        return strdup(given);
    }
    char *path = beside_program(plugin_name);
    return path ? path : beside_program("../lib/gan/gan-cuda.so");
}

gan_status gan_registry_load_cuda(void **plugin, gan_error *err)
{
    char *path = find_plugin();
    *plugin = NULL;
    if (!path) {
        return gan_fail(err, GAN_E_NO_DEVICE,
                        "this build has no CUDA backend: %s is not beside the program "
                        "(build it with the CUDA toolkit installed: make CUDA=1)", plugin_name);
    }
    *plugin = dlopen(path, RTLD_NOW | RTLD_LOCAL); /* never closed: libraries keep threads in it */
    gan_status status = GAN_OK;
    if (!*plugin) {
        status = gan_fail(err, GAN_E_NO_DEVICE, "the CUDA backend cannot be loaded: %s", dlerror());
    }
    free(path);
    return status;
}

static gan_status find_cuda(const gan_backend **backend, gan_error *err)
{
    void *plugin = NULL;
    GAN_TRY(gan_registry_load_cuda(&plugin, err));
    const gan_backend *(*entry)(void) = NULL;
    *(void **)&entry = dlsym(plugin, "gan_plugin_backend"); /* POSIX lets a data pointer hold it */
    if (!entry) {
        return gan_fail(err, GAN_E_NO_DEVICE, "the CUDA backend is not one: %s", dlerror());
    }
    *backend = entry();
    return GAN_OK;
}

static gan_status open_cuda(int64_t index, const gan_device_options *options,
                            const gan_backend **backend, gan_device **device, gan_error *err)
{
    gan_device_options indexed = options ? *options : (gan_device_options){0};
    indexed.index = (int)index;
    GAN_TRY(find_cuda(backend, err));
    return (*backend)->open(&indexed, device, err);
}

gan_status gan_registry_open(const char *spec, const gan_device_options *options,
                             const gan_backend **backend, gan_device **device, gan_error *err)
{
    int64_t index = 0;
    *device = NULL;
    if (strcmp(spec, "auto") == 0) {
        gan_error why = {0};
        if (open_cuda(0, options, backend, device, &why) == GAN_OK) {
            return GAN_OK;
        }
        if (options && options->note) {
            char *line = NULL;
            GAN_TRY(gan_format(&line, err, "no GPU is used: %s", why.text));
            options->note(options->note_ctx, line);
            free(line);
        }
        spec = "cpu";
    }
    if (strcmp(spec, "cpu") == 0) {
        *backend = &gan_cpu_backend;
        return (*backend)->open(options, device, err);
    }
    if (strcmp(spec, "cuda") == 0 ||
        (strncmp(spec, "cuda:", 5) == 0 && gan_number_int64(spec + 5, &index, NULL) == GAN_OK &&
         index >= 0 && index < 1024)) {
        return open_cuda(index, options, backend, device, err);
    }
    return gan_fail(err, GAN_E_USAGE, "device: '%s' is not one of auto, cpu, cuda, cuda:N", spec);
}
