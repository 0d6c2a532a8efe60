/* events.h — TensorBoard's event files: events.out.tfevents.<seconds>.<host> in a folder.
 *
 * A file is a row of TFRecords, each an Event: u64 length, u32 masked CRC-32C of it, the message,
 * u32 masked CRC-32C of that, little-endian. Field numbers are those of tensorflow/core/util/
 * event.proto, framework/summary.proto and tensorboard/plugins/hparams/plugin.proto. Readers take
 * the files of a folder in the order of their names as one; of a file that ends within a record
 * they take what comes before. */
#ifndef GAN_IO_EVENTS_H
#define GAN_IO_EVENTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

typedef struct gan_events gan_events;

/* Begins a file behind those that the folder holds. first_step > 0: what they have of this step and
 * later steps is forgotten by readers (SessionLog START, the purge_step of other writers). *out is
 * owned by the caller; NULL after a failure. GAN_E_CREATE, GAN_E_IO, GAN_E_MEMORY. */
gan_status gan_events_open(const char *folder, int64_t first_step, gan_events **out,
                           gan_error *err);

/* Each adds a value to the event under construction. Failures are kept for gan_events_end.
 *  image      png: the bytes of a PNG file; GAN_E_DATA (at the end) if they are none
 *  histogram  of the n values that are finite, in 64 equal bins from the least to the largest;
 *  text       Markdown */
void gan_events_scalar(gan_events *events, const char *tag, double value);
void gan_events_image(gan_events *events, const char *tag, const void *png, size_t n);
void gan_events_histogram(gan_events *events, const char *tag, const float *values, int64_t n);
void gan_events_text(gan_events *events, const char *tag, const char *markdown);

/* A setting of the run, for TensorBoard's table of hyperparameters: a number where number is not
 * NAN, else a text. */
typedef struct gan_events_setting {
    const char *name, *text;
    double number;
} gan_events_setting;

/* group: the name that this run goes by in the table; when: seconds since 1970. */
void gan_events_hparams(gan_events *events, const char *group, const gan_events_setting *settings,
                        size_t n, double when);
/* The run of the table is over. */
void gan_events_hparams_end(gan_events *events, double when);

/* Writes the event, if it has a value, at a step and a time (seconds since 1970), and begins the
 * next. GAN_E_IO, with what was written of it cut off again; GAN_E_DATA, GAN_E_MEMORY. The event is
 * dropped in each case. */
gan_status gan_events_end(gan_events *events, int64_t step, double when, gan_error *err);

/* Makes what was written durable. GAN_E_IO. */
gan_status gan_events_sync(gan_events *events, gan_error *err);

/* Closes and frees. NULL is fine. */
void gan_events_close(gan_events *events);

#endif
