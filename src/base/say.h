/* say.h — telling a listener a line. */
#ifndef GAN_BASE_SAY_H
#define GAN_BASE_SAY_H

#include "gan/listener.h"

/* Tells printf's output; NULL and a zeroed listener are nobody. A line that there is no memory for
 * is left out. */
void gan_say(const gan_listener *listener, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
