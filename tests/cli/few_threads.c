/* few_threads.c — preloaded into gan by the tests: a system that starts no more threads.
 *   THREADS_MOST=N   so many live at once at most, the first one not counted; else EAGAIN */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

typedef int (*create_call)(pthread_t *thread, const pthread_attr_t *attributes,
                           void *(*start)(void *), void *ctx);

typedef struct birth {
    void *(*start)(void *);
    void *ctx;
} birth;

static int alive; /* of all threads: atomic */

static void count_down(void *unused)
{
    (void)unused;
    __atomic_sub_fetch(&alive, 1, __ATOMIC_SEQ_CST);
}

static void *live(void *given)
{
    const birth b = *(birth *)given;
    void *result = NULL;
    free(given);
    pthread_cleanup_push(count_down, NULL);
    result = b.start(b.ctx);
    pthread_cleanup_pop(1);
    return result;
}

int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*start)(void *),
                   void *ctx)
{
    static create_call create;
    const char *most = getenv("THREADS_MOST");
    birth *b = malloc(sizeof *b);
    if (!create) {
        *(void **)&create = dlsym(RTLD_NEXT, "pthread_create");
    }
    if (!b || __atomic_add_fetch(&alive, 1, __ATOMIC_SEQ_CST) > (most ? atoi(most) : 1000)) {
        count_down(NULL);
        free(b);
        return EAGAIN;
    }
    *b = (birth){start, ctx};
    int code = create(thread, attributes, live, b);
    if (code != 0) {
        count_down(NULL);
        free(b);
    }
    return code;
}
