/* check.h — every call of the CUDA runtime, cuDNN and cuBLAS goes through one of these macros.
 *
 * They forward a failure as a gan_status and keep the library's own message with the call, the file
 * and the line. The _DONE forms jump to `done` with `status` set, as GAN_TRY_DONE does. A function
 * that uses them has a `gan_error *err`. */
#ifndef GAN_CUDA_CHECK_H
#define GAN_CUDA_CHECK_H

#include <stdbool.h>

#include <cublas_v2.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>

#include "base/error.h"

/* Where a call stands in the source, and what it says. */
typedef struct gan_cuda_place {
    const char *call, *file;
    int line;
} gan_cuda_place;

/* True with GAN_DEBUG_SYNC=1 in the environment: every op is waited for. */
bool gan_cuda_debugs(void);

/* Writes "cudaMalloc(&p, n): out of memory (cudaErrorMemoryAllocation, 2) at src/cuda/store.c:40"
 * and returns GAN_E_MEMORY for lack of memory, GAN_E_NO_DEVICE for a missing driver or device, and
 * GAN_E_BACKEND otherwise. A fault that loses the device's context (an illegal address, a failed
 * launch) says so, and that GAN_DEBUG_SYNC=1 names the operation. */
gan_status gan_cuda_fail(gan_error *err, cudaError_t code, gan_cuda_place place);
gan_status gan_cudnn_fail(gan_error *err, cudnnStatus_t code, gan_cuda_place place);
gan_status gan_cublas_fail(gan_error *err, cublasStatus_t code, gan_cuda_place place);

#define GAN_CUDA_PLACE(call) ((gan_cuda_place){#call, __FILE__, __LINE__})

#define GAN_CHECKED_TRY(type, success, fail, call)                                                 \
    do {                                                                                           \
        type code_ = (call);                                                                       \
        if (code_ != (success)) {                                                                  \
            return fail(err, code_, GAN_CUDA_PLACE(call));                                         \
        }                                                                                          \
    } while (0)

#define GAN_CHECKED_TRY_DONE(type, success, fail, call)                                            \
    do {                                                                                           \
        type code_ = (call);                                                                       \
        if (code_ != (success)) {                                                                  \
            status = fail(err, code_, GAN_CUDA_PLACE(call));                                       \
            goto done;                                                                             \
        }                                                                                          \
    } while (0)

#define CUDA_TRY(call) GAN_CHECKED_TRY(cudaError_t, cudaSuccess, gan_cuda_fail, call)
#define CUDA_TRY_DONE(call) GAN_CHECKED_TRY_DONE(cudaError_t, cudaSuccess, gan_cuda_fail, call)
#define CUDNN_TRY(call) GAN_CHECKED_TRY(cudnnStatus_t, CUDNN_STATUS_SUCCESS, gan_cudnn_fail, call)
#define CUDNN_TRY_DONE(call)                                                                       \
    GAN_CHECKED_TRY_DONE(cudnnStatus_t, CUDNN_STATUS_SUCCESS, gan_cudnn_fail, call)
#define CUBLAS_TRY(call)                                                                           \
    GAN_CHECKED_TRY(cublasStatus_t, CUBLAS_STATUS_SUCCESS, gan_cublas_fail, call)

#endif
