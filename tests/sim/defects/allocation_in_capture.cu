/* allocation_in_capture.cu — memory is allocated while a stream is captured.
 * caught: cudaErrorStreamCaptureUnsupported
 * builds: plain */
#include "sim/defects/defect.h"

GAN_KERNEL(32) fill_kernel(float *out)
{
    out[threadIdx.x] = 1.0f;
}

static int run(void)
{
    const float want = 1.0f;
    cudaStream_t stream = NULL;
    cudaGraph_t graph = NULL;
    cudaGraphExec_t exec = NULL;
    MUST(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    float *out = (float *)device_memory(32 * sizeof want), *more = NULL;
    GAN_LAUNCH(fill_kernel, 1, 32, stream, out); /* loads the kernel */
    UNLESS_PLANTED(more = (float *)device_memory(1));
    MUST(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    IF_PLANTED(more = (float *)device_memory(1));
    GAN_LAUNCH(fill_kernel, 1, 32, stream, out);
    MUST(cudaStreamEndCapture(stream, &graph));
    MUST(cudaGraphInstantiate(&exec, graph, 0));
    MUST(cudaGraphLaunch(exec, stream));
    MUST(cudaStreamSynchronize(stream));
    expect(out, &want, 1, 0.0f);
    MUST(cudaGraphExecDestroy(exec));
    MUST(cudaGraphDestroy(graph));
    MUST(cudaFree(more));
    MUST(cudaFree(out));
    MUST(cudaStreamDestroy(stream));
    return 0;
}
