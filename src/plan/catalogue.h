/* catalogue.h — the GPUs that can be planned for: data/gpus.json, read and checked. */
#ifndef GAN_PLAN_CATALOGUE_H
#define GAN_PLAN_CATALOGUE_H

#include <stdint.h>

#include "base/error.h"

enum { GAN_GPU_OLDEST_SM = 75 }; /* of CUDA 13 and of cuDNN from 9.11 on */

/* What units a multiplication of matrices can use. */
typedef enum gan_gpu_unit {
    GAN_UNIT_FP32,
    GAN_UNIT_TF32,
    GAN_UNIT_BF16,
    GAN_UNIT_FP16,
    GAN_UNIT_COUNT
} gan_gpu_unit;

/* Names under which one provider rents the GPU. */
typedef struct gan_gpu_provider {
    char *name; /* "gcp", "aws", "azure", "ovh", "ibm", ... */
    char **instances;
    int n_instances;
} gan_gpu_provider;

typedef struct gan_gpu {
    char *id, *name;
    int sm;                       /* compute capability times ten: 75, 80, ... */
    char *note;                   /* NULL where there is none */
    double bandwidth;             /* of its memory, bytes a second */
    double flops[GAN_UNIT_COUNT]; /* peak, dense, per second; 0 = it has no such units */
    int64_t memory_bytes;
    int multiprocessors;
    char *device; /* the device as cuDNN describes it: JSON text */
    gan_gpu_provider *providers;
    int n_providers;
} gan_gpu;

typedef struct gan_catalogue {
    char *path; /* of the file, or the label of the text, that it was read from */
    gan_gpu *gpus;
    int n_gpus;
} gan_catalogue;

/* gan_catalogue_load() — reads the catalogue from a file, or, with path NULL, from $GAN_GPUS,
 * data/gpus.json, beside the program (../data, ../../data, ../share/gan) or below the prefix it was
 * installed to. Every field is there, of the right type and in a sane range, ids are unique.
 *
 *  out  owned by the caller: gan_catalogue_free(); empty after a failure
 *
 * GAN_E_NO_INPUT when there is none; GAN_E_DATA names file, GPU and field; GAN_E_MEMORY. */
gan_status gan_catalogue_load(const char *path, gan_catalogue *out, gan_error *err);

/* The same from JSON text. label stands for the file in messages. */
gan_status gan_catalogue_parse(const char *json, const char *label, gan_catalogue *out,
                               gan_error *err);
void gan_catalogue_free(gan_catalogue *catalogue); /* fine on an empty one */

/* The GPU of that id ("t4"; "a100" and other words that begin one id or several give the first of
 * them). GAN_E_USAGE names the nearest and lists all. */
gan_status gan_catalogue_find(const gan_catalogue *catalogue, const char *id, const gan_gpu **out,
                              gan_error *err);

#endif
