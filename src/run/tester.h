/* tester.h — what a classifier is tested with while it is trained. */
#ifndef GAN_RUN_TESTER_H
#define GAN_RUN_TESTER_H

#include <signal.h>

#include "gan/session.h"
#include "run/start.h"

typedef struct gan_tester {
    gan_data *data;  /* NULL: there is nothing to test with */
    int64_t step;    /* of the last test; -1 before the first */
    double accuracy; /* at that step; NAN before the first */
} gan_tester;

/* Opens the test split of what the run trains with. For a GAN there is none; where the data have
 * none, or are trained with themselves, the listener is told. Errors of gan_data_open(). */
gan_status gan_tester_open(const gan_start *start, const gan_listener *listener,
                           const volatile sig_atomic_t *cancel, gan_tester *out, gan_error *err);
void gan_tester_close(gan_tester *tester); /* a zeroed one is fine */

/* Tests the session as it is now; nothing where there is nothing to test with. */
gan_status gan_tester_run(gan_tester *tester, gan_session *session, gan_error *err);

#endif
