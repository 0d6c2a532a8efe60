/* wrong_stream_order.cu — a stream copies what another computes, and does not wait for it.
 * caught: wrong result|data race
 * builds: plain tsan */
#include "sim/defects/defect.h"

GAN_KERNEL(32) fill_kernel(float *out)
{
    out[threadIdx.x] = 1.0f;
}

static int run(void)
{
    const float want = 1.0f;
    cudaStream_t compute = NULL, copy = NULL;
    cudaEvent_t ready = NULL;
    MUST(cudaStreamCreateWithFlags(&compute, cudaStreamNonBlocking));
    MUST(cudaStreamCreateWithFlags(&copy, cudaStreamNonBlocking));
    MUST(cudaEventCreateWithFlags(&ready, cudaEventDisableTiming));
    float *x = (float *)device_memory(32 * sizeof *x), *host = NULL;
    MUST(cudaMallocHost((void **)&host, sizeof *host));
    GAN_LAUNCH(fill_kernel, 1, 32, compute, x);
    MUST(cudaEventRecord(ready, compute));
    UNLESS_PLANTED(MUST(cudaStreamWaitEvent(copy, ready, 0)));
    MUST(cudaMemcpyAsync(host, x, sizeof *host, cudaMemcpyDeviceToHost, copy));
    MUST(cudaStreamSynchronize(copy));
    const float got = *host;
    MUST(cudaDeviceSynchronize());
    if (!(got == want)) {
        fprintf(stderr, "wrong result: %g\n", (double)got);
        return 1;
    }
    MUST(cudaFreeHost(host));
    MUST(cudaFree(x));
    MUST(cudaEventDestroy(ready));
    MUST(cudaStreamDestroy(compute));
    MUST(cudaStreamDestroy(copy));
    return 0;
}
