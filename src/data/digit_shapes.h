/* digit_shapes.h — how people write 0 to 9: the strokes of each digit, in several hands. */
#ifndef GAN_DATA_DIGIT_SHAPES_H
#define GAN_DATA_DIGIT_SHAPES_H

#include <stdint.h>

enum { GAN_DIGIT_POINTS = 14, GAN_DIGIT_STROKES = 4, GAN_DIGIT_HANDS = 5 };

/* Points that the pen passes smoothly, x to the right and y down, in hundredths of the digit's
 * height. A stroke that begins where the one before it ended goes on from there with a corner. */
typedef struct gan_digit_stroke {
    int n;
    int8_t points[GAN_DIGIT_POINTS][2];
} gan_digit_stroke;

typedef struct gan_digit_shape {
    int n_strokes;
    gan_digit_stroke strokes[GAN_DIGIT_STROKES];
} gan_digit_shape;

typedef struct gan_digit_hands {
    int n_hands;
    gan_digit_shape hands[GAN_DIGIT_HANDS];
} gan_digit_hands;

extern const gan_digit_hands gan_digit_shapes[10];

#endif
