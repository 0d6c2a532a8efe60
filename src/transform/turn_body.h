/* turn_body.h — weights with input and output channels exchanged, for one instruction set.
 * Squares are read and written line by line. Included by the kernel files. */
#ifndef GAN_TRANSFORM_TURN_BODY_H
#define GAN_TRANSFORM_TURN_BODY_H

#include "transform/tile_body.h"

/* 16 lines of 16 numbers, in vectors. */
typedef struct square {
    vec v[GAN_TRANSFORM_CHUNK * (GAN_TRANSFORM_CHUNK / LANES)];
} square;

FAST_INLINE void transpose(square *s)
{
#if defined(__AVX512F__)
    vec_transpose(s->v);
#else
    float in[GAN_TRANSFORM_CHUNK][GAN_TRANSFORM_CHUNK],
        out[GAN_TRANSFORM_CHUNK][GAN_TRANSFORM_CHUNK];
    memcpy(in, s->v, sizeof in);
    for (int i = 0; i < GAN_TRANSFORM_CHUNK; i++) {
        for (int j = 0; j < GAN_TRANSFORM_CHUNK; j++) {
            out[j][i] = in[i][j];
        }
    }
    memcpy(s->v, out, sizeof out);
#endif
}

/* Lanes of vector v of a line of n numbers that hold some. */
FAST_INLINE int lanes_of(int64_t n, int v)
{
    int64_t left = n - v * LANES;
    return left < 0 ? 0 : left < LANES ? (int)left : LANES;
}

static void turn(const gan_transform_turn *job, int64_t begin, int64_t end)
{
    const int vectors = GAN_TRANSFORM_CHUNK / LANES;
    int64_t n_k = (job->k + GAN_TRANSFORM_CHUNK - 1) / GAN_TRANSFORM_CHUNK;
    int64_t n_c = (job->c + GAN_TRANSFORM_CHUNK - 1) / GAN_TRANSFORM_CHUNK;
    for (int64_t i = begin; i < end; i++) {
        int64_t tap = i / n_k / n_c, k0 = i % n_k * GAN_TRANSFORM_CHUNK;
        int64_t c0 = i / n_k % n_c * GAN_TRANSFORM_CHUNK;
        square s;
        for (int j = 0; j < GAN_TRANSFORM_CHUNK * vectors; j++) {
            int64_t k = k0 + j / vectors, c = c0 + j % vectors * LANES;
            int lanes = k < job->k ? lanes_of(job->c - c0, j % vectors) : 0;
            s.v[j] = lanes == 0
                         ? vec_zero()
                         : load_lanes(job->w, (k * job->taps + tap) * job->c + c,
                                      job->type == GAN_TRANSFORM_BF16, lanes == LANES, lanes);
        }
        transpose(&s);
        for (int j = 0; j < GAN_TRANSFORM_CHUNK * vectors; j++) {
            int64_t c = c0 + j / vectors, k = k0 + j % vectors * LANES;
            int lanes = c < job->c ? lanes_of(job->k - k0, j % vectors) : 0;
            if (lanes > 0) {
                store_lanes(job->out, (c * job->taps + tap) * job->k + k, s.v[j], false,
                            lanes == LANES, lanes);
            }
        }
    }
}

#endif
