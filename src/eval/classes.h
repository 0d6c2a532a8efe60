/* classes.h — what a classifier says of a set of pictures, from its logits.
 *
 * Logits are (n, planes * k): of a picture whose planes are classified one by one, a class is one
 * of k in each plane, k^planes in all, the last plane's changing fastest. Its logit is the sum of
 * the planes' logits, so its probability is their product. With one plane k is the number of
 * classes. */
#ifndef GAN_EVAL_CLASSES_H
#define GAN_EVAL_CLASSES_H

#include "eval/matrix.h"

typedef struct gan_class_score {
    double mean, deviation; /* over the splits; the deviation as numpy.std has it */
    int64_t splits;
} gan_class_score;

/* k^planes. */
int64_t gan_class_count(const gan_matrix *logits, int planes);

/* exp of the mean KL(p(y|x) || p(y)), in each of `splits` runs of neighbouring rows: the formula of
 * the Inception score (Salimans et al. 2016), which is its name only with Inception's logits. 1 to
 * the number of classes. splits is cut to the rows that there are. GAN_E_USAGE: no split. */
gan_status gan_class_score_measure(const gan_matrix *logits, int planes, int64_t splits,
                                   gan_class_score *out, gan_error *err);

/* Rows by their most probable class, the first of equals: counts (gan_class_count), overwritten. */
gan_status gan_class_histogram(const gan_matrix *logits, int planes, int64_t *counts,
                               gan_error *err);

typedef struct gan_modes {
    int64_t found; /* classes with at least one row */
    double kl;     /* of the histogram from the reference's, in nats */
} gan_modes;

/* reference: the real pictures' histogram (k), or NULL for the uniform one, as it is reported of
 * stacked digits (Metz et al. 2016). Infinite where a class that the reference lacks was found. */
gan_modes gan_modes_count(const int64_t *counts, const int64_t *reference, int64_t k);

#endif
