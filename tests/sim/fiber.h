/* fiber.h — threads of the simulated device: stacks that are switched by hand on one OS thread.
 *
 * A fiber runs body(ctx) until it ends or calls gan_fiber_yield(); gan_fiber_resume() returns when
 * it does either. Built with GAN_SIM_TSAN, every fiber is announced to ThreadSanitizer as a thread
 * of its own with no order between any two of them but what gan_order_give/take say; built with
 * AddressSanitizer, switches of stack are announced to it. fiber.cc itself is never instrumented.
 */
#ifndef GAN_SIM_FIBER_H
#define GAN_SIM_FIBER_H

#include <stddef.h>

typedef struct gan_fiber gan_fiber;

/* A fiber that will run body. */
gan_fiber *gan_fiber_begin(void (*body)(void *ctx), void *ctx);

/* Runs it; true when its body has ended, and the fiber is no longer the caller's. */
bool gan_fiber_resume(gan_fiber *fiber);

/* Called on a fiber: back to whoever resumed it. */
void gan_fiber_yield(void);

/* What happened before `give` is seen by whoever `take`s the same token later. */
void gan_order_give(void *token);
void gan_order_take(void *token);

/* Tells of accesses made where nothing is instrumented: copies, the libraries' tensors. */
void gan_order_reads(const void *p, size_t bytes);
void gan_order_writes(void *p, size_t bytes);

/* An order of execution that is nobody's stack: a stream. While one is entered, what runs counts as
 * its work, unordered with the host's. Without ThreadSanitizer they do nothing. */
void *gan_lane_create(void);
void gan_lane_destroy(void *lane);
void *gan_lane_enter(void *lane); /* returns the one that was left, to be entered again */

#endif
