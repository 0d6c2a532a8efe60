/* cudnn_compute.h — what cuDNN's operations compute, as plain sums in double over tensors. */
#ifndef GAN_SIM_CUDNN_COMPUTE_H
#define GAN_SIM_CUDNN_COMPUTE_H

#include <stdint.h>

#include "sim/element.h"

/* A tensor of a call: where it is, and how it lies there. */
struct tensor {
    char *data;
    element_type type;
    int64_t dims[4], strides[4]; /* (N,C,H,W) */
    bool by_value;
    float value;
};

/* Bytes from the first element to the last. */
int64_t sim_reach_of(const tensor *t);

enum direction { FORWARD, TO_DATA, TO_FILTER };

struct convolution {
    direction way;
    tensor x, w, y;
    int64_t pad[2], stride[2], dilation[2];
    bool flipped;         /* CUDNN_CONVOLUTION, not cross-correlation */
    bool tf32;            /* fp32 operands on tensor cores */
    bool narrow_operands; /* taken as fp16 */
    bool narrow_sums;     /* every partial sum is of the output's type */
    double alpha, beta;
};

void sim_convolve(const convolution *k);

/* Batch normalization, forth and back. */
struct normalization {
    tensor x, y, scale, bias, mean, inv_std, dy, dx, dscale, dbias;
    double epsilon;
};

void sim_normalize(const normalization *k);
void sim_normalize_back(const normalization *k);

#endif
