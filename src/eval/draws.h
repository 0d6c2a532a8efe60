/* draws.h — which stream of random numbers (base/philox.h) each measure draws from: its own, so
 * that no measure's number depends on which others are asked for. */
#ifndef GAN_EVAL_DRAWS_H
#define GAN_EVAL_DRAWS_H

enum {
    GAN_DRAW_KID_A = 0x20000000,
    GAN_DRAW_KID_B,
    GAN_DRAW_PATCH,
    GAN_DRAW_DIRECTION,
    GAN_DRAW_PICK
};

#endif
