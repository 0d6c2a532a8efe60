/* vary.c — a session whose run was rolled back.
 *
 * The same numbers would lead to the same collapse: every draw of a step comes from a seed that the
 * number of rollbacks is part of (key_of() in session_make.c). The seed is an attribute of
 * operations, so the programs are built anew; the state stays in the device's store. */
#include "session/session.h"

gan_status gan_session_vary(gan_session *session, int64_t rollbacks, double lr_factor,
                            gan_error *err)
{
    if (session->rollbacks == rollbacks && session->lr_factor == lr_factor) {
        return GAN_OK;
    }
    session->rollbacks = rollbacks;
    session->lr_factor = lr_factor;
    gan_session_drop_samplers(session);
    GAN_TRY(gan_session_rebuild(session, err));
    return gan_session_scale_rates(session, lr_factor, err);
}
