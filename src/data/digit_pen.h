/* digit_pen.h — drawing one digit with a wobbling hand. */
#ifndef GAN_DATA_DIGIT_PEN_H
#define GAN_DATA_DIGIT_PEN_H

#include <stdint.h>

#include "base/error.h"

/* A pen holds the canvas; one serves any number of digits, one at a time. */
typedef struct gan_digit_pen {
    int64_t height, width;
    float *ink; /* height x width, 0 .. 1 */
} gan_digit_pen;

gan_status gan_digit_pen_make(gan_digit_pen *pen, int64_t height, int64_t width, gan_error *err);
void gan_digit_pen_free(gan_digit_pen *pen); /* a zeroed pen is fine */

/* Draws digit `index` of a stream into out, height x width bytes, white (255) on black as in MNIST,
 * and returns which digit it is. Both are functions of (seed, stream, index) and the size alone:
 * the arithmetic is +, -, *, / and square roots, the same on every machine.
 * Like MNIST's, the digit fills about 20/28 of the canvas's shorter side and is centred. */
int gan_digit_pen_draw(gan_digit_pen *pen, uint64_t seed, uint32_t stream, uint64_t index,
                       uint8_t *out);

#endif
