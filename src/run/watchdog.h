/* watchdog.h — whether a training has collapsed, by what the device wrote down of each step, a
 * fixed batch of samples, and what is measured of them (alarms.h).
 *
 * All that it remembers is in the run's course, and a function of the steps alone: sums are made in
 * the order of the steps, whenever they are made, so a resumed run goes on in the middle of a
 * window. It changes nothing that is trained. */
#ifndef GAN_RUN_WATCHDOG_H
#define GAN_RUN_WATCHDOG_H

#include "run/course.h"

typedef struct gan_watchdog {
    bool on;
    double d_floor, d_scale; /* of loss_d: its floor, and its value at logits 0; floor NAN: none */
    double g_floor, g_scale;
    double gap;             /* the most that D(x) - D(G(z)) can be; NAN: it says nothing */
    double d_most, g_most;  /* of |loss_d| and |loss_g|, before the threshold */
    double real_diversity;  /* mean distance between pairs of real images */
    double diversity;       /* of samples, over that; at step diversity_step */
    int64_t diversity_step; /* -1: not yet */
} gan_watchdog;

/* For the session's loss and data; one that is off for --watch off, and for a classifier.
 * GAN_E_MEMORY. */
gan_status gan_watchdog_open(const gan_session *session, const gan_data *data, gan_watchdog *out,
                             gan_error *err);

/* Takes the steps since the last call, at most GAN_SESSION_RING, and, at the end of a window, looks
 * at it and at a batch of samples. To be called at least at every end of a window and before a
 * checkpoint. Waits for the device. */
gan_status gan_watchdog_fold(gan_watchdog *dog, gan_session *session, gan_course *course,
                             gan_error *err);

/* Looks at what was measured last. */
void gan_watchdog_measured(const gan_watchdog *dog, gan_course *course);

/* The first alarm that is on and was not told, which now it is; -1: none. */
int gan_watchdog_next(gan_course *course);

/* Whether one is on. */
bool gan_watchdog_is_on(const gan_course *course, int alarm);

const char *gan_alarm_id(int alarm);
const char *gan_alarm_text(int alarm);

#endif
