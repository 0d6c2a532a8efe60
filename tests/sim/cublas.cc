/* cublas.cc — cuBLAS on the simulated device: products computed as the column-major arguments say.
 *
 * Strict where cuBLAS is lenient: the matrices must lie in device memory with all that their
 * leading dimensions reach; a product that is captured needs a workspace set after the handle's
 * stream (without one cuBLAS allocates, or shares); the workspace is overwritten by every product.
 * Unless the handle's mode forbids it, a sum is taken in parts that are rounded to the output's
 * type, as cuBLAS may. */
#include <stdio.h>
#include <string.h>

#include <cublas_v2.h>

#include <vector>

#include "sim/architecture.h"
#include "sim/element.h"
#include "sim/fiber.h"
#include "sim/grid.h"
#include "sim/memory.h"
#include "sim/stream.h"

struct cublasContext {
    cudaStream_t stream;
    cublasMath_t math;
    void *workspace;
    size_t workspace_bytes;
};

typedef struct matrix {
    char *data;
    element_type type;
    bool transposed;
    int64_t rows, columns; /* as stored, column-major */
    int64_t lead;
    bool tf32; /* taken so, whatever it holds */
} matrix;

static const char first_use = 0; /* what "has been used" means to a capture */

static bool type_of(cudaDataType type, element_type *out)
{
    *out = type == CUDA_R_16F ? ELEMENT_F16 : type == CUDA_R_16BF ? ELEMENT_BF16 : ELEMENT_F32;
    return type == CUDA_R_32F || type == CUDA_R_16F || type == CUDA_R_16BF;
}

/* Bytes from the first element to the last. */
static size_t reach_of(const matrix *m)
{
    return (size_t)(((m->columns - 1) * m->lead + m->rows) * element_size(m->type));
}

/* A matrix that lies on the device as far as its leading dimension reaches. */
static bool is_valid(const matrix *m)
{
    return m->lead >= (m->rows > 1 ? m->rows : 1) && gan_memory_holds(m->data, reach_of(m));
}

/* op(m) as rows x columns doubles, row-major. */
static std::vector<double> values_of(const matrix *m)
{
    const int64_t rows = m->transposed ? m->columns : m->rows;
    const int64_t columns = m->transposed ? m->rows : m->columns;
    std::vector<double> v((size_t)(rows * columns));
    gan_order_reads(m->data, reach_of(m));
    for (int64_t i = 0; i < rows; i++) {
        for (int64_t j = 0; j < columns; j++) {
            const int64_t at = m->transposed ? j + i * m->lead : i + j * m->lead;
            const double value = element_get(m->data, m->type, at);
            v[(size_t)(i * columns + j)] = m->tf32 ? element_tf32(value) : value;
        }
    }
    return v;
}

/* c (m x n) = alpha op(a) op(b) + beta c. narrow: every partial sum is of c's type. */
static void multiply(const matrix *a, const matrix *b, const matrix *c, int64_t k, double alpha,
                     double beta, bool narrow)
{
    const std::vector<double> left = values_of(a), right = values_of(b);
    std::vector<double> row((size_t)c->columns);
    gan_order_writes(c->data, reach_of(c));
    for (int64_t i = 0; i < c->rows; i++) {
        for (double &sum : row) {
            sum = 0.0;
        }
        for (int64_t l = 0; l < k; l++) {
            const double factor = left[(size_t)(i * k + l)];
            for (int64_t j = 0; j < c->columns; j++) {
                double *sum = &row[(size_t)j];
                *sum += factor * right[(size_t)(l * c->columns + j)];
                *sum = narrow ? element_round(c->type, *sum) : *sum;
            }
        }
        for (int64_t j = 0; j < c->columns; j++) {
            const int64_t at = i + j * c->lead;
            const double old = beta != 0.0 ? beta * element_get(c->data, c->type, at) : 0.0;
            element_put(c->data, c->type, at, alpha * row[(size_t)j] + old);
        }
    }
}

/* Its two ends, which is enough to find out who else uses it. */
static void spoil_workspace(void *workspace, size_t bytes)
{
    const size_t end = bytes < 65536 ? bytes : 65536;
    if (workspace != NULL) {
        memset(workspace, 0xFF, end);
        memset((char *)workspace + bytes - end, 0xFF, end);
    }
}

static bool is_compute_type(cublasComputeType_t compute)
{
    /* TF32 is asked for where there is one: what else it would mean is not written anywhere */
    const bool has_tf32 = sim_architecture() >= SIM_TF32_ARCHITECTURE;
    return compute == CUBLAS_COMPUTE_32F || compute == CUBLAS_COMPUTE_32F_PEDANTIC ||
           (compute == CUBLAS_COMPUTE_32F_FAST_TF32 && has_tf32);
}

/* Whether the call lets fp32 operands be taken as TF32, which then is what happens. */
static bool takes_tf32(const cublasContext *handle, cudaDataType type, cublasComputeType_t compute)
{
    const bool allowed =
        compute == CUBLAS_COMPUTE_32F_FAST_TF32 ||
        (compute == CUBLAS_COMPUTE_32F && (handle->math & 15) == CUBLAS_TF32_TENSOR_OP_MATH);
    return allowed && type == CUDA_R_32F && sim_architecture() >= SIM_TF32_ARCHITECTURE;
}

extern "C" {

cublasStatus_t cublasCreate_v2(cublasHandle_t *out)
{
    if (gan_capture_refuses() != cudaSuccess) {
        return CUBLAS_STATUS_EXECUTION_FAILED;
    }
    *out = new cublasContext{NULL, CUBLAS_DEFAULT_MATH, NULL, 0};
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasDestroy_v2(cublasHandle_t handle)
{
    gan_device_finish();
    delete handle;
    return CUBLAS_STATUS_SUCCESS;
}

/* Setting the stream gives the workspace back to cuBLAS's own pool. */
cublasStatus_t cublasSetStream_v2(cublasHandle_t handle, cudaStream_t stream)
{
    handle->stream = stream;
    handle->workspace = NULL;
    handle->workspace_bytes = 0;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetWorkspace_v2(cublasHandle_t handle, void *workspace, size_t bytes)
{
    if ((uintptr_t)workspace % 256 != 0 || !gan_memory_holds(workspace, bytes)) {
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    handle->workspace = workspace;
    handle->workspace_bytes = bytes;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasSetMathMode(cublasHandle_t handle, cublasMath_t mode)
{
    handle->math = mode;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasGetProperty(libraryPropertyType type, int *value)
{
    *value = type == MAJOR_VERSION   ? CUBLAS_VER_MAJOR
             : type == MINOR_VERSION ? CUBLAS_VER_MINOR
                                     : CUBLAS_VER_PATCH;
    return CUBLAS_STATUS_SUCCESS;
}

cublasStatus_t cublasGetVersion_v2(cublasHandle_t handle, int *version)
{
    (void)handle;
    *version = CUBLAS_VERSION;
    return CUBLAS_STATUS_SUCCESS;
}

/* Host pointers for alpha and beta, read now. */
cublasStatus_t cublasGemmEx(cublasHandle_t handle, cublasOperation_t op_a, cublasOperation_t op_b,
                            int m, int n, int k, const void *alpha, const void *a,
                            cudaDataType a_type, int lda, const void *b, cudaDataType b_type,
                            int ldb, const void *beta, void *c, cudaDataType c_type, int ldc,
                            cublasComputeType_t compute, cublasGemmAlgo_t algorithm)
{
    (void)algorithm;
    const bool ta = op_a != CUBLAS_OP_N, tb = op_b != CUBLAS_OP_N;
    const bool tf32 = takes_tf32(handle, a_type, compute);
    matrix ma = {(char *)a, ELEMENT_F32, ta, ta ? k : m, ta ? m : k, lda, tf32};
    matrix mb = {(char *)b, ELEMENT_F32, tb, tb ? n : k, tb ? k : n, ldb, tf32};
    matrix mc = {(char *)c, ELEMENT_F32, false, m, n, ldc, false};
    if (m < 0 || n < 0 || k < 0 || !type_of(a_type, &ma.type) || !type_of(b_type, &mb.type) ||
        !type_of(c_type, &mc.type) || !is_compute_type(compute)) {
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    if (a_type != b_type || (c_type != a_type && c_type != CUDA_R_32F)) {
        return CUBLAS_STATUS_NOT_SUPPORTED;
    }
    if (m == 0 || n == 0) {
        return CUBLAS_STATUS_SUCCESS;
    }
    if (!is_valid(&mc) || (k > 0 && (!is_valid(&ma) || !is_valid(&mb)))) {
        return CUBLAS_STATUS_INVALID_VALUE;
    }
    if (gan_stream_capturing(handle->stream) && handle->workspace == NULL) {
        gan_capture_spoil(handle->stream);
        return CUBLAS_STATUS_EXECUTION_FAILED;
    }
    const double scale = (double)*(const float *)alpha, keep = (double)*(const float *)beta;
    const bool narrow = !(handle->math & CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION);
    void *const workspace = handle->workspace;
    const size_t bytes = handle->workspace_bytes;
    const cudaError_t code =
        gan_stream_queue(handle->stream, GAN_TASK_LIBRARY, "cublasGemmEx", &first_use,
                         [ma, mb, mc, k, scale, keep, narrow, workspace, bytes]() {
                             spoil_workspace(workspace, bytes);
                             multiply(&ma, &mb, &mc, k, scale, keep, narrow);
                         });
    return code == cudaSuccess ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_EXECUTION_FAILED;
}

const char *cublasGetStatusName(cublasStatus_t status)
{
    switch (status) {
    case CUBLAS_STATUS_SUCCESS:
        return "CUBLAS_STATUS_SUCCESS";
    case CUBLAS_STATUS_INVALID_VALUE:
        return "CUBLAS_STATUS_INVALID_VALUE";
    case CUBLAS_STATUS_NOT_SUPPORTED:
        return "CUBLAS_STATUS_NOT_SUPPORTED";
    case CUBLAS_STATUS_EXECUTION_FAILED:
        return "CUBLAS_STATUS_EXECUTION_FAILED";
    default:
        return "CUBLAS_STATUS of another kind";
    }
}

const char *cublasGetStatusString(cublasStatus_t status)
{
    return cublasGetStatusName(status);
}

} /* extern "C" */
