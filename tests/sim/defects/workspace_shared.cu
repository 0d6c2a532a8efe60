/* workspace_shared.cu — something is kept in cuBLAS's workspace.
 * caught: wrong result
 * builds: plain */
#include <cublas_v2.h>

#include "sim/defects/defect.h"

static int run(void)
{
    const float x[1] = {3.0f}, one = 1.0f, zero = 0.0f;
    float *da = device_floats(x, 1), *keep = device_floats(x, 1);
    float *y = (float *)device_memory(sizeof x);
    void *workspace = device_memory(1 << 20);
    cublasHandle_t handle = NULL;
    if (cublasCreate(&handle) != CUBLAS_STATUS_SUCCESS ||
        cublasSetWorkspace(handle, workspace, 1 << 20) != CUBLAS_STATUS_SUCCESS) {
        return 1;
    }
    float *kept = PLANT((float *)workspace, keep);
    MUST(cudaMemcpy(kept, x, sizeof x, cudaMemcpyHostToDevice));
    if (cublasGemmEx(handle, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, &one, da, CUDA_R_32F, 1, da,
                     CUDA_R_32F, 1, &zero, y, CUDA_R_32F, 1, CUBLAS_COMPUTE_32F,
                     CUBLAS_GEMM_DEFAULT) != CUBLAS_STATUS_SUCCESS) {
        return 1;
    }
    expect(kept, x, 1, 0.0f);
    cublasDestroy(handle);
    MUST(cudaFree(da));
    MUST(cudaFree(keep));
    MUST(cudaFree(y));
    MUST(cudaFree(workspace));
    return 0;
}
