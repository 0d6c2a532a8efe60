/* wait_in_capture.cu — the host waits for a stream that is captured.
 * caught: cudaErrorStreamCaptureUnsupported
 * builds: plain */
#include "sim/defects/defect.h"

static int run(void)
{
    const float zero = 0.0f;
    cudaStream_t stream = NULL;
    cudaGraph_t graph = NULL;
    MUST(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    float *x = device_floats(&zero, 1);
    MUST(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal));
    MUST(cudaMemsetAsync(x, 0, sizeof *x, stream));
    IF_PLANTED(MUST(cudaStreamSynchronize(stream)));
    MUST(cudaStreamEndCapture(stream, &graph));
    MUST(cudaGraphDestroy(graph));
    MUST(cudaFree(x));
    MUST(cudaStreamDestroy(stream));
    return 0;
}
