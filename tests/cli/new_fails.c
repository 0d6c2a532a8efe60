/* new_fails.c — preloaded into gan by the tests: C++'s `operator new` finds no memory.
 *   NEW_FAILS=N   its N-th request from main on and all that follow are refused; others are none of
 *                 its concern, nor are those of libraries that are being loaded
 *
 * Refused is the malloc() that the C++ runtime's operator new calls: it then does what it does. */
#define _GNU_SOURCE /* dladdr, RTLD_DEFAULT */
#include <dlfcn.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): glibc's own */
void *__libc_malloc(size_t bytes);

static long asked; /* by operator new, of all threads: atomic */

static bool is_new(const void *caller)
{
    Dl_info info;
    return dladdr(caller, &info) != 0 && info.dli_fname && strstr(info.dli_fname, "libstdc++");
}

/* main is known by the handler that it sets first. */
static bool is_in_main(void)
{
    union { /* POSIX gives functions as data pointers */
        void *symbol;
        void *(*get)(void);
    } handler = {dlsym(RTLD_DEFAULT, "_ZSt15get_new_handlerv")};
    return handler.symbol && handler.get();
}

void *malloc(size_t bytes)
{
    const char *first = getenv("NEW_FAILS");
    if (first && is_new(__builtin_return_address(0)) && is_in_main() &&
        __atomic_add_fetch(&asked, 1, __ATOMIC_SEQ_CST) >= atol(first)) {
        errno = ENOMEM;
        return NULL;
    }
    return __libc_malloc(bytes);
}
