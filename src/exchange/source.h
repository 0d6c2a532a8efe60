/* source.h — the tensors of a file that people bring: read into host memory, with who wrote it. */
#ifndef GAN_EXCHANGE_SOURCE_H
#define GAN_EXCHANGE_SOURCE_H

#include <stdbool.h>

#include "exchange/tensors.h"

/* How a file calls its tensors and lays out its axes. */
typedef enum gan_dialect {
    GAN_DIALECT_OURS,    /* g.dense0.kernel */
    GAN_DIALECT_PYTORCH, /* main.0.weight: a module, and a role within it */
    GAN_DIALECT_KERAS,   /* layers/dense/vars/0: a layer, and a number within it */
    GAN_DIALECT_ONNX     /* ours, in the order of axes of the ONNX that gan_export() writes */
} gan_dialect;

typedef struct gan_source {
    gan_tensors tensors; /* fp32, dims of theirs, in the order of the file */
    gan_dialect dialect;
    bool sorted; /* the file's order says nothing */
} gan_source;

/* Reads a file by its ending: .safetensors, .pth .pt .bin .ckpt, .weights.h5 .h5, .keras,
 * .onnx, .npz.
 * GAN_E_USAGE: another ending. GAN_E_DATA, GAN_E_NO_INPUT, GAN_E_UNSUPPORTED (a build without
 * HDF5), GAN_E_IO, GAN_E_MEMORY. Free with gan_source_free(), after a failure too. */
gan_status gan_source_read(const char *path, gan_source *out, gan_error *err);
void gan_source_free(gan_source *source);

#endif
