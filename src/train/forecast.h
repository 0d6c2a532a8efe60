/* forecast.h — what a session takes, before anything is allocated. */
#ifndef GAN_TRAIN_FORECAST_H
#define GAN_TRAIN_FORECAST_H

#include "gan/session.h"
#include "program/backend.h"
#include "program/build.h"

/* The plan of a placed program on a device; nothing is allocated. */
gan_status gan_forecast_program(const gan_backend *backend, gan_device *device,
                                const gan_program *program, gan_session_plan *out, gan_error *err);

/* GAN_OK if the program of a prepared session fits, else GAN_E_MEMORY with what is needed, what
 * there is, and the largest batch that fits, found by building programs without running them. */
gan_status gan_forecast_check(const gan_session *session, const gan_session_plan *plan,
                              gan_error *err);

#endif
