/* tensors.h — named arrays on their way into or out of a file, in the order of axes of its format.
 *
 * A format says for each rank of a parameter which of our axes comes first in its own order:
 *   ours       dense (in, out); conv (out, kh, kw, in); conv_transpose (in, kh, kw, out)
 *   PyTorch    (out, in);       (out, in, kh, kw);      (in, out, kh, kw)
 *   Keras      (in, out);       (kh, kw, in, out);      (kh, kw, out, in)
 *   ONNX       (in, out);       (out, in, kh, kw);      (in, out, kh, kw)
 * Both of our kernels of rank 4 have the map's channels outside, so one order serves both. */
#ifndef GAN_EXCHANGE_TENSORS_H
#define GAN_EXCHANGE_TENSORS_H

#include "io/safetensors.h"
#include "net/net.h"

typedef struct gan_axes {
    int of2[2], of4[4]; /* axis i of theirs is axis of[i] of ours */
} gan_axes;

extern const gan_axes gan_axes_ours, gan_axes_pytorch, gan_axes_keras, gan_axes_onnx;

typedef struct gan_tensor {
    char *name; /* owned */
    int64_t dims[4];
    int rank; /* 0: one number */
    int64_t count;
    float *x;    /* owned; NULL: integer */
    int64_t one; /* the integer of a tensor that is one (rank 0) */
} gan_tensor;

/* Zero-initialize; free with gan_tensors_free(), after a failure too. */
typedef struct gan_tensors {
    gan_tensor *at;
    size_t n, capacity;
} gan_tensors;

void gan_tensors_free(gan_tensors *list);

/* Appends a copy of a parameter's numbers x under the name that printf makes, its axes in their
 * order. GAN_E_MEMORY. */
gan_status gan_tensors_add(gan_tensors *list, const gan_param *param, const float *x,
                           const gan_axes *axes, gan_error *err, const char *format, ...)
    __attribute__((format(printf, 6, 7)));

/* Appends numbers x of that shape, which become the list's. GAN_E_MEMORY: they stay the caller's.
 */
gan_status gan_tensors_adopt(gan_tensors *list, const char *name, const int64_t *dims, int rank,
                             int64_t count, float *x, gan_error *err);

/* Appends an integer of rank 0. */
gan_status gan_tensors_add_integer(gan_tensors *list, int64_t value, gan_error *err,
                                   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The dims of a parameter in their order; returns its rank. */
int gan_axes_dims(const gan_axes *axes, const gan_param *param, int64_t dims[4]);

/* A parameter's numbers from our order to theirs, and back. from and to do not overlap. */
void gan_axes_to_theirs(const gan_axes *axes, const gan_param *param, const float *ours,
                        float *theirs);
void gan_axes_to_ours(const gan_axes *axes, const gan_param *param, const float *theirs,
                      float *ours);

/* Writes the tensors as one safetensors file. GAN_E_CREATE, GAN_E_IO, GAN_E_MEMORY. */
gan_status gan_tensors_write_safetensors(const gan_tensors *list, const char *path,
                                         const gan_safetensors_meta *metadata, size_t n_metadata,
                                         gan_error *err);

#endif
