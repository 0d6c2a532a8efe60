/* cublas.h — row-major matrix products by cuBLAS, which is column-major. */
#ifndef GAN_CUDA_CUBLAS_H
#define GAN_CUDA_CUBLAS_H

#include "cuda/check.h"
#include "program/program.h"

/* A matrix product as ops.def has it: y (M,N) = op(a) op(b), all row-major; a, b of one type, y of
 * its own (fp32 or the same). fp32 sums. */
typedef struct gan_cublas_product {
    gan_matmul_attr attr;
    gan_dtype type, y_type;
    bool strict; /* fp32 operands: in fp32 by the book, as if there were nothing faster */
    bool tf32;   /* fp32 operands: as TF32, which compute capability 8.0 is the first to have */
} gan_cublas_product;

/* A handle for one stream, with a workspace of its own: cuBLAS is only deterministic, and can only
 * be captured without allocations, when the workspace is set after the stream. */
typedef struct gan_cublas {
    cublasHandle_t handle;
    void *workspace; /* device memory */
} gan_cublas;

/* Bytes of device memory that gan_cublas_open() takes on such a device: cuBLAS's own defaults. */
int64_t gan_cublas_workspace_bytes(int sm);

/* On failure *out is empty. Close it before the stream is destroyed. */
gan_status gan_cublas_open(cudaStream_t stream, int sm, gan_cublas *out, gan_error *err);
void gan_cublas_close(gan_cublas *blas);

/* Queues the product on the handle's stream. */
gan_status gan_cublas_run(cublasHandle_t handle, const gan_cublas_product *product, const void *a,
                          const void *b, void *y, gan_error *err);

#endif
