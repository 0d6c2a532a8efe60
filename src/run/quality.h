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
} gan_quality;

/* Prepares what --eval-every asks for: nothing where it is never due, or for a classifier. data is
 * looked at here alone. GAN_E_UNSUPPORTED without OpenBLAS; errors of gan_extractor_open(). */
gan_status gan_quality_open(const gan_session *session, const gan_data *data,
                            const gan_listener *listener, const volatile sig_atomic_t *cancel,
                            gan_quality *out, gan_error *err);
void gan_quality_close(gan_quality *quality); /* a zeroed one is fine */

/* Into a line of the log at that step: NAN where it was not measured there. */
void gan_quality_tell(const gan_quality *quality, int64_t step, gan_run_measure *measure);

/* Measures the session as it is now; nothing where there is nothing to be measured, or where it was
 * cancelled meanwhile. */
gan_status gan_quality_run(gan_quality *quality, gan_session *session, gan_error *err);

#endif
