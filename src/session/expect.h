/* expect.h — images of a mapped data set, brought in before their step reads them. */
#ifndef GAN_SESSION_EXPECT_H
#define GAN_SESSION_EXPECT_H

#include "session/session.h"

/* When a session is made, before its first step. */
void gan_expect_begin(gan_session *session);

/* Before a step is run: lets the system bring in what this step and the next ones draw. False where
 * there is nothing to bring in: the data set is in memory, or the device has a copy of it. */
bool gan_expect_ahead(gan_session *session);

/* Tells each image that a step draws; one that is drawn twice is told twice. */
void gan_expect_images(const gan_session *session, int64_t step,
                       void (*image)(void *ctx, int64_t i), void *ctx);

#endif
