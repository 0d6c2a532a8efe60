/* staging_reused.cu — pinned memory is written again before the copy from it is known to be done.
 * caught: wrong result|data race
 * builds: plain tsan */
#include "sim/defects/defect.h"

static int run(void)
{
    const float want[2] = {1.0f, 2.0f};
    cudaStream_t stream = NULL;
    MUST(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking));
    float *x = (float *)device_memory(sizeof want), *host = NULL;
    MUST(cudaMallocHost((void **)&host, sizeof *host));
    for (int i = 0; i < 2; i++) {
        *host = want[i];
        MUST(cudaMemcpyAsync(x + i, host, sizeof *host, cudaMemcpyHostToDevice, stream));
        UNLESS_PLANTED(MUST(cudaStreamSynchronize(stream)));
    }
    MUST(cudaStreamSynchronize(stream));
    expect(x, want, 2, 0.0f);
    MUST(cudaFreeHost(host));
    MUST(cudaFree(x));
    MUST(cudaStreamDestroy(stream));
    return 0;
}
