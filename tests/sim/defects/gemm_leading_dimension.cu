/* gemm_leading_dimension.cu — the leading dimension of a 2 x 3 row-major matrix is 3, not 2.
 * caught: refused
 * builds: plain */
#include <cublas_v2.h>

#include "sim/defects/defect.h"

static int run(void)
{
    const float a[6] = {1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f}, b[3] = {1.0f, 1.0f, 1.0f};
    const float want[2] = {6.0f, 15.0f}, one = 1.0f, zero = 0.0f;
    float *da = device_floats(a, 6), *db = device_floats(b, 3);
    float *y = (float *)device_memory(sizeof want);
    cublasHandle_t handle = NULL;
    if (cublasCreate(&handle) != CUBLAS_STATUS_SUCCESS ||
        cublasGemmEx(handle, CUBLAS_OP_N, CUBLAS_OP_N, 1, 2, 3, &one, db, CUDA_R_32F, 1, da,
                     CUDA_R_32F, PLANT(2, 3), &zero, y, CUDA_R_32F, 1, CUBLAS_COMPUTE_32F,
                     CUBLAS_GEMM_DEFAULT) != CUBLAS_STATUS_SUCCESS) {
        fprintf(stderr, "refused\n");
        return 1;
    }
    expect(y, want, 2, 0.0f);
    cublasDestroy(handle);
    MUST(cudaFree(da));
    MUST(cudaFree(db));
    MUST(cudaFree(y));
    return 0;
}
