/* rollback.c — a session that goes back to a checkpoint of its run, to go another way from there.
 */
#include "session/session.h"

gan_status gan_session_roll_back(gan_session *session, const char *path, int64_t rollbacks,
                                 double lr_factor, gan_error *err)
{
    static const int32_t lowered[2] = {0, 0};
    session->first_step = session->step;
    if (path) {
        GAN_TRY(gan_session_load(session, path, NULL, err));
        GAN_TRY(session->backend->write(session->device, GAN_STORED_FLAG, 0, lowered,
                                        sizeof lowered, err));
    }
    return gan_session_vary(session, rollbacks, lr_factor, err);
}
