/* jsonl.h — a log of JSON objects, one a line, that a killed run can continue.
 *
 * A line is written by one write(2) at the end of the file, so a reader (tail -f) sees whole lines
 * except for the last instant of a killed process. */
#ifndef GAN_IO_JSONL_H
#define GAN_IO_JSONL_H

#include <stdint.h>

#include "base/error.h"

typedef struct gan_jsonl gan_jsonl;

/* Opens path for appending; it is created where missing. A torn last line must have been cut by
 * gan_jsonl_truncate before. *out is owned by the caller; NULL after a failure. GAN_E_CREATE,
 * GAN_E_MEMORY. */
gan_status gan_jsonl_open(const char *path, gan_jsonl **out, gan_error *err);

/* Adds a field to the line under construction. Fields keep their order. text is UTF-8 (what is not
 * becomes '?'); a real that is not finite becomes null, and a float's value is printed with the
 * fewest digits of a float. Failures are kept for gan_jsonl_end. */
void gan_jsonl_int(gan_jsonl *log, const char *name, int64_t value);
void gan_jsonl_real(gan_jsonl *log, const char *name, double value);
void gan_jsonl_text(gan_jsonl *log, const char *name, const char *value);

/* Writes the line and begins the next. Nothing is synced: see gan_jsonl_sync. GAN_E_IO, with what
 * was written of the line cut off again; GAN_E_MEMORY. The line is dropped in both cases. */
gan_status gan_jsonl_end(gan_jsonl *log, gan_error *err);

/* Makes all written lines durable. Call it before a checkpoint that stands for them, and at the
 * end. GAN_E_IO. */
gan_status gan_jsonl_sync(gan_jsonl *log, gan_error *err);

/* Closes and frees. NULL is fine. Lines not synced are left to the system. */
void gan_jsonl_destroy(gan_jsonl *log);

/* Keeps the lines of path that are whole JSON objects whose integer "step", if they have one, is
 * at most last_step, byte for byte, and removes all others: those after a checkpoint, and a torn
 * last one. The file is replaced as a whole (gan/image.h tells how) and only when something is to
 * be removed; a missing file is fine. *removed (NULL is fine) counts lines. GAN_E_IO, GAN_E_CREATE,
 * GAN_E_MEMORY: the file is unchanged. Not while a log has it open. */
gan_status gan_jsonl_truncate(const char *path, int64_t last_step, int64_t *removed,
                              gan_error *err);

#endif
