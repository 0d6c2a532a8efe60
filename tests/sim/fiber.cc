/* fiber.cc — see fiber.h. Not instrumented: sanitizers are told, they do not look. */
#include "sim/fiber.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#if !defined(__x86_64__)
#include <ucontext.h>
#endif

#ifdef GAN_SIM_TSAN
extern "C" {
void *__tsan_get_current_fiber(void);
void *__tsan_create_fiber(unsigned flags);
void __tsan_destroy_fiber(void *fiber);
void __tsan_switch_to_fiber(void *fiber, unsigned flags);
void __tsan_acquire(void *address);
void __tsan_release(void *address);
void __tsan_read_range(void *address, unsigned long bytes);
void __tsan_write_range(void *address, unsigned long bytes);
}
enum { UNORDERED = 1 }; /* a switch that orders nothing */
#endif
#ifdef GAN_SIM_ASAN
extern "C" {
void __sanitizer_start_switch_fiber(void **save, const void *bottom, size_t size);
void __sanitizer_finish_switch_fiber(void *save, const void **bottom, size_t *size);
}
#endif

static const size_t stack_bytes = 128 * 1024;

/* Stacks begin at different places in a page and beyond, or all their hot ends would compete for
 * the same few lines of the cache. */
static const size_t shift_bytes = 320, shifts = 100;

struct gan_fiber {
    char *stack;
    size_t room; /* of it, from the start */
#if defined(__x86_64__)
    void *sp, *caller_sp;
#else
    ucontext_t context, caller;
#endif
    void (*body)(void *ctx);
    void *ctx;
    bool ended;
    gan_fiber *below; /* the fiber that resumed this one, or NULL */
    gan_fiber *next;  /* in the pool */
    void *tsan, *tsan_caller;
    void *asan_save, *asan_caller_save;
    const void *caller_bottom;
    size_t caller_size;
};

static gan_fiber *running;

/* Fibers without a body; they go with the process. ThreadSanitizer takes all bodies of one fiber
 * for one thread, so there each gets the fiber that has rested longest, and near blocks never share
 * one: a block's worth rests. Every fiber costs it time at each barrier of all others, so no more
 * do. Elsewhere the last one used is the warmest. Nothing is allocated here: streams share the
 * pool, and ThreadSanitizer sees what operator new and delete do. */
#ifdef GAN_SIM_TSAN
static const size_t resting = 256;
#else
static const size_t resting = 0;
#endif

static void destroy(gan_fiber *fiber);

static struct fiber_pool {
    gan_fiber *first, *last;
    size_t n;

    ~fiber_pool()
    {
        while (first != NULL) {
            destroy(take());
        }
    }

    gan_fiber *take()
    {
        gan_fiber *fiber = first;
        first = fiber->next;
        n -= 1;
        return fiber;
    }

    void put(gan_fiber *fiber)
    {
        fiber->next = NULL;
        if (n == 0) {
            first = last = fiber;
        } else if (resting > 0) {
            last = last->next = fiber;
        } else {
            fiber->next = first;
            first = fiber;
        }
        n += 1;
    }
} pool;

/* --- the switch --- */

#if defined(__x86_64__)
extern "C" void gan_stack_switch(void **save_sp, void *load_sp);
__asm__(".text\n"
        ".globl gan_stack_switch\n"
        ".hidden gan_stack_switch\n"
        ".type gan_stack_switch,@function\n"
        "gan_stack_switch:\n"
        "    pushq %rbp\n    pushq %rbx\n    pushq %r12\n    pushq %r13\n"
        "    pushq %r14\n    pushq %r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    popq %r15\n    popq %r14\n    popq %r13\n    popq %r12\n"
        "    popq %rbx\n    popq %rbp\n"
        "    ret\n"
        ".size gan_stack_switch,.-gan_stack_switch\n"
        ".section .note.GNU-stack,\"\",@progbits\n"
        ".text\n");
#endif

static void to_fiber(gan_fiber *f)
{
#ifdef GAN_SIM_TSAN
    f->tsan_caller = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(f->tsan, UNORDERED);
#endif
#ifdef GAN_SIM_ASAN
    __sanitizer_start_switch_fiber(&f->asan_caller_save, f->stack, stack_bytes);
#endif
#if defined(__x86_64__)
    gan_stack_switch(&f->caller_sp, f->sp);
#else
    swapcontext(&f->caller, &f->context);
#endif
#ifdef GAN_SIM_ASAN
    __sanitizer_finish_switch_fiber(f->asan_caller_save, NULL, NULL);
#endif
}

static void to_caller(gan_fiber *f)
{
#ifdef GAN_SIM_TSAN
    __tsan_switch_to_fiber(f->tsan_caller, UNORDERED);
#endif
#ifdef GAN_SIM_ASAN
    __sanitizer_start_switch_fiber(f->ended ? NULL : &f->asan_save, f->caller_bottom,
                                   f->caller_size);
#endif
#if defined(__x86_64__)
    gan_stack_switch(&f->sp, f->caller_sp);
#else
    swapcontext(&f->context, &f->caller);
#endif
#ifdef GAN_SIM_ASAN
    __sanitizer_finish_switch_fiber(f->asan_save, &f->caller_bottom, &f->caller_size);
#endif
}

/* The first function on a fiber's stack; it never returns. */
static void entry(void)
{
    gan_fiber *f = running;
#ifdef GAN_SIM_ASAN
    __sanitizer_finish_switch_fiber(NULL, &f->caller_bottom, &f->caller_size);
#endif
    f->body(f->ctx);
    f->ended = true;
    to_caller(f);
    abort(); /* an ended fiber was resumed */
}

/* --- public --- */

static gan_fiber *create(void)
{
    static size_t n_made;
    gan_fiber *f = (gan_fiber *)calloc(1, sizeof *f);
    void *stack = mmap(NULL, stack_bytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (f == NULL || stack == MAP_FAILED) {
        fprintf(stderr, "simulated device: no memory for a thread's stack\n");
        abort();
    }
    f->stack = (char *)stack;
    f->room = stack_bytes - n_made++ % shifts * shift_bytes;
#ifdef GAN_SIM_TSAN
    f->tsan = __tsan_create_fiber(0);
#endif
    return f;
}

static void destroy(gan_fiber *f)
{
    munmap(f->stack, stack_bytes);
    free(f);
}

gan_fiber *gan_fiber_begin(void (*body)(void *ctx), void *ctx)
{
    gan_fiber *f = pool.n <= resting ? create() : pool.take();
    f->body = body;
    f->ctx = ctx;
    f->ended = false;
#if defined(__x86_64__)
    /* six registers and the address to return to, so placed that entry finds an aligned stack */
    void **top = (void **)(void *)(f->stack + f->room) - 1;
    for (int i = 1; i <= 7; i++) {
        top[-i] = NULL;
    }
    top[-1] = (void *)entry;
    f->sp = top - 7;
#else
    getcontext(&f->context);
    f->context.uc_stack.ss_sp = f->stack;
    f->context.uc_stack.ss_size = f->room;
    f->context.uc_link = NULL;
    makecontext(&f->context, entry, 0);
#endif
    return f;
}

bool gan_fiber_resume(gan_fiber *f)
{
    f->below = running;
    running = f;
    to_fiber(f);
    running = f->below;
    if (f->ended) {
        pool.put(f);
    }
    return f->ended;
}

void gan_fiber_yield(void)
{
    to_caller(running);
}

#ifdef GAN_SIM_TSAN
void gan_order_give(void *token)
{
    __tsan_release(token);
}

void gan_order_take(void *token)
{
    __tsan_acquire(token);
}

void gan_order_reads(const void *p, size_t bytes)
{
    __tsan_read_range((void *)p, bytes);
}

void gan_order_writes(void *p, size_t bytes)
{
    __tsan_write_range(p, bytes);
}

void *gan_lane_create(void)
{
    return __tsan_create_fiber(0);
}

void gan_lane_destroy(void *lane)
{
    __tsan_destroy_fiber(lane);
}

void *gan_lane_enter(void *lane)
{
    void *left = __tsan_get_current_fiber();
    __tsan_switch_to_fiber(lane, UNORDERED);
    return left;
}
#else
void gan_order_give(void *token)
{
    (void)token;
}

void gan_order_take(void *token)
{
    (void)token;
}

void gan_order_reads(const void *p, size_t bytes)
{
    (void)p;
    (void)bytes;
}

void gan_order_writes(void *p, size_t bytes)
{
    (void)p;
    (void)bytes;
}

void *gan_lane_create(void)
{
    return NULL;
}

void gan_lane_destroy(void *lane)
{
    (void)lane;
}

void *gan_lane_enter(void *lane)
{
    (void)lane;
    return NULL;
}
#endif
