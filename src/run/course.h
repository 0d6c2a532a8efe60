/* course.h — what a run remembers of its evaluations, so that it ends, and resumes, as one that was
 * never interrupted.
 *
 * It is a function of the steps done alone, no clock among them, and is saved in every checkpoint
 * ("course" of its metadata) as YAML, a number a line. */
#ifndef GAN_RUN_COURSE_H
#define GAN_RUN_COURSE_H

#include "run/alarms.h"
#include "run/quality.h"

/* X(field, value before the first evaluation):
 *  best, best_step  the lowest fd so far, and the step that had it; NAN and -1: none
 *  measured_step    of the last evaluation; -1: none
 *  since_best       evaluations since then that were not better
 *  rows_step ... sum_gap   the watchdog's window at hand (watchdog.h): steps that it has, and sums
 *  streak_...       windows or evaluations in a row in which that alarm's condition held
 *  diversity_most   the most that the fixed batch had
 *  told             alarms that are on and were told, a bit each
 * Whole numbers are exact in a double. */
#define GAN_COURSE_LIST(X)                                                                         \
    X(best, NAN)                                                                                   \
    X(best_step, -1)                                                                               \
    X(measured_step, -1)                                                                           \
    X(since_best, 0)                                                                               \
    X(rows_step, 0)                                                                                \
    X(n_d, 0)                                                                                      \
    X(sum_d, 0)                                                                                    \
    X(n_g, 0)                                                                                      \
    X(sum_g, 0)                                                                                    \
    X(sum_gap, 0)                                                                                  \
    X(diversity_most, 0)                                                                           \
    X(told, 0)

#define GAN_COURSE_FIELD(field, before) double field;
typedef struct gan_course {
    GAN_COURSE_LIST(GAN_COURSE_FIELD)
    double streak[GAN_ALARM_COUNT];
    gan_quality_values last; /* of measured_step */
} gan_course;
#undef GAN_COURSE_FIELD

gan_course gan_course_begin(void);

/* Of a checkpoint's text; NULL or "" is the beginning. GAN_E_DATA: it is none. GAN_E_MEMORY. */
gan_status gan_course_read(const char *text, gan_course *out, gan_error *err);

/* As text that reads back to the same numbers, the caller's (free()). GAN_E_MEMORY. */
gan_status gan_course_text(const gan_course *course, char **out, gan_error *err);

/* Takes what was measured at that step; true if it is the best so far. */
bool gan_course_take(gan_course *course, const gan_quality_values *values, int64_t step);

/* After a rollback to the step that the course is of: the watch begins anew. */
void gan_course_calm(gan_course *course);

/* Before a new run folder is begun with the checkpoint of that step: a best one that lies elsewhere
 * is forgotten. */
void gan_course_move(gan_course *course, int64_t step);

#endif
