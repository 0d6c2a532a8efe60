/* gather.h — which image a sample of the endless stream of epochs is, on the host. */
#ifndef GAN_PROGRAM_GATHER_H
#define GAN_PROGRAM_GATHER_H

#include "base/permute.h"
#include "program/program.h"

/* 0 <= result < attr->n_images; s counts from the run's first sample. */
static inline int64_t gan_gather_image(const gan_gather_attr *attr, uint64_t s)
{
    const uint64_t n = (uint64_t)attr->n_images;
    return (int64_t)gan_permute(s % n, n, attr->seed, attr->order_stream, s / n);
}

#endif
