/* say.c — telling a listener a line. */
#include "base/say.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void gan_say(const gan_listener *listener, const char *format, ...)
{
    va_list arguments, again;
    if (!listener || !listener->line) {
        return;
    }
    va_start(arguments, format);
    va_copy(again, arguments);
    const int length = vsnprintf(NULL, 0, format, arguments);
    char *line = length >= 0 ? malloc((size_t)length + 1) : NULL;
    if (line) {
        (void)vsnprintf(line, (size_t)length + 1, format, again);
        listener->line(listener->ctx, line);
    }
    free(line);
    va_end(again);
    va_end(arguments);
}
