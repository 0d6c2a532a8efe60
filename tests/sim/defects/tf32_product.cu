/* tf32_product.cu — a product that is to be fp32 lets cuBLAS round its operands to TF32.
 * caught: wrong result
 * builds: plain */
#include <cublas_v2.h>

#include "sim/defects/defect.h"

static int run(void)
{
    const float x = 1.0003f, want = x * x, one = 1.0f, zero = 0.0f;
    float *dx = device_floats(&x, 1), *y = (float *)device_memory(sizeof *y);
    cublasHandle_t handle = NULL;
    if (cublasCreate(&handle) != CUBLAS_STATUS_SUCCESS ||
        cublasGemmEx(handle, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 1, &one, dx, CUDA_R_32F, 1, dx,
                     CUDA_R_32F, 1, &zero, y, CUDA_R_32F, 1,
                     PLANT(CUBLAS_COMPUTE_32F_FAST_TF32, CUBLAS_COMPUTE_32F_PEDANTIC),
                     CUBLAS_GEMM_DEFAULT) != CUBLAS_STATUS_SUCCESS) {
        return 1;
    }
    expect(y, &want, 1, 1e-6f);
    cublasDestroy(handle);
    MUST(cudaFree(dx));
    MUST(cudaFree(y));
    return 0;
}
