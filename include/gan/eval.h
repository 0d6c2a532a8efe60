/* eval.h — how good samples are: distances of their features and pictures from real ones.
 *
 * A number means something beside others of the same features, number of samples and filter, and
 * beside its floor, the same number of real pictures that were not compared with before. All of
 * that is in the result. docs/evaluation.md has the definitions and their sources. */
#ifndef GAN_EVAL_H
#define GAN_EVAL_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

#include "gan/listener.h"
#include "gan/pulse.h"
#include "gan/sample.h"
#include "gan/status.h"

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* All zero is a good default. */
typedef struct gan_eval_options {
    const char *data;     /* real pictures: a known name, a file or a folder (gan_data_open), or a
                             .npy of features; NULL: the data set of the checkpoint's run */
    const char *split;    /* of them: "train" (NULL means it, or the run's own) or "test" */
    const char *fit;      /* how pictures of another shape are fitted: "crop", "pad", "stretch";
                             NULL means crop, or the run's own */
    const char *features; /* "mnist" and "digits", shipped classifiers; "random-conv"; "pixels"; a
                             file of weights that holds its network's description, such as a
                             checkpoint of gan_train on labels, or a run folder;
                             NAME|FILE.yaml[:WEIGHTS]; each but pixels may follow "planes:", for
                             each colour plane by itself. NULL: those that belong to the data set,
                             "mnist" of mnist and "planes:mnist" of stacked-mnist, else
                             "random-conv" */
    int64_t n;            /* samples; 0: 10000 of a generator, all of what is given otherwise */
    uint64_t seed;        /* sample i of a generator is that of seed + i; and of the draws of
                             subsets, patches and directions */
    gan_averaging averaging;
    gan_statistics statistics; /* of a generator's batch norm */
    const char *device;        /* of generator and features; NULL: auto */
    int threads;               /* 0 = every core this process may use */
    const char *cache;   /* folder for real pictures' features; NULL: eval below the folder that
                            data sets are downloaded to; "": none */
    const char *nearest; /* picture of samples beside their nearest real ones; NULL: none */
    bool no_log;         /* leave metrics.jsonl of the checkpoint's run alone */
    const gan_listener *listener; /* may be NULL */
    /* Told what is done, and how far it is: total 0 where that is not known. May be NULL. */
    void (*progress)(void *ctx, const char *what, int64_t done, int64_t total);
    void *progress_ctx;
    const volatile sig_atomic_t *cancel; /* may be NULL */
    gan_pulse *pulse;                    /* marked while samples are computed; may be NULL */
} gan_eval_options;

enum { GAN_EVAL_MEASURES = 40, GAN_EVAL_KEY = 32 };

/* One number. NaN where it could not be measured. */
typedef struct gan_measure {
    char key[GAN_EVAL_KEY]; /* "fd" */
    const char *text;       /* "Frechet distance of the features" */
    int digits;             /* after the point, that mean something */
    double value, floor;
} gan_measure;

typedef struct gan_eval_result {
    gan_measure measure[GAN_EVAL_MEASURES];
    int n_measures;
    char samples[4096];           /* what was measured: the checkpoint's path, or what was given */
    int64_t step;                 /* of the checkpoint; -1: none */
    bool averaged;                /* the averaged generator */
    bool precise_bn;              /* statistics measured for its weights, */
    int64_t bn_batches, bn_batch; /* over so many batches; 0: moving ones, or none */
    char features[256];           /* their name, "given" for features that were given */
    char features_hash[65];       /* "" for those */
    char filter[16];              /* between pictures and features; "none" */
    char data[256], split[8], fingerprint[65]; /* of the real pictures */
    char floor[128];                           /* what the floor is of, in words */
    int64_t n, n_real, n_floor; /* pictures: samples, real ones, those of the floor */
    int64_t n_pairs;            /* of each kind for kid, precision, recall, density and coverage */
    int64_t n_patches;          /* pictures of each kind for swd */
    uint64_t seed;
    int64_t n_classes, *classes, *real_classes; /* pictures by class; 0 and NULL: no classifier */
    char log[4096];                             /* the metrics.jsonl that got a line, or "" */
} gan_eval_result;

/* gan_eval() — measures samples beside real pictures.
 *
 *  samples  a checkpoint, a run folder (its newest whole checkpoint); a folder of pictures, or
 *           what else gan_data_open takes; a .npy of fp32 images in [-1,1] as `gan sample` writes
 *           it, or of features, one row a picture
 *  out      gan_eval_result_free() frees what it owns; empty after a failure
 *
 * GAN_E_UNSUPPORTED where OpenBLAS is not found; GAN_E_DATA: fewer than two pictures or features,
 * numbers that are not finite, features beside pictures; GAN_E_USAGE: no data named where it is
 * needed; GAN_E_INTERRUPTED; errors of gan_generator_open(), gan_data_open() and of writing. */
gan_status gan_eval(const char *samples, const gan_eval_options *options, gan_eval_result *out,
                    gan_error *err);
/* gan_generator_nearest() — a PNG of the first 16 at most of n images (n,H,W,C) in [-1,1], of the
 * generator's shape, each beside the five pictures of its run's data set whose features are
 * nearest. Of the options: data, split, fit, features, device, threads, cache, listener, progress,
 * cancel. Errors as gan_eval(), and of writing. */
gan_status gan_generator_nearest(gan_generator *generator, const float *images, int64_t n,
                                 const gan_eval_options *options, const char *path, gan_error *err);

void gan_eval_result_free(gan_eval_result *result); /* a zeroed one is fine */

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif
#endif
