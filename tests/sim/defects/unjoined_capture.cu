/* unjoined_capture.cu — a stream that a capture forked into is not joined.
 * caught: cudaErrorStreamCaptureUnjoined
 * builds: plain */
#include "sim/defects/defect.h"

static int run(void)
{
    const float zero[2] = {0.0f, 0.0f};
    cudaStream_t a = NULL, b = NULL;
    cudaEvent_t forked = NULL, joined = NULL;
    cudaGraph_t graph = NULL;
    MUST(cudaStreamCreateWithFlags(&a, cudaStreamNonBlocking));
    MUST(cudaStreamCreateWithFlags(&b, cudaStreamNonBlocking));
    MUST(cudaEventCreateWithFlags(&forked, cudaEventDisableTiming));
    MUST(cudaEventCreateWithFlags(&joined, cudaEventDisableTiming));
    float *x = device_floats(zero, 2);
    MUST(cudaStreamBeginCapture(a, cudaStreamCaptureModeGlobal));
    MUST(cudaEventRecord(forked, a));
    MUST(cudaStreamWaitEvent(b, forked, 0));
    MUST(cudaMemsetAsync(x, 0, sizeof *x, b));
    MUST(cudaEventRecord(joined, b));
    UNLESS_PLANTED(MUST(cudaStreamWaitEvent(a, joined, 0)));
    MUST(cudaMemsetAsync(x + 1, 0, sizeof *x, a));
    MUST(cudaStreamEndCapture(a, &graph));
    MUST(cudaGraphDestroy(graph));
    MUST(cudaFree(x));
    MUST(cudaEventDestroy(forked));
    MUST(cudaEventDestroy(joined));
    MUST(cudaStreamDestroy(a));
    MUST(cudaStreamDestroy(b));
    return 0;
}
