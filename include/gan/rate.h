/* rate.h — a rate as it is set: a number, or a curve between two.
 *
 * As text, in a flag, a config file and a network's `train:` section:
 *
 *   NUMBER                                        2e-4
 *   NUMBER to NUMBER [CURVE] [over LENGTH]        2e-4 to 5e-5 cosine over 20M images
 *   ... over LENGTH..LENGTH                       2e-4 to 0 linear over 50%..100%
 *   ... warmup LENGTH                             2e-4 warmup 1000 steps
 *
 * CURVE is linear, which it is without a word, or cosine (half a period, Loshchilov and Hutter
 * 2017, "SGDR"). LENGTH counts what D was shown when a step begins: 50% of the run, 20M images (or
 * 20M, 500k, 500000), 1000 steps, 3 epochs; without `over` the curve lasts the whole run. Before
 * its begin it is at the first number, after its end at the second. A warm-up multiplies the rate
 * by the share of LENGTH that is done, the step itself counted. Commas are blanks. */
#ifndef GAN_RATE_H
#define GAN_RATE_H

#ifdef __cplusplus
extern "C" {
#endif

typedef enum gan_curve { GAN_CURVE_CONSTANT, GAN_CURVE_LINEAR, GAN_CURVE_COSINE } gan_curve;

typedef enum gan_length_unit {
    GAN_LENGTH_IMAGES, /* real images shown to D, in steps that update it */
    GAN_LENGTH_SHARE,  /* of the run, in percent */
    GAN_LENGTH_STEPS,
    GAN_LENGTH_EPOCHS
} gan_length_unit;

typedef struct gan_length {
    double value; /* 0 or more */
    gan_length_unit unit;
} gan_length;

typedef struct gan_rate_setting {
    double from, to; /* of a constant both the same */
    gan_curve curve;
    gan_length begin, end; /* of a curve */
    gan_length warm_up;    /* value 0: none */
} gan_rate_setting;

#ifdef __cplusplus
}
#endif
#endif
