/* first_use_in_capture.cu — a kernel is first used, hence loaded, in a capture.
 * caught: cudaErrorStreamCaptureUnsupported
 * builds: plain */
#include "sim/defects/defect.h"

GAN_KERNEL(32) fill_kernel(float *out)
{
    out[threadIdx.x] = 1.0f;
}

static int run(void)
{
    cudaStream_t stream = NULL;
    cudaGraph_t graph = NULL;
    MUST(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    float *out = (float *)device_memory(32 * sizeof *out);
    UNLESS_PLANTED(GAN_LAUNCH(fill_kernel, 1, 32, stream, out));
    MUST(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    GAN_LAUNCH(fill_kernel, 1, 32, stream, out);
    MUST(cudaGetLastError());
    MUST(cudaStreamEndCapture(stream, &graph));
    MUST(cudaGraphDestroy(graph));
    MUST(cudaFree(out));
    MUST(cudaStreamDestroy(stream));
    return 0;
}
