/* need.h — examples end at the first failure, with its sentence and the program's exit code. */
#ifndef NEED_H
#define NEED_H

#include <stdio.h>
#include <stdlib.h>

#include "gan/status.h"

static inline void need(gan_status status, const gan_error *err)
{
    if (status != GAN_OK) {
        fprintf(stderr, "%s (%s)\n", err->text, gan_status_text(status));
        exit(gan_status_exit_code(status));
    }
}

#endif
