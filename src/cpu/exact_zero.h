/* exact_zero.h — what no product reaches is 0 to the bit, as in a convolution by its definition.
 *
 * A transform spreads its rounding over a tile, so an output that is a sum of nothing (its whole
 * field lies on padding, or on places where every channel is 0) comes out as 1e-8 of its
 * neighbours. That is small, and yet not harmless: a LeakyReLU after it takes one side or the
 * other, where frameworks and direct convolution have 0 and the side below; and Adam divides a
 * gradient by its own size. So such outputs are made 0 after the transform. */
#ifndef GAN_CPU_EXACT_ZERO_H
#define GAN_CPU_EXACT_ZERO_H

#include "cpu/conv_engine.h"

/* Sets those outputs to 0: of y, where x is 0 in all channels wherever y looks; of dx, where dy is;
 * of dw, the taps that see only padding. The step is one of the three convolutions, its input
 * whole and its output computed. suspects[n] = 0: no place of image n of the input that an output
 * sees is 0 in all channels, so the image need not be looked at (transform.h tells while it reads
 * them: x_zero, dy_zero); not read for dw. */
void gan_exact_zero(const gan_cpu_step *step, gan_conv_pass pass, const unsigned char *suspects);

#endif
