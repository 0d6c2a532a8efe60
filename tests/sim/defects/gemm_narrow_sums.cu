/* gemm_narrow_sums.cu — cuBLAS is not kept from adding up a fp16 product's sum in fp16, which
 * overflows on the way.
 * caught: wrong result
 * builds: plain */
#include <cublas_v2.h>

#include "sim/defects/defect.h"

static int run(void)
{
    const __half a[2] = {__float2half_rn(200.0f), __float2half_rn(-200.0f)};
    const __half b[2] = {__float2half_rn(400.0f), __float2half_rn(400.0f)};
    const float one = 1.0f, zero = 0.0f, want = 0.0f;
    __half *da = (__half *)device_memory(sizeof a), *db = (__half *)device_memory(sizeof b);
    __half *dy = (__half *)device_memory(2 * sizeof *dy), y;
    cublasHandle_t handle = NULL;
    MUST(cudaMemcpy(da, a, sizeof a, cudaMemcpyHostToDevice));
    MUST(cudaMemcpy(db, b, sizeof b, cudaMemcpyHostToDevice));
    if (cublasCreate(&handle) != CUBLAS_STATUS_SUCCESS ||
        cublasSetMathMode(
            handle, PLANT(CUBLAS_DEFAULT_MATH, CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION)) !=
            CUBLAS_STATUS_SUCCESS ||
        cublasGemmEx(handle, CUBLAS_OP_N, CUBLAS_OP_N, 1, 1, 2, &one, da, CUDA_R_16F, 1, db,
                     CUDA_R_16F, 2, &zero, dy, CUDA_R_16F, 1, CUBLAS_COMPUTE_32F,
                     CUBLAS_GEMM_DEFAULT) != CUBLAS_STATUS_SUCCESS) {
        return 1;
    }
    MUST(cudaMemcpy(&y, dy, sizeof y, cudaMemcpyDeviceToHost));
    const float got = __half2float(y);
    float *back = device_floats(&got, 1);
    expect(back, &want, 1, 0.0f);
    cublasDestroy(handle);
    MUST(cudaFree(back));
    MUST(cudaFree(da));
    MUST(cudaFree(db));
    MUST(cudaFree(dy));
    return 0;
}
