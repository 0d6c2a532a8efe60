/* quality.h — how good a generator's samples are, measured while it is trained. */
#ifndef GAN_RUN_QUALITY_H
#define GAN_RUN_QUALITY_H

#include <signal.h>

#include "eval/set.h"
#include "gan/session.h"
#include "run/measure.h"

/* The distances of samples of fixed seeds (0, 1, ...), averaged ones where there is an average,
 * from the data set that is trained with; definitions as gan_eval() has them. */
typedef struct gan_quality {
    gan_blas *blas; /* NULL: nothing is measured */
    gan_tools tools;
    gan_watch watch;
    gan_extractor *extractor;
    gan_feature_set reals;
    int64_t samples;
    int64_t step; /* that was measured last; -1 before the first */
    gan_quality_values values;
    bool asked; /* by the user, not by the default */
    bool waits; /* it is opened when it is first due */
    const gan_data *data;
    const gan_listener *listener;
    const volatile sig_atomic_t *cancel;
} gan_quality;

/* Whether samples are ever measured, by the default or because somebody asked. */
bool gan_quality_is_due(const gan_options *options);

/* When: --eval-every, and for `auto` as many epochs as have 40 images for each sample that is
 * measured. A function of settings and data: no clock, so that a resumed run measures at the same
 * steps. */
gan_cadence gan_quality_every(const gan_options *options, int64_t n_images);

/* Prepares what --eval-every asks for: nothing where it is never due, or for a classifier. What
 * nobody asked for is prepared when it is first due. data, listener and cancel are kept.
 * GAN_E_UNSUPPORTED without OpenBLAS; errors of gan_extractor_open(). */
gan_status gan_quality_open(const gan_session *session, const gan_data *data,
                            const gan_listener *listener, const volatile sig_atomic_t *cancel,
                            gan_quality *out, gan_error *err);
void gan_quality_close(gan_quality *quality); /* a zeroed one is fine */

/* Into a line of the log at that step: NAN where it was not measured there. */
void gan_quality_tell(const gan_quality *quality, int64_t step, gan_run_measure *measure);

/* Measures the session as it is now; nothing where there is nothing to be measured, or where it was
 * cancelled meanwhile. What nobody asked for and cannot be measured is left, with a note. */
gan_status gan_quality_run(gan_quality *quality, gan_session *session, gan_error *err);

/* Adds what was measured last as a line of metrics.jsonl in that folder, with the keys of `gan
 * eval`. Errors of writing. */
gan_status gan_quality_log(const gan_quality *quality, const gan_session *session,
                           const char *folder, gan_error *err);

/* Removes lines of steps after that one: their checkpoints are no more. */
gan_status gan_quality_cut_back(const char *folder, int64_t step, gan_error *err);

#endif
