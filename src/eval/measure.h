/* measure.h — every measure of one set beside another. */
#ifndef GAN_EVAL_MEASURE_H
#define GAN_EVAL_MEASURE_H

#include "eval/set.h"
#include "eval/sliced.h"

typedef struct gan_values {
#define GAN_MEASURE(field, digits, needs, text) double field;
#include "eval/measures.def"
#undef GAN_MEASURE
    gan_sliced sliced; /* its levels */
} gan_values;

/* What is compared with what; all borrowed. */
typedef struct gan_comparison {
    const gan_feature_set *real, *other;
    gan_pictures real_pictures, other_pictures; /* of as many pictures; n 0: none */
    uint64_t seed;
    int64_t n_pairs; /* rows of each set for what needs all pairs, spread over it evenly */
} gan_comparison;

/* As many as both sets have. */
int64_t gan_comparison_pairs(const gan_feature_set *real, const gan_feature_set *other);

gan_status gan_compare(const gan_tools *tools, const gan_watch *watch, const gan_comparison *c,
                       gan_values *out, gan_error *err);

/* Those of the features alone; the others are left as they are. */
gan_status gan_compare_features(const gan_tools *tools, const gan_watch *watch,
                                const gan_comparison *c, gan_values *out, gan_error *err);

#endif
