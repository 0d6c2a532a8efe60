/* cudnn_cache.c — plans that cuDNN compiled at run time, kept as files. */
#define _GNU_SOURCE /* unlink */
#include "cuda/cudnn_cache.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/memory.h"
#include "base/path.h"
#include "base/sha256.h"

enum { PLAN_CAP = 16 << 20 };

static void digest_of(const char *text, char digest[GAN_SHA256_TEXT])
{
    gan_sha256 hash;
    gan_sha256_init(&hash);
    gan_sha256_update(&hash, text, strlen(text));
    gan_sha256_final_text(&hash, digest);
}

/* The file of a plan in a device's folder, in a new string; NULL when there is no memory for it. */
static char *path_of(const char *folder, const gan_cudnn_key *key)
{
    char text[256], digest[GAN_SHA256_TEXT];
    int n = snprintf(text, sizeof text, "%zu|%s|%lld|%lld|%lld|%lld|%s|%lld", cudnnGetVersion(),
                     key->name, (long long)key->n, (long long)key->h, (long long)key->w,
                     (long long)key->c, gan_dtype_name(key->type), (long long)key->alignment);
    if (n < 0 || (size_t)n >= sizeof text) {
        return NULL;
    }
    digest_of(text, digest);
    char *path = NULL;
    return gan_format(&path, NULL, "%s/%s.json", folder, digest) == GAN_OK ? path : NULL;
}

/* A plan from JSON. The handle is set first: without one cuDNN 9.19 ends in a segmentation fault.
 */
static gan_status restore(const char *json, size_t n, cudnnHandle_t handle, gan_cudnn_pool *pool,
                          cudnnBackendDescriptor_t *plan, int64_t *workspace, gan_error *err)
{
    int64_t count = 0;
    GAN_TRY(gan_cudnn_make(pool, CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, plan, err));
    GAN_TRY(
        gan_cudnn_set(*plan, CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, 1, &handle, err));
    GAN_TRY(gan_cudnn_set(*plan, CUDNN_ATTR_EXECUTION_PLAN_JSON_REPRESENTATION, CUDNN_TYPE_CHAR,
                          (int64_t)n, json, err));
    GAN_TRY(gan_cudnn_finalize(*plan, err));
    CUDNN_TRY(cudnnBackendGetAttribute(*plan, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE,
                                       CUDNN_TYPE_INT64, 1, &count, workspace));
    return GAN_OK;
}

bool gan_cudnn_cache_read(const char *folder, const gan_cudnn_key *key, cudnnHandle_t handle,
                          gan_cudnn_pool *pool, cudnnBackendDescriptor_t *plan, int64_t *workspace)
{
    char *path = path_of(folder, key), *json = NULL;
    size_t n = 0;
    bool loaded = path && gan_path_is_file(path) &&
                  gan_file_read_whole(path, PLAN_CAP, &json, &n, NULL) == GAN_OK && n > 0 &&
                  restore(json, n, handle, pool, plan, workspace, NULL) == GAN_OK;
    if (!loaded && path) {
        (void)unlink(path); /* of another cuDNN, damaged, or not there at all */
        gan_cudnn_pool_clear(pool);
        *plan = NULL;
    }
    free(json);
    free(path);
    return loaded;
}

/* cuDNN's JSON of a plan in a new string; NULL when it gives none. */
static char *json_of(cudnnBackendDescriptor_t plan, size_t *n)
{
    int64_t size = 0, got = 0;
    void *json = NULL;
    if (cudnnBackendGetAttribute(plan, CUDNN_ATTR_EXECUTION_PLAN_JSON_REPRESENTATION,
                                 CUDNN_TYPE_CHAR, 0, &size, NULL) != CUDNN_STATUS_SUCCESS ||
        size <= 0 || size > PLAN_CAP || gan_calloc((size_t)size + 1, 1, &json, NULL) != GAN_OK) {
        return NULL;
    }
    if (cudnnBackendGetAttribute(plan, CUDNN_ATTR_EXECUTION_PLAN_JSON_REPRESENTATION,
                                 CUDNN_TYPE_CHAR, size, &got, json) != CUDNN_STATUS_SUCCESS) {
        free(json);
        return NULL;
    }
    *n = strlen(json);
    return json;
}

void gan_cudnn_cache_write(const char *folder, const gan_cudnn_key *key,
                           cudnnBackendDescriptor_t plan)
{
    size_t n = 0;
    char *path = path_of(folder, key), *json = json_of(plan, &n);
    if (path && json && gan_path_make_folders(folder, NULL) == GAN_OK) {
        (void)gan_file_write_whole(path, json, n, NULL);
    }
    free(json);
    free(path);
}

/* The folder of all devices, in a new string. */
static char *root_folder(void)
{
    const char *chosen = getenv("GAN_CUDNN_CACHE"), *cache = getenv("XDG_CACHE_HOME");
    const char *home = getenv("HOME");
    char *path = NULL;
    gan_status status = GAN_E_FAILED;
    if (chosen) {
        status = *chosen ? gan_strdup(chosen, &path, NULL) : GAN_E_FAILED;
    } else if (cache && *cache == '/') {
        status = gan_format(&path, NULL, "%s/gan/cudnn", cache);
    } else if (home && *home == '/') {
        status = gan_format(&path, NULL, "%s/.cache/gan/cudnn", home);
    }
    return status == GAN_OK ? path : NULL;
}

char *gan_cudnn_cache_folder(const struct cudaDeviceProp *device)
{
    char text[384], digest[GAN_SHA256_TEXT], *path = NULL;
    char *root = root_folder();
    if (!root) {
        return NULL;
    }
    snprintf(text, sizeof text, "%s|%d.%d|%d", device->name, device->major, device->minor,
             device->multiProcessorCount);
    digest_of(text, digest);
    gan_status status =
        gan_format(&path, NULL, "%s/sm%d%d-%.16s", root, device->major, device->minor, digest);
    free(root);
    return status == GAN_OK ? path : NULL;
}
