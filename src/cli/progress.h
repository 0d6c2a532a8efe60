/* progress.h — a training run as a person watches it: a bar on a terminal, plain lines elsewhere.
 */
#ifndef GAN_CLI_PROGRESS_H
#define GAN_CLI_PROGRESS_H

#include <stdbool.h>

#include "gan/train.h"

typedef struct cli_progress {
    bool quiet, terminal, preview;
    bool bar_shown;
    double drawn; /* when the bar was drawn last, in seconds */
} cli_progress;

/* preview: samples are drawn too, where that can be done; if not, it is said. Nothing elsewhere
 * than on a terminal. */
cli_progress cli_progress_begin(bool quiet, bool preview);
void cli_progress_event(void *progress, const gan_event *event);
void cli_progress_end(cli_progress *progress); /* leaves the cursor on an empty line */

#endif
