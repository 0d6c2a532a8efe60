/* gemm_stream_after_workspace.cu — the stream is set after the workspace, which takes it away: a
 * captured product would allocate.
 * caught: refused
 * builds: plain */
#include <cublas_v2.h>

#include "sim/defects/defect.h"

static int run(void)
{
    const float x = 3.0f, one = 1.0f, zero = 0.0f;
    float *dx = device_floats(&x, 1), *y = (float *)device_memory(sizeof *y);
    void *workspace = device_memory(1 << 20);
    cudaStream_t stream = NULL;
    cudaGraph_t graph = NULL;
    cublasHandle_t handle = NULL;
    MUST(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    if (cublasCreate(&handle) != CUBLAS_STATUS_SUCCESS ||
        cublasSetStream(handle, stream) != CUBLAS_STATUS_SUCCESS ||
        cublasSetWorkspace(handle, workspace, 1 << 20) != CUBLAS_STATUS_SUCCESS) {
        return 1;
    }
    IF_PLANTED((void)cublasSetStream(handle, stream));
    for (int captured = 0; captured < 2; captured++) {
        if (captured) {
            MUST(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
        }
        if (cublasGemmEx(handle, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, &one, dx, CUDA_R_32F, 1, dx,
                         CUDA_R_32F, 1, &zero, y, CUDA_R_32F, 1, CUBLAS_COMPUTE_32F,
                         CUBLAS_GEMM_DEFAULT) != CUBLAS_STATUS_SUCCESS) {
            fprintf(stderr, "refused\n");
            return 1;
        }
    }
    MUST(cudaStreamEndCapture(stream, &graph));
    MUST(cudaGraphDestroy(graph));
    cublasDestroy(handle);
    MUST(cudaFree(dx));
    MUST(cudaFree(y));
    MUST(cudaFree(workspace));
    MUST(cudaStreamDestroy(stream));
    return 0;
}
