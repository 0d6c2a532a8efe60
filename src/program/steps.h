/* steps.h — a training step as a short list of programs.
 *
 * Every run of one of them is a step: it shows D a batch of real images, updates D, and counts one.
 * Which program comes next is a function of the step alone: the first row whose period has the
 * step at its phase. So nothing is saved for it, and a run that is resumed within a cycle continues
 * there. A further kind of step (D with a penalty every k-th time) is a further row. */
#ifndef GAN_PROGRAM_STEPS_H
#define GAN_PROGRAM_STEPS_H

#include "program/build.h"

/* One for each gan_step_part at most. */
enum { GAN_STEP_ROWS = GAN_STEP_PARTS };

typedef struct gan_step_row {
    gan_step_part part;    /* what its program does */
    int64_t period, phase; /* it comes at steps s with s % period == phase, 0 <= phase < period */
} gan_step_row;

typedef struct gan_step_list {
    gan_step_row rows[GAN_STEP_ROWS];
    int n;
} gan_step_list;

/* The list that these options ask for. The row of the whole step comes first. */
gan_step_list gan_step_list_of(const gan_build_options *options);

/* The row that comes at that step; steps count from 0. The last row has period 1, so there is one.
 */
int gan_step_list_at(const gan_step_list *list, int64_t step);

/* How many of the steps are of that row, in [0, 1]. */
double gan_step_list_share(const gan_step_list *list, int row);

#endif
