/* cudnn_cache.h — plans that cuDNN compiled at run time, kept as files.
 *
 * A file holds cuDNN's own JSON of a plan, the compiled kernel within. Its name is a digest of all
 * that the plan depends on besides the device: cuDNN's version and the operation. A device has a
 * folder of its own. */
#ifndef GAN_CUDA_CUDNN_CACHE_H
#define GAN_CUDA_CUDNN_CACHE_H

#include "cuda/cudnn_descriptor.h"

/* One operation. */
typedef struct gan_cudnn_key {
    const char *name;
    int64_t n, h, w, c;
    gan_dtype type;
    int64_t alignment;
} gan_cudnn_key;

/* Loads the plan for the handle's device. Returns false, and drops the file, when there is none or
 * cuDNN does not take it. The plan belongs to the pool. */
bool gan_cudnn_cache_read(const char *folder, const gan_cudnn_key *key, cudnnHandle_t handle,
                          gan_cudnn_pool *pool, cudnnBackendDescriptor_t *plan, int64_t *workspace);

/* Writes it, whole or not at all. A cache that cannot be written is as good as none. */
void gan_cudnn_cache_write(const char *folder, const gan_cudnn_key *key,
                           cudnnBackendDescriptor_t plan);

/* The folder for such a device's files in a new string (free()), below the user's for all devices:
 * $GAN_CUDNN_CACHE, "" in it meaning no cache at all, else gan/cudnn below $XDG_CACHE_HOME or
 * $HOME/.cache. NULL where there is none. */
char *gan_cudnn_cache_folder(const struct cudaDeviceProp *device);

#endif
