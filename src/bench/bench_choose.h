/* bench_choose.h — what a search for the fastest ways knows of a program's operations, and the
 * choice among them. */
#ifndef GAN_BENCH_BENCH_CHOOSE_H
#define GAN_BENCH_BENCH_CHOOSE_H

#include "bench/bench.h"

enum { GAN_TUNE_VARIANTS = GAN_WAYS_MAX + 1, GAN_TUNE_RULES = 0 };

/* How a variant computes an operation. */
typedef enum gan_tune_trial {
    GAN_TUNE_NOT_TRIED, /* by the rules */
    GAN_TUNE_ALONE,     /* in its own way */
    GAN_TUNE_JOINED,    /* along with the one before */
    GAN_TUNE_SUPPORTING /* as the next one, which is joined to it, wants it */
} gan_tune_trial;

/* What is known of one operation. */
typedef struct gan_tune_op {
    gan_way ways[GAN_WAYS_MAX];
    int n_ways;
    const char *kind;
    char *name, *label, *rule;
    gan_tune_trial trials[GAN_TUNE_VARIANTS];
    double seconds[GAN_TUNE_VARIANTS]; /* medians of the rounds */
    double *rounds;                    /* [variants][rounds] */
    const char *way;                   /* chosen; NULL = by the rules */
    int variant;                       /* that it was chosen in */
} gan_tune_op;

/* The search at one batch size. */
typedef struct gan_tune_search {
    gan_bench *bench;
    const gan_bench_tune_options *o;
    int64_t batch;
    gan_tune_op *ops;
    int n_ops, n_variants;
    gan_tune *variants[GAN_TUNE_VARIANTS];
    gan_tune *found;
} gan_tune_search;

/* Makes s->found of the times of all variants. */
gan_status gan_tune_choose(gan_tune_search *s, gan_error *err);

#endif
