/* report.cu — the step's metrics to the ring; advances the step. */
#include "kernels/guard.h"

GAN_KERNEL(1) report_kernel(gan_report_part part)
{
    gan_report(&part);
}

extern "C" gan_status gan_report_launch(cudaStream_t stream, const gan_report_part *report,
                                        gan_error *err)
{
    GAN_LAUNCH(report_kernel, 1, 1, stream, *report);
    return gan_launched("report", err);
}
