/* graph.c — the ops of a program captured into one CUDA graph. */
#include <stdlib.h>

#include "base/say.h"
#include "cuda/device.h"

/* Queues every op while the stream records. *refused: the first op after which it no longer does.
 */
static gan_status record(gan_executable *e, int slot, int *refused, gan_error *err)
{
    const cudaStream_t stream = e->device->stream;
    for (int i = 0; i < e->program->n_ops; i++) {
        enum cudaStreamCaptureStatus state = cudaStreamCaptureStatusNone;
        gan_status status = gan_cuda_launch_op(e, i, slot, err);
        if (status == GAN_OK) {
            CUDA_TRY(cudaStreamIsCapturing(stream, &state));
            if (state != cudaStreamCaptureStatusActive) {
                status = gan_fail(err, GAN_E_BACKEND, "op %s (%s): it ended the capture",
                                  gan_op_describe(e->program->ops[i].kind)->name,
                                  e->program->ops[i].label);
            }
        }
        if (status != GAN_OK) {
            *refused = i;
            return status;
        }
    }
    return GAN_OK;
}

/* With GAN_DEBUG_GRAPH, how many nodes the launches became: libraries queue more than one each. */
static gan_status note_nodes(const gan_executable *e, cudaGraph_t graph, gan_error *err)
{
    size_t n = 0;
    if (getenv("GAN_DEBUG_GRAPH")) {
        CUDA_TRY(cudaGraphGetNodes(graph, NULL, &n));
        gan_say(&e->device->listener, "\"%s\": %d launches, %zu graph nodes", e->program->name,
                e->works.launches, n);
    }
    return GAN_OK;
}

gan_status gan_cuda_graph_capture(gan_executable *e, int slot, cudaGraphExec_t *out, int *refused,
                                  gan_error *err)
{
    const cudaStream_t stream = e->device->stream;
    cudaGraph_t graph = NULL;
    *refused = -1;
    CUDA_TRY(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal));
    gan_status status = record(e, slot, refused, err);
    const cudaError_t ended = cudaStreamEndCapture(stream, &graph);
    if (status == GAN_OK && ended != cudaSuccess) {
        status = gan_cuda_fail(err, ended, GAN_CUDA_PLACE(cudaStreamEndCapture(stream, &graph)));
    }
    if (status != GAN_OK) {
        (void)cudaGetLastError(); /* what the broken capture left behind */
        goto done;
    }
    GAN_TRY_DONE(note_nodes(e, graph, err));
    CUDA_TRY_DONE(cudaGraphInstantiate(out, graph, 0));
    CUDA_TRY_DONE(cudaGraphUpload(*out, stream));
done:
    if (graph) {
        (void)cudaGraphDestroy(graph);
    }
    return status;
}
