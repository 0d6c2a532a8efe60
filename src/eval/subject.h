/* subject.h — what a person names to be measured, opened. */
#ifndef GAN_EVAL_SUBJECT_H
#define GAN_EVAL_SUBJECT_H

#include "eval/source.h"
#include "gan/array.h"
#include "gan/eval.h"
#include "gan/options.h"

typedef struct gan_subject {
    gan_generator *generator; /* one of these three is there */
    gan_data *data;
    gan_array array;
    bool is_features;    /* the array holds features, not pictures */
    gan_source source;   /* the pictures; not of features */
    gan_options options; /* of the checkpoint's run */
    char *run;           /* its folder; NULL: the checkpoint lies in none */
} gan_subject;

/* Whether a path is a checkpoint or a run's folder, by its name and what is in it. */
bool gan_subject_is_checkpoint(const char *path);

/* shape: what a data set is brought to, where it is one; NULL: its own. Errors as gan_eval();
 * gan_subject_close() also after a failure. */
gan_status gan_subject_open(const char *path, const gan_eval_options *options,
                            const gan_source *shape, gan_subject *out, gan_error *err);
void gan_subject_close(gan_subject *subject); /* a zeroed one is fine */

/* A data set, or one split of it, at a source's shape (NULL: its own). */
gan_status gan_subject_open_data(const char *source, const char *split, const gan_source *shape,
                                 const gan_options *run, const gan_eval_options *options,
                                 gan_data **out, gan_error *err);

/* The settings of a checkpoint. */
gan_status gan_subject_run_options(const char *checkpoint, gan_options *out, gan_error *err);

#endif
