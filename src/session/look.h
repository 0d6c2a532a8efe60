/* look.h — the tensors of a session, for who draws pictures of them. */
#ifndef GAN_SESSION_LOOK_H
#define GAN_SESSION_LOOK_H

#include "session/session.h"

/* name: "weights/g.dense0.kernel", "gradients/g.dense0.kernel"; values live during the call. */
typedef gan_status gan_look(void *ctx, const char *name, const float *values, int64_t n,
                            gan_error *err);

/* gan_session_look() — shows every trained parameter, and the gradients of the last step where this
 * process has made one, without the loss scale that fp16 has. Waits for the device; changes
 * nothing. Errors of look and of the backend; GAN_E_MEMORY. */
gan_status gan_session_look(gan_session *session, gan_look *look, void *ctx, gan_error *err);

#endif
