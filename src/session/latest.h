/* latest.h — the name `latest` in a run folder, which leads to its last checkpoint.
 *
 * A symbolic link; where the file system has none (exFAT, drives in a cloud), a text file of one
 * line, which holds what the link would. It is a convenience: what resumes a run looks for its
 * newest whole checkpoint by itself. */
#ifndef GAN_SESSION_LATEST_H
#define GAN_SESSION_LATEST_H

#include "session/run_folder.h"

/* Makes run/latest lead to checkpoint `step`, atomically and durably. GAN_E_IO, GAN_E_CREATE,
 * GAN_E_MEMORY. */
gan_status gan_latest_point(const gan_run_folder *run, int64_t step, gan_error *err);

/* The path of a checkpoint or a folder that a person gave, in a new string (free()): where it is
 * such a text file, of the checkpoint that it leads to; else path itself. GAN_E_MEMORY, and what
 * reading a file named `latest` may fail with. */
gan_status gan_latest_follow(const char *path, char **out, gan_error *err);

#endif
