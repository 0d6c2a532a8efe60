/* fast_turn_body.h — weights with input and output channels exchanged, for one instruction set.
 * Squares are read and written line by line. Included by the kernel files. */
#ifndef GAN_CPU_FAST_TURN_BODY_H
#define GAN_CPU_FAST_TURN_BODY_H

#include "cpu/fast_tile_body.h"

/* 16 lines of 16 numbers, in vectors. */
typedef struct square {
    vec v[GAN_FAST_CHUNK * (GAN_FAST_CHUNK / LANES)];
} square;

FAST_INLINE void transpose(square *s)
{
#if defined(__AVX512F__)
    vec_transpose(s->v);
#else
    float in[GAN_FAST_CHUNK][GAN_FAST_CHUNK], out[GAN_FAST_CHUNK][GAN_FAST_CHUNK];
    memcpy(in, s->v, sizeof in);
    for (int i = 0; i < GAN_FAST_CHUNK; i++) {
        for (int j = 0; j < GAN_FAST_CHUNK; j++) {
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

static void turn(const gan_fast_turn *job, int64_t begin, int64_t end)
{
    const int vectors = GAN_FAST_CHUNK / LANES;
    int64_t n_k = (job->k + GAN_FAST_CHUNK - 1) / GAN_FAST_CHUNK;
    int64_t n_c = (job->c + GAN_FAST_CHUNK - 1) / GAN_FAST_CHUNK;
    for (int64_t i = begin; i < end; i++) {
        int64_t tap = i / n_k / n_c, k0 = i % n_k * GAN_FAST_CHUNK;
        int64_t c0 = i / n_k % n_c * GAN_FAST_CHUNK;
        square s;
        for (int j = 0; j < GAN_FAST_CHUNK * vectors; j++) {
            int64_t k = k0 + j / vectors, c = c0 + j % vectors * LANES;
            int lanes = k < job->k ? lanes_of(job->c - c0, j % vectors) : 0;
            s.v[j] = lanes == 0 ? vec_zero()
                                : load_lanes(job->w, (k * job->taps + tap) * job->c + c,
                                             job->type == GAN_FAST_BF16, lanes == LANES, lanes);
        }
        transpose(&s);
        for (int j = 0; j < GAN_FAST_CHUNK * vectors; j++) {
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
