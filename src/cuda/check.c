/* check.c — the sentences of failed CUDA, cuDNN and cuBLAS calls. */
#include "cuda/check.h"

#include <stdlib.h>
#include <string.h>

#include "cuda/cudnn_reason.h"

/* After these nothing on the device can be used again by this process (CUDA runtime API,
 * "Error handling": the process must be terminated and relaunched). */
static bool is_sticky(cudaError_t code)
{
    switch ((int)code) {
    case 226: /* cudaErrorContained, and 721 cudaErrorTensorMemoryLeak: named since CUDA 12.8 */
    case 721:
    case cudaErrorECCUncorrectable:
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchTimeout:
    case cudaErrorAssert:
    case cudaErrorHardwareStackError:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorLaunchFailure:
    case cudaErrorMpsClientTerminated:
    case cudaErrorExternalDevice:
        return true;
    default:
        return false;
    }
}

static gan_status status_of(cudaError_t code)
{
    switch (code) {
    case cudaErrorMemoryAllocation:
        return GAN_E_MEMORY;
    case cudaErrorInsufficientDriver:
    case cudaErrorNoDevice:
    case cudaErrorStubLibrary:
        return GAN_E_NO_DEVICE;
    default:
        return GAN_E_BACKEND;
    }
}

bool gan_cuda_debugs(void)
{
    const char *value = getenv("GAN_DEBUG_SYNC");
    return value && *value && strcmp(value, "0") != 0;
}

/* What can be done about a fault. */
static const char *advice(cudaError_t code)
{
    if (!is_sticky(code)) {
        return "";
    }
    return gan_cuda_debugs() ? "; the device's context is lost: start the program again"
                             : "; the device's context is lost: start the program again, with "
                               "GAN_DEBUG_SYNC=1 to learn which operation failed";
}

gan_status gan_cuda_fail(gan_error *err, cudaError_t code, gan_cuda_place place)
{
    (void)cudaGetLastError(); /* it is reported here: the next check must not find it again */
    return gan_fail(err, status_of(code), "%s: %s (%s, %d) at %s:%d%s", place.call,
                    cudaGetErrorString(code), cudaGetErrorName(code), (int)code, place.file,
                    place.line, advice(code));
}

gan_status gan_cudnn_fail(gan_error *err, cudnnStatus_t code, gan_cuda_place place)
{
    char reasons[512] = ""; /* the condition that failed in cuDNN */
    gan_cudnn_last_reasons(reasons, sizeof reasons);
    return gan_fail(err, GAN_E_BACKEND, "%s: %s (%d) at %s:%d%s%s", place.call,
                    cudnnGetErrorString(code), (int)code, place.file, place.line,
                    reasons[0] ? ": " : "", reasons);
}

gan_status gan_cublas_fail(gan_error *err, cublasStatus_t code, gan_cuda_place place)
{
    return gan_fail(err, code == CUBLAS_STATUS_ALLOC_FAILED ? GAN_E_MEMORY : GAN_E_BACKEND,
                    "%s: %s (%s, %d) at %s:%d", place.call, cublasGetStatusString(code),
                    cublasGetStatusName(code), (int)code, place.file, place.line);
}
