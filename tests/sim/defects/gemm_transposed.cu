/* gemm_transposed.cu — a row-major product by cuBLAS wants its operands swapped; they are not.
 * caught: wrong result
 * builds: plain */
#include <cublas_v2.h>

#include "sim/defects/defect.h"

static int run(void)
{
    const float a[4] = {1.0f, 2.0f, 3.0f, 4.0f}, b[4] = {5.0f, 6.0f, 7.0f, 8.0f};
    const float want[4] = {19.0f, 22.0f, 43.0f, 50.0f}, one = 1.0f, zero = 0.0f;
    float *da = device_floats(a, 4), *db = device_floats(b, 4);
    float *y = (float *)device_memory(sizeof want);
    cublasHandle_t handle = NULL;
    if (cublasCreate(&handle) != CUBLAS_STATUS_SUCCESS ||
        cublasGemmEx(handle, CUBLAS_OP_N, CUBLAS_OP_N, 2, 2, 2, &one, PLANT(da, db), CUDA_R_32F, 2,
                     PLANT(db, da), CUDA_R_32F, 2, &zero, y, CUDA_R_32F, 2, CUBLAS_COMPUTE_32F,
                     CUBLAS_GEMM_DEFAULT) != CUBLAS_STATUS_SUCCESS) {
        return 1;
    }
    expect(y, want, 4, 0.0f);
    cublasDestroy(handle);
    MUST(cudaFree(da));
    MUST(cudaFree(db));
    MUST(cudaFree(y));
    return 0;
}
