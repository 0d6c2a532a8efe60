/* place.h — where each buffer of a program lies in the arena. */
#ifndef GAN_PROGRAM_PLACE_H
#define GAN_PROGRAM_PLACE_H

#include "program/program.h"

enum {
    GAN_PLACE_ALIGNMENT = 256
}; /* bytes: what cudaMalloc gives, and enough for any vector load */

/* gan_program_place() — sets first_op, last_op and place of every buffer that is not stored, and
 * arena_bytes. Call it once, after the last op was added.
 *
 *  share  true: two buffers of which one dies before the other is born may lie in one place, and an
 *         op that ops.def lets work in place gets its output where its dying input lies.
 *         false: every buffer has its own place, so that all of them can be read after a run.
 *
 * Gradients are flat buffers with gaps between their windows: they share their place with nothing,
 * and the arena is zeroed when a program is compiled, so gaps are and stay 0.
 * A buffer that no op uses gets no place. Largest first, each at the lowest offset where it fits
 * (Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020).
 * GAN_E_MEMORY; GAN_E_FAILED if an op reads what no earlier op wrote. */
gan_status gan_program_place(gan_program *program, bool share, gan_error *err);

/* Whether an op of the program writes that base, or a window of it. */
bool gan_program_writes(const gan_program *program, int base);

/* Bytes of a buffer, or of a window of one. */
int64_t gan_buffer_bytes(const gan_buffer *buffer);

/* First byte of a buffer of a placed program in the arena; -1 for one in the store. */
int64_t gan_program_start(const gan_program *program, int id);

/* Whether two buffers of a placed program have a byte in common. */
bool gan_program_overlap(const gan_program *program, int a, int b);

#endif
