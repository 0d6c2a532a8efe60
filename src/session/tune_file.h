/* tune_file.h — tunes as files, and in checkpoints. */
#ifndef GAN_SESSION_TUNE_FILE_H
#define GAN_SESSION_TUNE_FILE_H

#include "gan/listener.h"
#include "session/session.h"

/* The word of --tune-file for static rules. */
#define GAN_TUNE_FILE_NONE "none"

/* Reads a tune file, or the tune that a checkpoint (*.safetensors) holds. *out, owned by the
 * caller, is NULL where path is NULL, "" or "none" and where the checkpoint holds none. GAN_E_DATA,
 * GAN_E_NO_INPUT, GAN_E_IO. */
gan_status gan_tune_file_read(const char *path, gan_tune **out, gan_error *err);

/* Writes it, whole or not at all. GAN_E_CREATE, GAN_E_IO. */
gan_status gan_tune_file_write(const gan_tune *tune, const char *path, gan_error *err);

/* True if a tune for a device of those choices is one for this device. */
bool gan_tune_file_is_for(const gan_tune *tune, const char *choices);

/* Tells how much of a session's step its tune decides, and what it cannot. */
void gan_tune_file_tell(const gan_session *s, const gan_listener *listener);

#endif
