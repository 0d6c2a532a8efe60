/* out_of_memory.c — what becomes of the program when a C++ library (oneDNN, cuDNN) finds no memory.
 *
 * Containers of C++ throw then, through a C function that cannot catch it, and the process ends by
 * SIGABRT. The standard's way out is a handler that `operator new` calls first: it is a function of
 * two pointers with a fixed name in the one C++ runtime of the process, so no C++ is compiled for
 * it. A program may end there; a library may not, so this is the program's. */
#define _GNU_SOURCE /* RTLD_DEFAULT */
#include <dlfcn.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"

static void end(void)
{
    static const char text[] = "gan: out of memory in a library\n";
    ssize_t written = write(STDERR_FILENO, text, sizeof text - 1);
    (void)written;
    _exit(gan_status_exit_code(GAN_E_MEMORY));
}

void cli_expect_no_memory(void)
{
    typedef void (*handler)(void);
    union { /* POSIX gives functions as data pointers */
        void *symbol;
        handler (*set)(handler);
    } new_handler;
    new_handler.symbol = dlsym(RTLD_DEFAULT, "_ZSt15set_new_handlerPFvvE"); /* set_new_handler */
    if (new_handler.symbol) {
        (void)new_handler.set(end);
    }
}
