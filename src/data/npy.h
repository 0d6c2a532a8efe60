/* npy.h — the header of NumPy's .npy format, versions 1 to 3 (numpy.lib.format describes it). */
#ifndef GAN_DATA_NPY_H
#define GAN_DATA_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum { GAN_NPY_DIMS = 5, GAN_NPY_MAGIC = 6 };

extern const char gan_npy_magic[GAN_NPY_MAGIC];

/* Where the bytes of an array come from: a file, or a member of an archive. */
typedef struct gan_npy_source {
    /* Reads n bytes, fewer only where the content ends, as gan_reader_read. */
    gan_status (*read)(void *ctx, void *to, size_t n, size_t *got, gan_error *err);
    void *ctx;
    const char *label; /* for messages: "mnist.npz: x_train" */
    int64_t bytes;     /* of all of it, or the most that it can have */
} gan_npy_source;

typedef struct gan_npy {
    char kind;   /* 'u', 'i', 'f', 'b', ... */
    int size;    /* bytes of an element */
    bool is_big; /* the most significant byte first */
    bool is_fortran;
    int n_dims;
    int64_t dims[GAN_NPY_DIMS];
    int64_t head; /* bytes before the elements */
} gan_npy;

/* Reads and takes the header apart; the elements follow. GAN_E_DATA: not .npy, damaged, of records,
 * or of more than GAN_NPY_DIMS dimensions; GAN_E_MEMORY; what the source returns. */
gan_status gan_npy_read(const gan_npy_source *source, gan_npy *npy, gan_error *err);

/* GAN_OK for N x H x W or N x H x W x C unsigned bytes; otherwise GAN_E_DATA, with the line of
 * Python that makes such an array. *image: bytes of one. Missing dimensions are 1. */
gan_status gan_npy_check_images(const char *label, gan_npy *npy, int64_t *image, gan_error *err);

/* Labels of N or N x 1 whole numbers of 0 and more, the first n of them; *are_labels is false, with
 * GAN_OK, where the array is something else. */
gan_status gan_npy_read_labels(const gan_npy_source *source, int64_t n_images, int64_t n,
                               int32_t *labels, bool *are_labels, gan_error *err);

#endif
