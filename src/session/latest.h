/* latest.h — the names `latest` and `best` in a run folder, which lead to its last checkpoint and
 * to the best of those that were measured.
 *
 * Symbolic links; where the file system has none (exFAT, drives in a cloud), text files of one
 * line, which hold what the link would. They are a convenience: what resumes a run looks for its
 * newest whole checkpoint by itself, and that says which is the best. */
#ifndef GAN_SESSION_LATEST_H
#define GAN_SESSION_LATEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"

/* Makes folder/latest lead to checkpoint `step`, atomically and durably. GAN_E_IO, GAN_E_CREATE,
 * GAN_E_MEMORY. */
gan_status gan_latest_point(const char *folder, int64_t step, gan_error *err);

/* The same of folder/best. */
gan_status gan_best_point(const char *folder, int64_t step, gan_error *err);

/* Whether a path ends in one of the two names. */
bool gan_latest_is_name(const char *path);

/* The path of a checkpoint or a folder that a person gave, in a new string (free()): where it is
 * such a text file, of the checkpoint that it leads to; else path itself. GAN_E_MEMORY, and what
 * reading a file of those names may fail with. */
gan_status gan_latest_follow(const char *path, char **out, gan_error *err);

#endif
