/* report.cu — the step's metrics to the ring; advances the step. */
#include "kernels/guard.h"

GAN_KERNEL(1) report_kernel(gan_report_part part)
{
    gan_report(&part);
}

/* All kernels are built for the same architectures: one stands for the rest. */
extern "C" cudaError_t gan_kernels_load(void)
{
    struct cudaFuncAttributes attributes;
    const cudaError_t code = cudaFuncGetAttributes(&attributes, (const void *)report_kernel);
    (void)cudaGetLastError(); /* it is told here */
    return code;
}

extern "C" gan_status gan_report_launch(cudaStream_t stream, const gan_report_part *report,
                                        gan_error *err)
{
    GAN_LAUNCH(report_kernel, 1, 1, stream, *report);
    return gan_launched("report", err);
}
