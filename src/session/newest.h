/* newest.h — the newest whole checkpoint of a run folder. */
#ifndef GAN_SESSION_NEWEST_H
#define GAN_SESSION_NEWEST_H

#include "gan/listener.h"
#include "session/checkpoint.h"

/* Opens the newest checkpoint of folder that is whole; *path is its name, owned by the caller.
 * Damaged ones of later steps are passed over, which the listener is told (NULL is fine). Another
 * process may train in the folder, and remove old checkpoints, meanwhile. GAN_OK with *path NULL
 * when there is none; *fault (NULL is fine) then holds what is wrong with the newest, its status
 * GAN_OK if there is not one file. A checkpoint or folder that cannot be read is not passed over:
 * GAN_E_NO_INPUT (not permitted), GAN_E_IO, GAN_E_MEMORY. GAN_E_LOCKED when they go faster than
 * they are read. */
gan_status gan_newest_open(const char *folder, const gan_listener *listener,
                           gan_checkpoint *checkpoint, char **path, gan_error *fault,
                           gan_error *err);

/* Opens what a person named: a checkpoint, `latest`, or a run's folder, of which the newest whole
 * one. *found is the file's path, owned by the caller, also after a failure. GAN_E_NO_INPUT, also
 * of a folder without checkpoints; GAN_E_DATA: damaged, or no checkpoint of gan.c; GAN_E_IO,
 * GAN_E_LOCKED, GAN_E_MEMORY. */
gan_status gan_newest_open_named(const char *path, const gan_listener *listener,
                                 gan_checkpoint *checkpoint, char **found, gan_error *err);

#endif
