/* plugin.c — finding and loading the CUDA plugin, gan-cuda.so. */
#define _GNU_SOURCE /* readlink, RTLD_NODELETE */
#include "program/plugin.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"
#include "base/path.h"

static const char *const folders[] = {"", "../lib/gan/"}; /* from the program's */

/* The running program's folder, in a new string. */
static gan_status find_program_folder(char **out, gan_error *err)
{
    char path[PATH_MAX];
    ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
    if (n < 0) {
        return gan_strdup(".", out, err);
    }
    path[n] = '\0';
    return gan_path_folder(path, out, err);
}

/* The plugin's path in a new string; NULL when there is none. */
static gan_status find_plugin(char **out, gan_error *err)
{
    *out = NULL;
    const char *chosen = getenv("GAN_CUDA_PLUGIN");
    if (chosen && *chosen) {
        return gan_path_is_file(chosen)
                   ? gan_strdup(chosen, out, err)
                   : gan_fail(err, GAN_E_NO_DEVICE,
                              "GAN_CUDA_PLUGIN names '%s', which is not a file", chosen);
    }
    char *folder = NULL;
    GAN_TRY(find_program_folder(&folder, err));
    gan_status status = GAN_OK;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0] && !*out && status == GAN_OK; i++) {
        status = gan_format(out, err, "%s/%sgan-cuda.so", folder, folders[i]);
        if (status == GAN_OK && !gan_path_is_file(*out)) {
            free(*out);
            *out = NULL;
        }
    }
    free(folder);
    return status;
}

static const char build_it[] = "build it with `make CUDA=1`, which needs nvcc and cuDNN";
static const char build_both[] = "build and install both together";

/* The line that mends a dlopen failure, by the library that it names. */
static const char *mend_for(const char *reason)
{
    if (strstr(reason, "libcudnn")) {
        return "install cuDNN 9 for this CUDA (apt: cudnn9-cuda-13; pip: nvidia-cudnn-cu13; or 12 "
               "in "
               "place of 13) and put its lib folder on LD_LIBRARY_PATH";
    }
    if (strstr(reason, "libcublas") && strstr(reason, ".so.12")) {
        return "install CUDA's libraries (apt: cuda-libraries-12-9; pip: nvidia-cublas-cu12) and "
               "put "
               "their lib folder on LD_LIBRARY_PATH";
    }
    if (strstr(reason, "libcublas")) {
        return "install CUDA's libraries (apt: cuda-libraries-13-0; pip: nvidia-cublas) and put "
               "their lib folder on LD_LIBRARY_PATH";
    }
    return build_both;
}

/* Takes the two tables out of a loaded plugin. */
static gan_status read_tables(void *handle, const char *path, gan_plugin *out, gan_error *err)
{
    /* POSIX gives functions as data pointers; the unions say so without a cast that C11 forbids. */
    union {
        void *symbol;
        const gan_backend *(*get)(void);
    } backend;
    union {
        void *symbol;
        const gan_planner *(*get)(void);
    } planner;
    union {
        void *symbol;
        uint64_t (*get)(void);
    } layout;
    backend.symbol = dlsym(handle, GAN_PLUGIN_BACKEND);
    planner.symbol = dlsym(handle, GAN_PLUGIN_PLANNER);
    layout.symbol = dlsym(handle, GAN_PLUGIN_LAYOUT_OF);
    if (!backend.symbol || !planner.symbol || !layout.symbol) {
        return gan_fail(err, GAN_E_FAILED, "%s is not a plugin of gan", path);
    }
    if (layout.get() != GAN_PLUGIN_LAYOUT) {
        out->mend = build_both;
        return gan_fail(err, GAN_E_FAILED, "%s belongs to another build of gan; %s", path,
                        build_both);
    }
    *out = (gan_plugin){backend.get(), planner.get(), NULL};
    return GAN_OK;
}

gan_status gan_plugin_load(gan_plugin *out, gan_error *err)
{
    char *path = NULL;
    *out = (gan_plugin){0};
    GAN_TRY(find_plugin(&path, err));
    if (!path) {
        out->mend = build_it;
        return gan_fail(err, GAN_E_NO_DEVICE,
                        "this gan was built without CUDA (no gan-cuda.so beside the program or in "
                        "../lib/gan); %s",
                        build_it);
    }
    gan_status status = GAN_OK;
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!handle) {
        const char *reason = dlerror();
        reason = reason ? reason : "no reason given";
        out->mend = mend_for(reason);
        status = gan_fail(err, GAN_E_NO_DEVICE, "cannot load %s: %s; %s", path, reason, out->mend);
    } else {
        status = read_tables(handle, path, out, err);
    }
    free(path);
    return status;
}
