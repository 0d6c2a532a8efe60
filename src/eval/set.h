/* set.h — a set of pictures as what is compared: features, their mean and covariance. */
#ifndef GAN_EVAL_SET_H
#define GAN_EVAL_SET_H

#include "eval/extractor.h"
#include "eval/moments.h"
#include "eval/source.h"
#include "gan/listener.h"
#include "gan/pulse.h"

typedef struct gan_feature_set {
    int64_t n, d, k; /* pictures; features and logits of each */
    int planes;      /* that the logits are of, see classes.h */
    void *features;  /* (n,d), owned */
    bool doubles;    /* features are; else floats */
    float *logits;   /* (n,k), NULL where there is no classifier */
    gan_gaussian gaussian;
} gan_feature_set;

/* Who is told, and what may stop it. All zero is fine. */
typedef struct gan_watch {
    const gan_listener *listener;
    void (*progress)(void *ctx, const char *what, int64_t done, int64_t total);
    void *ctx;
    gan_pulse *pulse;
} gan_watch;

void gan_feature_set_free(gan_feature_set *set); /* a zeroed one is fine */
gan_matrix gan_feature_set_matrix(const gan_feature_set *set);
gan_matrix gan_feature_set_logits(const gan_feature_set *set);

/* Features of all pictures of a source; memory is theirs and that of a few pictures. GAN_E_DATA:
 * fewer than two. */
gan_status gan_feature_set_gather(const gan_tools *tools, const gan_watch *watch,
                                  gan_extractor *extractor, const gan_source *source,
                                  gan_feature_set *out, gan_error *err);

/* Features that were given, (n,d); taken over, also after a failure. */
gan_status gan_feature_set_given(const gan_tools *tools, void *features, bool doubles, int64_t n,
                                 int64_t d, const char *label, gan_feature_set *out,
                                 gan_error *err);

/* Rows first, first + step, ... as a set of their own. */
gan_status gan_feature_set_part(const gan_tools *tools, const gan_feature_set *set, int64_t first,
                                int64_t step, gan_feature_set *out, gan_error *err);

/* Those of a data set: kept in, and taken from, the folder cache (NULL or "": not kept), under the
 * data set's fingerprint and the features' hash. What is damaged there is made again; where nothing
 * can be written, that is noted. */
gan_status gan_feature_set_of_data(const gan_tools *tools, const gan_watch *watch,
                                   gan_extractor *extractor, const gan_data *data,
                                   const char *cache, gan_feature_set *out, gan_error *err);

#endif
