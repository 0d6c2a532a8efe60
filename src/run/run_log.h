/* run_log.h — log.txt of a run folder: what happened, a line each, with the time. */
#ifndef GAN_RUN_RUN_LOG_H
#define GAN_RUN_RUN_LOG_H

#include <stdio.h>

#include "gan/train.h"
#include "session/run_folder.h"

typedef struct gan_run_log {
    FILE *file; /* NULL until opened: events before that are kept in `early` */
    char *early;
    size_t early_length;
} gan_run_log;

/* Opens run/log.txt for appending and writes what was kept. GAN_E_CREATE. */
gan_status gan_run_log_open(gan_run_log *log, const gan_run_folder *run, gan_error *err);

/* Writes an event's line; progress events have none. The log is a convenience: a line that cannot
 * be written is left out and nothing fails. */
void gan_run_log_event(gan_run_log *log, const gan_event *event);
void gan_run_log_close(gan_run_log *log);

#endif
