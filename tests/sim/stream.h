/* stream.h — streams, events, capture and graphs of the simulated device.
 *
 * Nothing that is queued runs until somebody must wait for it, and then only what the wait needs:
 * as late as CUDA allows, so work that lacks an event to wait for finds its inputs not yet made.
 * The environment variable GAN_SIM_ORDER says otherwise: "early" runs all other streams first
 * whenever one is waited for, a number draws who goes next from that seed.
 *
 * Captured work must follow CUDA's rules, and one more: a kernel or library call whose first use
 * ever is in a capture is refused, because CUDA loads kernels at first use. */
#ifndef GAN_SIM_STREAM_H
#define GAN_SIM_STREAM_H

#include <stddef.h>

#include <cuda_runtime_api.h>

#include <functional>

enum gan_task_kind {
    GAN_TASK_KERNEL,
    GAN_TASK_LIBRARY,
    GAN_TASK_H2D,
    GAN_TASK_D2H,
    GAN_TASK_D2D,
    GAN_TASK_MEMSET,
    GAN_TASK_HOST
};

/* Queues work, or adds it to the graph that the stream is being captured into. key: what has to
 * have been used before it may be captured (NULL: anything goes). label is copied. */
cudaError_t gan_stream_queue(cudaStream_t stream, gan_task_kind kind, const char *label,
                             const void *key, std::function<void()> run);

/* Runs everything queued on a stream, as the host's own wait. */
void gan_stream_finish(cudaStream_t stream);
void gan_device_finish(void);

/* In a capture that forbids it, refuses a call that CUDA calls unsafe there (allocation, a wait for
 * the whole device, the legacy stream), and spoils the capture. cudaSuccess otherwise. */
cudaError_t gan_capture_refuses(void);
bool gan_stream_capturing(cudaStream_t stream);
cudaError_t gan_capture_spoil(cudaStream_t stream);

#endif
