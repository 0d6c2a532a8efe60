/* likeness.h — how far a set of images is from noise to real images, as one number. */
#ifndef GAN_RUN_LIKENESS_H
#define GAN_RUN_LIKENESS_H

#include "gan/sample.h"

/* Sets of images (n,h,w,c), values in [-1,1]. */
typedef struct gan_likeness_sets {
    const float *images;                /* to be judged */
    const float *reals, *others;        /* two sets of real ones with no image in both */
    int64_t n, height, width, channels; /* n of each, at least 1 */
} gan_likeness_sets;

/* gan_likeness_measure() — *share: 0 where the images are no nearer to the real ones than plain
 * grey or uniform noise (whichever is nearer), 1 where they are as near as other real ones.
 *
 * The distance of two sets is the sliced Wasserstein distance of their patches, 7 x 7, in each
 * level of a Laplacian pyramid (Karras et al. 2018, arXiv:1710.10196, section 5), normalized by the
 * mean and deviation of the real ones' in each channel; the share is the mean of the levels'. It
 * tells noise and blur from pictures, and does not tell good pictures from better ones. The same
 * sets give the same number. GAN_E_DATA where the real images are all one colour; GAN_E_MEMORY. */
gan_status gan_likeness_measure(const gan_likeness_sets *sets, double *share, gan_error *err);

#endif
