/* listener.h — who is told, a line at a time, what a person should know beside the result.
 *
 * The library prints nothing: notes go to a listener, and so do tables and plans in words. */
#ifndef GAN_LISTENER_H
#define GAN_LISTENER_H

/* line: called with one line of UTF-8 without its end, which lives during the call, from the thread
 * that called the library. A function that takes a pointer to a listener takes NULL for nobody. */
typedef struct gan_listener {
    void (*line)(void *ctx, const char *text);
    void *ctx;
} gan_listener;

#endif
