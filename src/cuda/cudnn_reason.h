/* cudnn_reason.h — why cuDNN has nothing for a graph, shortened to what can be read. */
#ifndef GAN_CUDA_CUDNN_REASON_H
#define GAN_CUDA_CUDNN_REASON_H

#include <stddef.h>

/* Writes into out the distinct reasons of cuDNN's last error on this thread, "a; b; c", in the
 * order in which they first stand there and as many as fit whole; the text itself, on one line and
 * cut, where it lists none. */
void gan_cudnn_last_reasons(char *out, size_t size);

/* The same from a text: cuDNN writes "...; Reason: <condition>" for each engine that it refuses. */
void gan_cudnn_distinct_reasons(const char *text, char *out, size_t size);

#endif
