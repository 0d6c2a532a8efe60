/* error.c — filling a gan_error and forwarding a status. */
#define _GNU_SOURCE /* strnlen */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#undef gan_fail /* what error.h makes of them for the analyzer */
#undef gan_fail_in

typedef struct status_row {
    int exit_code;
    const char *text;
} status_row;

static const status_row status_rows[GAN_STATUS_COUNT] = {
#define STATUS_ROW(name, exit_code, text) [GAN_##name] = {exit_code, text},
    GAN_STATUS_LIST(STATUS_ROW)
#undef STATUS_ROW
};

static int is_known(gan_status status)
{
    return (unsigned)status < (unsigned)GAN_STATUS_COUNT;
}

const char *gan_status_text(gan_status status)
{
    return is_known(status) ? status_rows[status].text : "unknown status";
}

int gan_status_exit_code(gan_status status)
{
    return is_known(status) ? status_rows[status].exit_code : 1;
}

gan_status gan_fail(gan_error *err, gan_status status, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        err->status = status;
        vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
    }
    return status;
}

gan_status gan_fail_in(gan_error *err, gan_status status, const char *format, ...)
{
    if (err) {
        gan_error inner = *err;
        va_list args;
        va_start(args, format);
        int used = vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
        if (used >= 0 && (size_t)used + 3 < sizeof err->text) {
            size_t room = sizeof err->text - (size_t)used - 3; /* ": " and the final zero */
            size_t length = strnlen(inner.text, room);
            memcpy(err->text + used, ": ", 2);
            memcpy(err->text + used + 2, inner.text, length);
            err->text[(size_t)used + 2 + length] = 0;
        }
        err->status = status;
    }
    return status;
}
