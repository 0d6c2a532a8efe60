/* frechet.h — the distance of two normal distributions (Frechet 1957; of features of pictures:
 * Heusel et al. 2017, the "FID" when the features are those of Inception):
 *   |m1 - m2|^2 + Tr(S1 + S2 - 2 (S1 S2)^(1/2)) */
#ifndef GAN_EVAL_FRECHET_H
#define GAN_EVAL_FRECHET_H

#include "eval/moments.h"

/* *distance >= 0. Fewer samples than features are fine: the distance is then that of two flat
 * clouds. GAN_E_DATA: of different lengths; GAN_E_FAILED, GAN_E_MEMORY. */
gan_status gan_frechet_distance(const gan_tools *tools, const gan_gaussian *a,
                                const gan_gaussian *b, double *distance, gan_error *err);

#endif
