/* plugin.c — finding and loading the CUDA plugin, gan-cuda.so. */
#define _GNU_SOURCE /* RTLD_NODELETE */
#include "program/plugin.h"

#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/share.h"

/* From the folder of the program or the library: beside it, of PREFIX/bin, of PREFIX/lib, and of
 * PREFIX/lib/<architecture>. */
static const char *const places[] = {"gan-cuda.so", "../lib/gan/gan-cuda.so", "gan/gan-cuda.so",
                                     "../gan/gan-cuda.so"};

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
    gan_path_names code = {0};
    GAN_TRY(gan_share_code_folders(&code, err));
    gan_status status = GAN_OK;
    for (size_t i = 0; i < code.n * (sizeof places / sizeof *places) && !*out; i++) {
        const char *folder = code.name[i / (sizeof places / sizeof *places)];
        status = gan_path_join(folder, places[i % (sizeof places / sizeof *places)], out, err);
        if (status != GAN_OK) {
            break;
        }
        if (!gan_path_is_file(*out)) {
            free(*out);
            *out = NULL;
        }
    }
    gan_path_names_free(&code);
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
