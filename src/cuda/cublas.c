/* cublas.c — row-major matrix products by cuBLAS, which is column-major. */
#include "cuda/cublas.h"

#include <limits.h>

int64_t gan_cublas_workspace_bytes(int sm)
{
    return (int64_t)(sm >= 90 ? 32 : 8) << 20; /* cuBLAS manual, cublasSetWorkspace() */
}

gan_status gan_cublas_open(cudaStream_t stream, int sm, gan_cublas *out, gan_error *err)
{
    /* by default parts of a 16-bit product's sum may be added up in its output's type */
    const cublasMath_t math = CUBLAS_MATH_DISALLOW_REDUCED_PRECISION_REDUCTION;
    gan_cublas blas = {0};
    gan_status status = GAN_OK;
    const size_t bytes = (size_t)gan_cublas_workspace_bytes(sm);
    *out = blas;
    CUBLAS_TRY(cublasCreate(&blas.handle));
    cublasStatus_t code = cublasSetStream(blas.handle, stream);
    if (code != CUBLAS_STATUS_SUCCESS) {
        status = gan_cublas_fail(err, code, GAN_CUDA_PLACE(cublasSetStream(handle, stream)));
        goto done;
    }
    code = cublasSetMathMode(blas.handle, math);
    if (code != CUBLAS_STATUS_SUCCESS) {
        status = gan_cublas_fail(err, code, GAN_CUDA_PLACE(cublasSetMathMode(handle, math)));
        goto done;
    }
    CUDA_TRY_DONE(cudaMalloc(&blas.workspace, bytes));
    code = cublasSetWorkspace(blas.handle, blas.workspace, bytes); /* setting a stream resets it */
    if (code != CUBLAS_STATUS_SUCCESS) {
        status = gan_cublas_fail(err, code,
                                 GAN_CUDA_PLACE(cublasSetWorkspace(handle, workspace, bytes)));
    }
done:
    if (status == GAN_OK) {
        *out = blas;
    } else {
        gan_cublas_close(&blas);
    }
    return status;
}

void gan_cublas_close(gan_cublas *blas)
{
    if (blas->handle) {
        (void)cublasDestroy(blas->handle);
    }
    if (blas->workspace) {
        (void)cudaFree(blas->workspace);
    }
    *blas = (gan_cublas){0};
}

static cudaDataType_t data_type(gan_dtype type)
{
    return type == GAN_F32 ? CUDA_R_32F : type == GAN_BF16 ? CUDA_R_16BF : CUDA_R_16F;
}

static cublasComputeType_t compute_type(const gan_cublas_product *p)
{
    if (p->type != GAN_F32) {
        return CUBLAS_COMPUTE_32F;
    }
    return p->strict ? CUBLAS_COMPUTE_32F_PEDANTIC
           : p->tf32 ? CUBLAS_COMPUTE_32F_FAST_TF32
                     : CUBLAS_COMPUTE_32F;
}

gan_status gan_cublas_run(cublasHandle_t handle, const gan_cublas_product *p, const void *a,
                          const void *b, void *y, gan_error *err)
{
    const gan_matmul_attr *m = &p->attr;
    const float one = 1.0f, zero = 0.0f;
    if (m->m > INT_MAX || m->n > INT_MAX || m->k > INT_MAX) {
        return gan_fail(err, GAN_E_UNSUPPORTED, "a matrix of more than 2^31 - 1 rows or columns");
    }
    /* A row-major matrix is its transpose column-major: y^T (N,M) = op(b)^T (N,K) op(a)^T (K,M). */
    const int lda = (int)(m->trans_a ? m->m : m->k), ldb = (int)(m->trans_b ? m->k : m->n);
    /* NOLINTNEXTLINE(readability-suspicious-call-argument): a and b change places */
    CUBLAS_TRY(cublasGemmEx(handle, m->trans_b ? CUBLAS_OP_T : CUBLAS_OP_N,
                            m->trans_a ? CUBLAS_OP_T : CUBLAS_OP_N, (int)m->n, (int)m->m, (int)m->k,
                            &one, b, data_type(p->type), ldb, a, data_type(p->type), lda, &zero, y,
                            data_type(p->y_type), (int)m->n, compute_type(p), CUBLAS_GEMM_DEFAULT));
    return GAN_OK;
}
