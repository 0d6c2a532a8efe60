/* forecast.h — what a session takes, before anything is allocated. */
#ifndef GAN_SESSION_FORECAST_H
#define GAN_SESSION_FORECAST_H

#include "gan/session.h"
#include "program/backend.h"
#include "program/build.h"

/* The plan of a session with device and program; nothing is allocated. Its samples are counted
 * too: they are made on the device beside the step. */
gan_status gan_forecast_session(const gan_session *session, gan_session_plan *out, gan_error *err);

/* GAN_OK if a prepared session fits, else GAN_E_MEMORY with what is needed, what there is, and the
 * largest batch that fits, found by building programs without running them. */
gan_status gan_forecast_check(const gan_session *session, const gan_session_plan *plan,
                              gan_error *err);

#endif
